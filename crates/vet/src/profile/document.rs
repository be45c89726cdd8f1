//! Profiles as documents: written after a day, read and merged with those of other days.
//!
//! What is read is checked before it is used: a document that no profile can have written is refused.

use ringtrue_core::Limits;
use serde::{Deserialize, Serialize};

use super::state::Profile;

/// The version of the documents that are written.
pub const FORMAT: u32 = 1;

/// A document is no profile.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The text is not JSON, or not that of a profile.
    #[error("not a profile: {0}")]
    NotAProfile(serde_json::Error),
    /// The version is not one that is read.
    #[error("the profile has a format that is not read: {0}")]
    Format(u32),
    /// Its figures contradict each other.
    #[error("the profile's figures contradict each other")]
    Unsound,
    /// It cannot be written.
    #[error("the profile cannot be written: {0}")]
    Unwritable(serde_json::Error),
}

#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    profile: &'a Profile,
}

#[derive(Deserialize)]
struct Head {
    format: u32,
}

#[derive(Deserialize)]
struct Whole {
    profile: Profile,
}

impl Profile {
    /// Returns the profile as a document of JSON.
    ///
    /// # Errors
    ///
    /// [`DocumentError::Unwritable`] if JSON cannot hold it.
    pub fn document(&mut self) -> Result<String, DocumentError> {
        self.settle();
        let (format, profile) = (FORMAT, &*self);
        serde_json::to_string(&Written { format, profile }).map_err(DocumentError::Unwritable)
    }

    /// Reads a profile that was written as a document.
    ///
    /// # Errors
    ///
    /// [`DocumentError`] if it is none that can be read.
    pub fn of_document(text: &str, limits: &Limits) -> Result<Self, DocumentError> {
        let head: Head = serde_json::from_str(text).map_err(DocumentError::NotAProfile)?;
        if head.format != FORMAT {
            return Err(DocumentError::Format(head.format));
        }
        let Whole { mut profile } =
            serde_json::from_str(text).map_err(DocumentError::NotAProfile)?;
        if profile.restore(limits) {
            Ok(profile)
        } else {
            Err(DocumentError::Unsound)
        }
    }
}

/// Bytes in base64.
pub(super) mod bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(in crate::profile) fn serialize<S: Serializer>(
        bytes: &[u8],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub(in crate::profile) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(de::Error::custom)
    }
}

/// Hashes in order, eight bytes each, in base64.
pub(super) mod hashes {
    use std::collections::HashSet;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize as _, Deserializer, Serialize as _, Serializer, de};

    #[expect(
        clippy::ref_option,
        reason = "serde hands out a reference to the field"
    )]
    pub(in crate::profile) fn serialize<S: Serializer>(
        hashes: &Option<HashSet<u64>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = hashes.as_ref().map(|hashes| {
            let mut sorted: Vec<u64> = hashes.iter().copied().collect();
            sorted.sort_unstable();
            let bytes: Vec<u8> = sorted.into_iter().flat_map(u64::to_le_bytes).collect();
            STANDARD.encode(bytes)
        });
        text.serialize(serializer)
    }

    pub(in crate::profile) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<HashSet<u64>>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let bytes = STANDARD.decode(text).map_err(de::Error::custom)?;
        let (words, rest) = bytes.as_chunks::<8>();
        if !rest.is_empty() {
            return Err(de::Error::custom("hashes have eight bytes each"));
        }
        Ok(Some(
            words.iter().map(|word| u64::from_le_bytes(*word)).collect(),
        ))
    }
}
