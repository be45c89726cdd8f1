//! What a task says about reading mail.

use serde::{Deserialize, Serialize};

/// How messages become signals and tokens; stored with a detector.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailOptions {
    /// Hosts whose `Authentication-Results` and `Received-SPF` headers are believed. None is believed by default:
    /// anybody may write such a header.
    pub trusted_hosts: Vec<String>,
    /// Whether the shape of headers is evidence: their names and order, the path through servers, identifiers and
    /// dates. It tells much within one mail system, and little beyond it.
    pub header_shape: bool,
    /// Whether the verdicts of other products are evidence.
    pub verdict_headers: bool,
}

impl Default for EmailOptions {
    fn default() -> Self {
        Self {
            trusted_hosts: Vec::new(),
            header_shape: true,
            verdict_headers: false,
        }
    }
}

impl EmailOptions {
    /// Returns whether `host` is one of the trusted hosts, in any case.
    #[must_use]
    pub fn trusts(&self, host: &str) -> bool {
        self.trusted_hosts
            .iter()
            .any(|trusted| trusted.eq_ignore_ascii_case(host))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_option_is_refused() {
        let read = |text: &str| toml::from_str::<EmailOptions>(text);
        assert_eq!(read("").ok(), Some(EmailOptions::default()));
        assert!(read("header_shapes = false").is_err());
        let options = read("trusted_hosts = [\"MX.example.com\"]").expect("an option");
        assert!(options.trusts("mx.EXAMPLE.com") && !options.trusts("mx.example.net"));
    }
}
