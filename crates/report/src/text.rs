//! Text with emphasis and code spans; there is no markup language in between, so hostile text cannot become markup.

use serde::Serialize;

/// A piece of text in one style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Running text.
    Plain(String),
    /// Text that matters most.
    Strong(String),
    /// A name, a command or evidence, to be read letter by letter.
    Code(String),
}

/// Text as spans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text(pub Vec<Span>);

impl Text {
    /// Returns running text; [`Text::strong`], [`Text::code`] and [`Text::then`] add to it.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        Self(vec![Span::Plain(text.into())])
    }

    /// Adds running text.
    #[must_use]
    pub fn then(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Plain(text.into()));
        self
    }

    /// Adds strong text.
    #[must_use]
    pub fn strong(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Strong(text.into()));
        self
    }

    /// Adds a code span.
    #[must_use]
    pub fn code(mut self, text: impl Into<String>) -> Self {
        self.0.push(Span::Code(text.into()));
        self
    }

    /// Returns whether there is no letter in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|span| span.letters().is_empty())
    }

    /// Returns the letters without their styles.
    #[must_use]
    pub fn letters(&self) -> String {
        self.0.iter().map(Span::letters).collect()
    }
}

impl Span {
    /// Returns the letters without their style.
    #[must_use]
    pub fn letters(&self) -> &str {
        match self {
            Self::Plain(text) | Self::Strong(text) | Self::Code(text) => text,
        }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}
