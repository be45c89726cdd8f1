//! Authentication: what hosts that the task trusts found out about the sender.
//!
//! Only a header written by a trusted host is read: anybody may put another into a message. Where the task allows the
//! DNS, what it answered stands in the first header of each message ([`crate::email::with_results`]) and counts before what
//! others say. Without either all of this is missing.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};
use crate::email::envelope::RESULTS_HEADER;
use crate::email::mail::Mail;
use ringtrue_core::task::{DnsOptions, EmailOptions};

pub(in crate::email) const THEME: Theme = Theme {
    name: "authentication",
    together: &["sender"],
    privacy: Privacy::Plain,
    cost_minutes: 30.0,
    signals: &[
        Signal::category(
            "spf_result",
            "of what a trusted host says of the server (SPF)",
            |facts| facts.authentication.value(Method::Spf),
        ),
        Signal::category(
            "dkim_result",
            "of what a trusted host says of the signature (DKIM)",
            |facts| facts.authentication.value(Method::Dkim),
        ),
        Signal::category(
            "dmarc_result",
            "of what a trusted host says of the sender's policy (DMARC)",
            |facts| facts.authentication.value(Method::Dmarc),
        ),
        Signal::category(
            "arc_result",
            "of what a trusted host says of the chain of forwarders (ARC)",
            |facts| facts.authentication.value(Method::Arc),
        ),
        Signal::flag(
            "authentication_missing",
            "no trusted host says anything of the sender",
            |facts| facts.authentication.missing(),
        )
        .movable(Movable::No),
    ],
};

/// A method of telling whether a sender is who it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Method {
    Spf,
    Dkim,
    Dmarc,
    Arc,
}

const METHODS: [(&str, Method); 4] = [
    ("spf", Method::Spf),
    ("dkim", Method::Dkim),
    ("dmarc", Method::Dmarc),
    ("arc", Method::Arc),
];

/// A result, by code: 0 said nothing, 1 pass, 2 neutral or none, 3 could not tell, 4 soft failure, 5 failure. Codes never
/// change within `email/1`.
fn code_of(result: &str) -> f32 {
    match result {
        "pass" | "bestguesspass" => 1.0,
        "neutral" | "none" => 2.0,
        "temperror" | "permerror" => 3.0,
        "softfail" | "policy" => 4.0,
        "fail" | "hardfail" | "reject" => 5.0,
        _ => 0.0,
    }
}

/// What trusted hosts say.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Results {
    trusting: bool,
    said: bool,
    codes: [f32; METHODS.len()],
}

/// Headers with results that are read.
const HEADERS_MAX: usize = 16;

impl Results {
    pub(in crate::email) fn read(mail: &Mail, options: &EmailOptions) -> Self {
        let mut results = Self {
            trusting: !options.trusted_hosts.is_empty() || options.dns.is_some(),
            ..Self::default()
        };
        if !results.trusting {
            return results;
        }
        // Only the first header can be one's own: what stands below it came with the message.
        let own = options.dns.and_then(|_| mail.head.all().next());
        let own = own.filter(|(name, _)| name.eq_ignore_ascii_case(RESULTS_HEADER));
        if let Some((_, value)) = own {
            results.see_all(value, |host| host == DnsOptions::HOST);
        }
        for value in mail.head.values(RESULTS_HEADER).take(HEADERS_MAX) {
            results.see_all(value, |host| options.trusts(host));
        }
        for value in mail.head.values("received-spf").take(HEADERS_MAX) {
            let lower = value.to_ascii_lowercase();
            let receiver = lower.split("receiver=").nth(1).unwrap_or("");
            let receiver = receiver.split([';', ' ', '\r', '\n']).next().unwrap_or("");
            if options.trusts(receiver) {
                results.said = true;
                let result = lower.split_ascii_whitespace().next().unwrap_or("");
                results.keep(Method::Spf, code_of(result));
            }
        }
        results
    }

    /// Reads a header with results, if its host is believed.
    fn see_all(&mut self, value: &str, is_believed: impl FnOnce(&str) -> bool) {
        let lower = value.to_ascii_lowercase();
        let mut pieces = lower.split(';');
        let host = pieces.next().unwrap_or("").split_ascii_whitespace().next();
        if host.is_some_and(is_believed) {
            self.said = true;
            pieces.for_each(|piece| self.see(piece));
        }
    }

    fn see(&mut self, piece: &str) {
        let Some((name, rest)) = piece.trim().split_once('=') else {
            return;
        };
        let result = rest
            .split(|letter: char| !letter.is_ascii_alphanumeric())
            .next();
        for (listed, method) in METHODS {
            if name.trim() == listed {
                self.keep(method, code_of(result.unwrap_or("")));
            }
        }
    }

    /// Keeps the first result of a method; of several signatures one that passes is enough.
    fn keep(&mut self, method: Method, code: f32) {
        if let Some(kept) = self.codes.get_mut(method as usize)
            && (*kept < 1.0 || (method == Method::Dkim && code > 0.0 && code < *kept))
        {
            *kept = code;
        }
    }

    fn value(&self, method: Method) -> f32 {
        if !self.trusting {
            return f32::NAN;
        }
        self.codes.get(method as usize).copied().unwrap_or(0.0)
    }

    fn missing(&self) -> f32 {
        if self.trusting {
            super::flag(!self.said)
        } else {
            f32::NAN
        }
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Limits;

    use super::*;

    fn read(headers: &str, trusted: &[&str], asks: bool) -> [String; 3] {
        let options = EmailOptions {
            trusted_hosts: trusted.iter().map(|host| (*host).to_owned()).collect(),
            dns: asks.then_some(DnsOptions {
                server: None,
                timeout_milliseconds: 1,
            }),
            ..EmailOptions::default()
        };
        let (mail, _) = Mail::parse(format!("{headers}\nx\n").as_bytes(), &Limits::default());
        let results = Results::read(&mail, &options);
        [
            results.value(Method::Spf),
            results.value(Method::Dmarc),
            results.missing(),
        ]
        .map(|value| value.to_string())
    }

    #[test]
    fn only_the_first_header_tells_what_the_dns_said() {
        let own = "Authentication-Results: dns.ringtrue.invalid; spf=pass; dmarc=fail\n";
        let other = "Authentication-Results: mx.example.net; spf=softfail; dmarc=pass\n";
        assert_eq!(read(own, &[], true), ["1", "5", "0"]);
        assert_eq!(read(&format!("A: b\n{own}"), &[], true), ["0", "0", "1"]);
        assert_eq!(read(own, &[], false), ["NaN"; 3]);
        let trusted = ["mx.example.net"];
        assert_eq!(read(own, &trusted, false), ["0", "0", "1"]);
        assert_eq!(
            read(&format!("{own}{other}"), &trusted, true),
            ["1", "5", "0"]
        );
        // What the DNS did not answer a trusted host may say.
        let silent = "Authentication-Results: dns.ringtrue.invalid; dmarc=none\n";
        assert_eq!(
            read(&format!("{silent}{other}"), &trusted, true),
            ["4", "2", "0"]
        );
    }
}
