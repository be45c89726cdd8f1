//! How a command fails: what, why, and a hint; and with which exit status.

use std::fmt;

/// The documented exit statuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The answer is no.
    No = 1,
    /// It could not run: usage, input, disk.
    CouldNotRun = 2,
    /// Too few events to tell.
    CannotTell = 3,
}

/// A failed command.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What could not be done.
    pub(crate) what: String,
    /// The causes, outermost first.
    pub(crate) causes: Vec<String>,
    /// What the user can do.
    pub(crate) hint: Option<String>,
    /// The exit status.
    pub(crate) exit: Exit,
}

impl Failure {
    /// Makes a failure that says `what` could not be done.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            causes: Vec::new(),
            hint: None,
            exit: Exit::CouldNotRun,
        }
    }

    /// Makes a failure for want of events.
    pub(crate) fn cannot_tell(what: impl Into<String>) -> Self {
        Self {
            exit: Exit::CannotTell,
            ..Self::new(what)
        }
    }

    /// Adds an error and what lies behind it.
    pub(crate) fn because(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            self.causes.push(error.to_string());
            next = error.source();
        }
        self
    }

    /// Returns it with its causes, as part of a sentence.
    pub(crate) fn in_line(&self) -> String {
        let what = std::iter::once(&self.what).chain(&self.causes);
        what.cloned().collect::<Vec<_>>().join(": ")
    }

    /// Adds a hint.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "error: {}", self.what)?;
        for cause in &self.causes {
            writeln!(formatter, "  cause: {cause}")?;
        }
        if let Some(hint) = &self.hint {
            writeln!(formatter, "\nhint: {hint}")?;
        }
        Ok(())
    }
}

/// A command's result.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

/// Turns an error into a failure that says what could not be done.
pub(crate) trait OrFail<T> {
    /// Says `what` could not be done.
    fn or_fail(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: std::error::Error + 'static> OrFail<T> for Result<T, E> {
    fn or_fail(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Failure::new(what()).because(&error))
    }
}
