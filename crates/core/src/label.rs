//! Labels: what somebody decided about an event, and the words input files use for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What somebody who knows decided about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Label {
    /// Not malicious.
    Benign,
    /// Malicious as the task defines it.
    Malicious,
    /// Looked at and not decided: never fitted, calibrated or judged as either class.
    Unsure,
}

impl Label {
    /// Recognises the words that files of the field use, ignoring case and surrounding space.
    ///
    /// `0`, `benign`, `ham`, `legitimate`, ... are benign; `1`, `malicious`, `phishing`, `spam`, ... are
    /// malicious; `-1` (EMBER's and Snorkel's "no label") and `unsure` are unsure. Anything else is
    /// `None`: an unmapped label is for the task to map, never for the program to guess.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        const BENIGN: [&str; 9] = [
            "0",
            "benign",
            "ham",
            "legitimate",
            "legit",
            "good",
            "clean",
            "normal",
            "false",
        ];
        const MALICIOUS: [&str; 11] = [
            "1",
            "malicious",
            "phishing",
            "phish",
            "malware",
            "spam",
            "bad",
            "attack",
            "fraud",
            "scam",
            "true",
        ];
        const UNSURE: [&str; 5] = ["-1", "unsure", "unknown", "suspicious", "abstain"];
        let word = word.trim().to_ascii_lowercase();
        let is_in = |list: &[&str]| list.contains(&word.as_str());
        if is_in(&BENIGN) {
            Some(Self::Benign)
        } else if is_in(&MALICIOUS) {
            Some(Self::Malicious)
        } else if is_in(&UNSURE) {
            Some(Self::Unsure)
        } else {
            None
        }
    }

    /// Returns the label's one text form.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Benign => "benign",
            Self::Malicious => "malicious",
            Self::Unsure => "unsure",
        }
    }

    /// Returns `Some(true)` for malicious, `Some(false)` for benign, `None` for unsure.
    #[must_use]
    pub const fn class(self) -> Option<bool> {
        match self {
            Self::Benign => Some(false),
            Self::Malicious => Some(true),
            Self::Unsure => None,
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_field_are_known_and_others_are_not_guessed() {
        for (word, label) in [
            ("0", Some(Label::Benign)),
            (" Ham ", Some(Label::Benign)),
            ("PHISHING", Some(Label::Malicious)),
            ("1", Some(Label::Malicious)),
            ("-1", Some(Label::Unsure)),
            ("2", None),
            ("", None),
            ("neptune", None),
        ] {
            assert_eq!(Label::from_word(word), label, "{word:?}");
        }
    }
}
