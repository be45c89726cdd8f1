//! Progress on standard error: a bar with the time left when somebody watches, nothing otherwise.

use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for one step of a command.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// Starts a bar over `length` units of work; indicatif shows it on a terminal only.
    pub(crate) fn new(step: &str, length: u64) -> Self {
        let bar = ProgressBar::new(length);
        let template =
            "{msg:>14} [{bar:30}] {percent:>3} %  {human_pos} of {human_len}  {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(step.to_owned());
        Self(bar)
    }

    /// Starts a counter for work of unknown length.
    pub(crate) fn counter(step: &str) -> Self {
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{msg:>14}  {human_pos} events  {elapsed}")
        {
            bar.set_style(style);
        }
        bar.set_message(step.to_owned());
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// Says that `more` units are done.
    pub(crate) fn advance(&self, more: u64) {
        self.0.inc(more);
    }

    /// Says which step begins, of those counted from 0, and that those before it are done.
    pub(crate) fn step(&self, number: u64, name: &str) {
        self.0.set_message(name.to_owned());
        self.0.set_position(number);
    }

    /// Says how many units are done.
    pub(crate) fn at(&self, done: u64) {
        self.0.set_position(done);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Returns the name by which messages call a file.
pub(crate) fn called(file: &Path) -> String {
    if file == Path::new("-") {
        "standard input".to_owned()
    } else {
        file.display().to_string()
    }
}
