//! Pseudonyms: what stands in the place of a private value, the same for equal values under one key and
//! useless to whoever lacks the key.
//!
//! ```text
//!   key file ──parse──► PseudonymKey ──► of_value     1f2e3d4c.5b0c...   (the key's id, 32 digits)
//!                          │        ├──► of_address   u5b0c71d2a9e4@corp.example
//!                          │        ├──► tokenise     Qf otwzke jd 4821
//!                          └─► id   └──► short        5b0c71d2
//! ```
//!
//! All are HMAC-SHA-256 under one secret, each with a purpose of its own. The id of a key is a MAC too, so
//! that a key file says which key it is and nobody keeps a list. Refuses key files of another length.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::digest::{NotHex, read_hex, write_hex};

/// Hexadecimal digits of the pseudonym of a whole value, after the key's id.
const VALUE_DIGITS: usize = 32;
/// Hexadecimal digits that stand for the local part of an address.
const ADDRESS_DIGITS: usize = 12;
/// Hexadecimal digits of the short form.
const SHORT_DIGITS: usize = 8;
/// Characters of a word that decide its pseudonym and are replaced one by one.
const WORD_CHARACTERS_MAX: usize = 4_096;

/// What a pseudonym is for: equal values have different pseudonyms for different purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    KeyId,
    Value,
    Word,
    Block,
    Address,
    Short,
    Tombstone,
}

impl Purpose {
    const fn word(self) -> &'static [u8] {
        match self {
            Self::KeyId => b"ringtrue key id 1\0",
            Self::Value => b"ringtrue value 1\0",
            Self::Word => b"ringtrue word 1\0",
            Self::Block => b"ringtrue block 1\0",
            Self::Address => b"ringtrue address 1\0",
            Self::Short => b"ringtrue short 1\0",
            Self::Tombstone => b"ringtrue tombstone 1\0",
        }
    }
}

/// The name of a key: eight hexadecimal digits that its secret determines and that do not give it away.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, formatter)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for KeyId {
    type Err = NotHex;

    fn from_str(text: &str) -> Result<Self, NotHex> {
        read_hex(text)
            .map(Self)
            .ok_or_else(|| NotHex(text.to_owned()))
    }
}

impl Serialize for KeyId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for KeyId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Bytes are no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a key (32 bytes, or 64 hexadecimal digits): {length} bytes")]
pub struct NotAKey {
    /// How many bytes there are.
    pub length: usize,
}

/// A secret under which pseudonyms are made.
#[derive(Clone)]
pub struct PseudonymKey {
    id: KeyId,
    secret: [u8; 32],
    mac: Hmac<Sha256>,
}

impl fmt::Debug for PseudonymKey {
    /// Names the key and keeps its secret.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PseudonymKey({})", self.id)
    }
}

impl PartialEq for PseudonymKey {
    fn eq(&self, other: &Self) -> bool {
        self.secret == other.secret
    }
}

impl Eq for PseudonymKey {}

impl PseudonymKey {
    /// Makes a key of 32 bytes that nobody can guess.
    #[must_use]
    pub fn new(secret: [u8; 32]) -> Self {
        // A key shorter than a block is filled up with zeros, says RFC 2104.
        let mut block = [0; 64];
        for (to, from) in block.iter_mut().zip(secret) {
            *to = from;
        }
        let mac = Hmac::<Sha256>::new(&block.into());
        let digest = mac_of(&mac, Purpose::KeyId, &[b""]);
        let mut id = [0; 4];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        let id = KeyId(id);
        Self { id, secret, mac }
    }

    /// Reads a key file: 32 bytes as they are, or 64 hexadecimal digits with white space around them.
    ///
    /// # Errors
    ///
    /// [`NotAKey`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotAKey> {
        let length = bytes.len();
        if let Ok(secret) = <[u8; 32]>::try_from(bytes) {
            return Ok(Self::new(secret));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| NotAKey { length })?;
        let secret = read_hex(&text.trim().to_ascii_lowercase());
        secret.map(Self::new).ok_or(NotAKey { length })
    }

    /// Returns what the key is called.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the secret, to keep it in a file of its own.
    #[must_use]
    pub const fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    /// Returns the pseudonym of a whole value: the key's id, a point and 32 hexadecimal digits.
    #[must_use]
    pub fn of_value(&self, value: &str) -> String {
        let digits = self.digits(Purpose::Value, value, VALUE_DIGITS);
        format!("{}.{digits}", self.id)
    }

    /// Returns an address whose local part is replaced; case does not count, and the domain stays. What has
    /// no `@` is replaced whole.
    #[must_use]
    pub fn of_address(&self, address: &str) -> String {
        let plain = address.to_lowercase();
        let digits = self.digits(Purpose::Address, &plain, ADDRESS_DIGITS);
        match plain.rsplit_once('@') {
            Some((_, domain)) => format!("u{digits}@{domain}"),
            None => format!("u{digits}"),
        }
    }

    /// Returns eight hexadecimal digits that tell equal values from others, for marks inside a text.
    #[must_use]
    pub fn short(&self, value: &str) -> String {
        self.digits(Purpose::Short, value, SHORT_DIGITS)
    }

    /// Returns what is left of somebody who was forgotten: enough to tell that it was this value, and for
    /// holders of the key only.
    #[must_use]
    pub fn tombstone(&self, value: &str) -> String {
        self.digits(Purpose::Tombstone, value, 2 * 32)
    }

    /// Returns `text` with each word (a run of letters and digits) replaced by letters for letters and
    /// digits for digits, upper case for upper case. Equal words stay equal whatever their case; everything
    /// between words stays. Different words of one or two characters may become the same.
    #[must_use]
    pub fn tokenise(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(char::is_alphanumeric) {
            let (between, word) = rest.split_at(start);
            let mut room = WORD_CHARACTERS_MAX;
            let is_end = |letter: char| {
                room = room.saturating_sub(1);
                room == 0 || !letter.is_alphanumeric()
            };
            let (word, after) = word.split_at(word.find(is_end).unwrap_or(word.len()));
            out.push_str(between);
            self.push_word(word, &mut out);
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// Writes the pseudonym of one word, a block of 32 characters per MAC.
    fn push_word(&self, word: &str, out: &mut String) {
        let plain = word.to_lowercase();
        let first = mac_of(&self.mac, Purpose::Word, &[plain.as_bytes()]);
        let mut block = first;
        for (place, letter) in word.chars().enumerate() {
            if place > 0 && place % block.len() == 0 {
                let number = (place / block.len()).to_le_bytes();
                block = mac_of(&self.mac, Purpose::Block, &[&number, &first]);
            }
            let byte = block.get(place % block.len()).copied().unwrap_or(0);
            out.push(if letter.is_numeric() {
                char::from(b'0' + byte % 10)
            } else if letter.is_uppercase() {
                char::from(b'A' + byte % 26)
            } else {
                char::from(b'a' + byte % 26)
            });
        }
    }

    fn digits(&self, purpose: Purpose, value: &str, count: usize) -> String {
        use fmt::Write as _;
        let mut text = String::with_capacity(count);
        for byte in mac_of(&self.mac, purpose, &[value.as_bytes()]) {
            // Writing to a text cannot fail.
            write!(text, "{byte:02x}").ok();
        }
        text.truncate(count);
        text
    }
}

fn mac_of(mac: &Hmac<Sha256>, purpose: Purpose, pieces: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac.clone();
    mac.update(purpose.word());
    for piece in pieces {
        mac.update(piece);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> PseudonymKey {
        PseudonymKey::new([byte; 32])
    }

    /// RFC 4231, test case 1, whose key is shorter than ours: the MAC is the published one.
    #[test]
    fn the_mac_is_hmac_sha_256() {
        let mut mac = Hmac::<Sha256>::new_from_slice(&[0x0b; 20]).unwrap();
        mac.update(b"Hi There");
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        let text = crate::Digest::from_bytes(digest).to_string();
        assert_eq!(
            text,
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
    }

    #[test]
    fn a_key_file_says_which_key_it_is() {
        let hex = "07".repeat(32) + "\n";
        assert_eq!(PseudonymKey::parse(hex.as_bytes()), Ok(key(7)));
        assert_eq!(PseudonymKey::parse(&[7; 32]).unwrap().id(), key(7).id());
        assert_ne!(key(7).id(), key(8).id());
        assert_eq!(PseudonymKey::parse(b"short"), Err(NotAKey { length: 5 }));
        let id = key(7).id();
        assert_eq!(id.to_string().parse::<KeyId>().ok(), Some(id));
        assert!(!format!("{:?}", key(7)).contains("07"), "the secret stays");
    }

    #[test]
    fn a_value_s_pseudonym_carries_the_key_s_id() {
        let one = key(1).of_value("ann");
        assert_eq!(one, key(1).of_value("ann"));
        assert!(one.starts_with(&format!("{}.", key(1).id())));
        assert_eq!(one.len(), 8 + 1 + VALUE_DIGITS);
        assert_ne!(one, key(2).of_value("ann"));
        assert_ne!(one, key(1).of_value("Ann"));
    }

    #[test]
    fn an_address_keeps_its_domain() {
        let one = key(1).of_address("Ann.Lee@Corp.example");
        assert_eq!(one, key(1).of_address("ann.lee@corp.example"));
        assert!(one.ends_with("@corp.example") && !one.contains("ann"));
        assert_eq!(one.len(), 1 + ADDRESS_DIGITS + "@corp.example".len());
    }

    #[test]
    fn words_stay_equal_and_keep_their_shape() {
        let key = key(3);
        let text = key.tokenise("Ann wrote to ANN: call 5551234, ann!");
        let words: Vec<&str> = text.split(' ').collect();
        assert_eq!(
            format!("{}:", words[0]).to_lowercase(),
            words[3].to_lowercase()
        );
        assert!(words[3].starts_with(|letter: char| letter.is_ascii_uppercase()));
        let number = words[5].strip_suffix(',').unwrap();
        assert!(number.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(text.ends_with('!') && !text.to_lowercase().contains("wrote"));
        assert_eq!(text.len(), "Ann wrote to ANN: call 5551234, ann!".len());
        assert_eq!(key.tokenise("- . !"), "- . !");
        let long = "\u{e4}".repeat(10_000);
        assert_eq!(key.tokenise(&long).len(), 10_000);
    }
}
