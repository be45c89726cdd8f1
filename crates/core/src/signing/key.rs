//! Ed25519 keys and signatures in their text forms.
//!
//! A secret key is written only by [`SecretKey::to_text`], for a file of its own, and appears in no other form: neither in
//! `Debug` nor through serde. Public keys that anybody could sign for (of small order) are refused.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::digest::{NotHex, read_hex, write_hex};

/// The first line of a key file.
const HEADER: &str = "ringtrue signing key 1";
/// Bytes of a key file, at most.
const FILE_BYTES_MAX: usize = 1 << 10;

/// A text is no key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The file holds something else.
    #[error(
        "not a signing key: the first line must be `{HEADER}`, the second 64 hexadecimal digits"
    )]
    NotAKey,
    /// A public key that is no point of the curve, or one that anybody can sign for.
    #[error("not a public key: `{0}`")]
    NotPublic(String),
}

/// A person's secret key.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// Makes the key of 32 bytes that nobody can guess.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Reads the text of a key file.
    ///
    /// # Errors
    ///
    /// [`KeyError::NotAKey`]; the text itself is never told.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = Some(bytes).filter(|bytes| bytes.len() <= FILE_BYTES_MAX);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let mut lines = text.ok_or(KeyError::NotAKey)?.lines();
        let header = lines.next();
        let seed = lines.next().and_then(read_hex);
        let rest = lines.next();
        match (header, seed, rest) {
            (Some(HEADER), Some(seed), None) => Ok(Self::from_seed(&seed)),
            _ => Err(KeyError::NotAKey),
        }
    }

    /// Returns the text of a key file, for a file that its owner alone may read.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("{HEADER}\n");
        for byte in self.0.as_bytes() {
            // Writing into a string does not fail.
            let _done = write!(text, "{byte:02x}");
        }
        text.push('\n');
        text
    }

    /// Returns the key by which its signatures are checked.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey of {}", self.public())
    }
}

/// A person's public key, written as 64 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Returns the raw 32 bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Returns whether `signature` was made with this key's secret over exactly `message`.
    pub(super) fn holds(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        self.0.verify_strict(message, &signature).is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let refused = || KeyError::NotPublic(text.chars().take(80).collect());
        let bytes = read_hex::<32>(text).ok_or_else(refused)?;
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| refused())?;
        if key.is_weak() {
            return Err(refused());
        }
        Ok(Self(key))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(self.bytes(), formatter)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// An Ed25519 signature, written as 128 lowercase hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; 64]);

impl FromStr for Signature {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        read_hex(text)
            .map(Self)
            .ok_or_else(|| NotHex(text.chars().take(160).collect()))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, formatter)
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Reads and writes a type by its text form.
macro_rules! by_text {
    ($name:ty) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

by_text!(PublicKey);
by_text!(Signature);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        // RFC 8032, section 7.1, tests 1 and 2.
        for (seed, public, message, signature) in [
            (
                "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                &b""[..],
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
            ),
            (
                "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
                "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
                &b"\x72"[..],
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
            ),
        ] {
            let secret = SecretKey::from_seed(&read_hex(seed).unwrap());
            assert_eq!(secret.public().to_string(), public);
            let made = secret.sign(message);
            assert_eq!(made.to_string(), signature);
            assert!(secret.public().holds(message, &made));
            assert!(!secret.public().holds(b"another", &made));
        }
    }

    #[test]
    fn a_key_file_reads_back_and_nothing_else_reads() {
        let secret = SecretKey::from_seed(&[7; 32]);
        let text = secret.to_text();
        let read = SecretKey::parse(text.as_bytes()).unwrap();
        assert_eq!(read.public(), secret.public());
        let cut = text.get(..text.len() - 4).unwrap();
        let cases = [
            cut,
            "",
            "\u{0}",
            "-----BEGIN PRIVATE KEY-----",
            &text.repeat(2),
        ];
        for case in cases {
            assert!(SecretKey::parse(case.as_bytes()).is_err(), "{case:?}");
        }
        assert!(SecretKey::parse(&[0xff; 80]).is_err());
    }

    #[test]
    fn a_secret_is_never_shown() {
        let secret = SecretKey::from_seed(&[7; 32]);
        assert!(!format!("{secret:?}").contains("0707"));
    }

    #[test]
    fn keys_that_anybody_can_sign_for_are_refused() {
        // The neutral element and a point of order 8.
        for weak in [
            "0100000000000000000000000000000000000000000000000000000000000000",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        ] {
            assert!(weak.parse::<PublicKey>().is_err(), "{weak}");
        }
    }
}
