//! What can go wrong between our rows and a LightGBM forest.

/// Why a call into LightGBM was refused or failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LightGbmError {
    /// LightGBM itself reported an error; `message` is its own text.
    #[error("`{call}` failed: {message}")]
    Library {
        /// The function of the C interface that failed.
        call: &'static str,
        /// What `LGBM_GetLastError` said.
        message: String,
    },
    /// A slice is not as long as the shape that came with it asks for.
    #[error("`{what}` must hold {expected} values, but holds: {found}")]
    Length {
        /// The argument.
        what: &'static str,
        /// The length asked for.
        expected: usize,
        /// The length given.
        found: usize,
    },
    /// A count is 0, or larger than the 32-bit integers of the C interface.
    #[error("`{what}` must be from 1 to 2147483647, but is: {found}")]
    Count {
        /// The argument.
        what: &'static str,
        /// The count given.
        found: usize,
    },
    /// A categorical column does not exist.
    #[error("a categorical column must be below {columns}, but is: {found}")]
    Column {
        /// The columns there are.
        columns: usize,
        /// The column named.
        found: usize,
    },
    /// A number among labels, weights or initial scores is outside its range.
    #[error("`{what}` must be {range}, but element {index} is: {found}")]
    Element {
        /// The argument.
        what: &'static str,
        /// The range in words.
        range: &'static str,
        /// Where the first offending element stands.
        index: usize,
        /// Its value.
        found: f64,
    },
    /// A parameter is outside its range.
    #[error("parameter `{name}` must be {range}, but is: {found}")]
    Parameter {
        /// The parameter's name.
        name: &'static str,
        /// The range in words.
        range: &'static str,
        /// The value given.
        found: f64,
    },
    /// Training was asked for before [`crate::Dataset::set_label`].
    #[error("the dataset has no labels")]
    NoLabels,
    /// The progress callback asked to stop.
    #[error("training was stopped after iteration: {after}")]
    Stopped {
        /// The iterations that were done.
        after: u32,
    },
    /// A progress callback called back into this crate.
    #[error("a progress callback called LightGBM, which was waiting for it")]
    Nested,
    /// A text for LightGBM holds a NUL byte.
    #[error("the model text holds a NUL byte at: {at}")]
    Nul {
        /// The byte's position.
        at: usize,
    },
    /// The model's text is not UTF-8.
    #[error("the model that LightGBM wrote is not UTF-8")]
    NotText,
}
