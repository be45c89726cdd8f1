//! Names of columns that speak of what is known only once somebody has decided.
//!
//! A name alone proves nothing: it counts beside what the column tells.

/// Words of names, lowercase, as they stand between marks, digits and capitals.
const WORDS: &[&str] = &[
    "abuse",
    "alert",
    "antivirus",
    "attack",
    "av",
    "avs",
    "blacklist",
    "blacklisted",
    "blocklist",
    "blocked",
    "category",
    "categories",
    "chargeback",
    "class",
    "confirmed",
    "detect",
    "detected",
    "detection",
    "detections",
    "detector",
    "disposition",
    "engines",
    "family",
    "flagged",
    "fraud",
    "incident",
    "label",
    "labels",
    "malicious",
    "malware",
    "outcome",
    "positives",
    "quarantine",
    "quarantined",
    "rating",
    "refund",
    "reported",
    "reputation",
    "resolution",
    "review",
    "reviewed",
    "risk",
    "scan",
    "scanned",
    "scanner",
    "scanners",
    "scans",
    "scenario",
    "score",
    "severity",
    "submission",
    "submissions",
    "submitted",
    "target",
    "threat",
    "threats",
    "truth",
    "verdict",
    "verdicts",
    "virus",
    "virustotal",
    "vt",
];

/// Returns whether a column's name speaks of verdicts.
pub(super) fn knows_the_label(name: &str) -> bool {
    has_word(name, WORDS)
}

/// Returns whether one of a name's words is one of `words`: it is cut at marks, digits, and before capitals that follow small letters.
pub(super) fn has_word(name: &str, words: &[&str]) -> bool {
    let mut word = String::new();
    let mut was_lower = false;
    let mut found = false;
    for letter in name.chars().chain(std::iter::once(' ')) {
        let begins = letter.is_uppercase() && was_lower;
        if !letter.is_alphabetic() || begins {
            found |= words.contains(&word.as_str());
            word.clear();
        }
        if letter.is_alphabetic() {
            word.extend(letter.to_lowercase());
        }
        was_lower = letter.is_lowercase();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        for name in [
            "vt_scan_time",
            "Detection_Ratio",
            "TimesSubmitted",
            "av_kaspersky",
            "is_fraud",
        ] {
            assert!(knows_the_label(name), "{name}");
        }
        for name in [
            "average",
            "src_bytes",
            "classroom",
            "scanline",
            "travel_vtx",
            "amount",
            "",
        ] {
            assert!(!knows_the_label(name), "{name}");
        }
    }

    #[test]
    fn each_word_stands_once() {
        let mut sorted = WORDS.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), WORDS.len());
    }
}
