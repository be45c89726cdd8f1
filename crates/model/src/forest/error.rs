//! Why a file is no forest that can be held exactly.

/// A file is no forest that can be held exactly.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForestError {
    /// The file is of none of the forms that are read.
    #[error("the file is neither LightGBM's text, nor XGBoost's JSON or UBJSON, nor an ONNX model")]
    Unknown,
    /// A part that must be there is not, or does not read as what it is.
    #[error("the model lacks a readable `{key}` in {place}")]
    Damaged {
        /// The part's name in the file.
        key: &'static str,
        /// `the header` or `tree N`.
        place: String,
    },
    /// The file's outer form is broken, or a part has another type than its library writes.
    #[error("the file does not read as {form}: {fault}")]
    Form {
        /// The form that it was read as.
        form: &'static str,
        /// What the parser found.
        fault: String,
    },
    /// A tree's nodes do not form a tree.
    #[error("the nodes of tree {0} do not form a tree")]
    Shape(usize),
    /// The model is of a kind that would have to be approximated.
    #[error("a model with {0} cannot be held exactly")]
    Unsupported(String),
}

impl ForestError {
    /// Names what would have to be approximated.
    pub(super) fn unsupported(what: impl Into<String>) -> Self {
        Self::Unsupported(what.into())
    }

    /// Names a part of the header that does not read.
    pub(super) fn header(key: &'static str) -> Self {
        Self::Damaged {
            key,
            place: "the header".to_owned(),
        }
    }

    /// Names a part of a tree that does not read.
    pub(super) fn tree(key: &'static str, index: usize) -> Self {
        Self::Damaged {
            key,
            place: format!("tree {index}"),
        }
    }
}
