//! The one list of headers in which other products say what they think of a message.
//!
//! They are never signals and never tokens unless a task asks for them: a detector that reads them learns to
//! repeat a product that may not stand before it tomorrow, and an attacker may write them too.

/// Starts of names of headers, lowercase.
const PREFIXES: &[&str] = &[
    "x-amavis",
    "x-antiabuse",
    "x-antispam",
    "x-antivirus",
    "x-anti-spam",
    "x-anti-virus",
    "x-apple-",
    "x-assp",
    "x-barracuda",
    "x-bogosity",
    "x-ces-",
    "x-clamav",
    "x-cloudmark",
    "x-cmae-",
    "x-crm114",
    "x-dspam",
    "x-eopattributed",
    "x-eoptenant",
    "x-exchange-antispam",
    "x-forefront",
    "x-gmx-anti",
    "x-gm-spam",
    "x-gm-phishy",
    "x-google-",
    "x-gnd-s",
    "x-halon",
    "x-ham-",
    "x-ibm-spam",
    "x-icloud-",
    "x-incomingheadercount",
    "x-incomingtopheader",
    "x-ironport",
    "x-iinet-",
    "x-junk",
    "x-kaspersky",
    "x-kse",
    "x-klms",
    "x-mailassassin",
    "x-mailcleaner",
    "x-mailscanner",
    "x-mdav",
    "x-mdspam",
    "x-messagesniffer",
    "x-mgspam",
    "x-microsoft-antispam",
    "x-mimecast",
    "x-ms-exchange",
    "x-ms-office365-filtering",
    "x-ms-publictraffictype",
    "x-ms-userlastlogontime",
    "x-ms-traffictypediagnostic",
    "x-ms-oob",
    "x-mtk",
    "x-ovh-",
    "x-ovh_",
    "x-pmx",
    "x-policyd",
    "x-proofpoint",
    "x-pobox-",
    "x-ppe",
    "x-purgate",
    "x-razor",
    "x-ringtrue-",
    "x-rspamd",
    "x-sa-",
    "x-scanned",
    "x-sender-ip",
    "x-sid-",
    "x-sonicwall",
    "x-sophos",
    "x-spam",
    "x-symantec",
    "x-tm-",
    "x-tmase",
    "x-trend",
    "x-uidl-spam",
    "x-virus",
    "x-vade",
    "x-vr-",
    "x-warp-spam",
    "x-whitelist",
    "x-yahoofilteredbulk",
    "x-ymailisg",
    "x-zoho-virus",
    "spamdiagnostic",
];

/// Whole names of headers, lowercase: results of authentication as some host saw it. Those of trusted hosts are read
/// by the theme of their own.
const NAMES: &[&str] = &[
    "arc-authentication-results",
    "arc-message-signature",
    "arc-seal",
    "authentication-results",
    "authentication-results-original",
    "content-analysis",
    "received-spf",
    "x-authentication-results",
    "x-auth-result",
    "x-dkim-authentication-results",
    "x-dkim-result",
    "x-dmarc-result",
    "x-dkim",
    "x-spf-result",
    "x-message-info",
    "x-message-delivery",
    "x-original-authentication-results",
    "x-received-spf",
    "x-ymail-osg",
];

/// Returns whether the header `name` holds another product's verdict.
pub(super) fn is_verdict(name: &str) -> bool {
    let letter = |at: usize| name.as_bytes().get(at).map_or(0, u8::to_ascii_lowercase);
    let (first, third) = (letter(0), letter(2));
    if !matches!(first, b'x' | b'a' | b'c' | b'r' | b's') {
        return false;
    }
    // Most of the list starts with `x-`: the third letter tells most names apart.
    let may_be = |listed: &str| listed.as_bytes().get(2) == Some(&third);
    let is_opening = |start: &str| {
        name.get(..start.len())
            .is_some_and(|opening| opening.eq_ignore_ascii_case(start))
    };
    PREFIXES
        .iter()
        .any(|start| may_be(start) && is_opening(start))
        || NAMES
            .iter()
            .any(|listed| may_be(listed) && name.eq_ignore_ascii_case(listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_of_others() {
        for name in [
            "X-Spam-Status",
            "x-bogosity",
            "X-MS-Exchange-Organization-SCL",
            "Authentication-Results",
            "X-Forefront-Antispam-Report",
        ] {
            assert!(is_verdict(name), "{name}");
        }
        for name in [
            "X-Mailer",
            "Received",
            "Subject",
            "x",
            "",
            "X-Priority",
            "é",
        ] {
            assert!(!is_verdict(name), "{name}");
        }
    }

    #[test]
    fn the_lists_are_lowercase() {
        for name in PREFIXES.iter().chain(NAMES) {
            assert_eq!(*name, name.to_ascii_lowercase());
        }
    }
}
