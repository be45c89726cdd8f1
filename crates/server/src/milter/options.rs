//! How mails are taken and what is done with them: the section `[milter]` of `serve.toml`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use ringtrue_core::Action;
use serde::Deserialize;
use thiserror::Error;

/// What a mail server is told to do with a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Deliver it, with its verdict in its headers.
    Accept,
    /// As `Accept`, but hold it until a person lets it go: Postfix's queue `hold`, Sendmail's `quarantine`.
    Quarantine,
    /// Refuse it for now: the sender's server comes again.
    Defer,
    /// Refuse it.
    Reject,
}

impl Answer {
    /// Returns its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Quarantine => "quarantine",
            Self::Defer => "defer",
            Self::Reject => "reject",
        }
    }
}

/// Where mail servers find the filter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Address {
    /// `HOST:PORT`, by number.
    Tcp(SocketAddr),
    /// `unix:/PATH`.
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("unix:") {
            Some(path) if path.starts_with('/') => Ok(Self::Unix(PathBuf::from(path))),
            _ => text.parse().map(Self::Tcp).map_err(|_| {
                format!("`{text}` is neither `unix:/PATH` nor an address such as `127.0.0.1:8118`")
            }),
        }
    }
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// How mails are taken and what is done with them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MilterOptions {
    /// Where mail servers find it.
    pub listen: Address,
    /// Who may open a Unix socket, as the bits of its file.
    pub mode: u32,
    /// Addresses of mail servers that may connect from other machines.
    pub peers: Vec<IpAddr>,
    /// The route of mails; the usual one if none is named.
    pub route: Option<String>,
    /// What is done with a mail that is allowed.
    pub allow: Answer,
    /// What is done with a mail to be reviewed.
    pub review: Answer,
    /// What is done with a mail to be blocked.
    pub block: Answer,
    /// What is done with a mail that is not scored, because it is too large or is none.
    pub unread: Answer,
    /// Reasons that a header gives, at most.
    pub reasons: usize,
    /// Bytes of a mail that is scored.
    pub mail_bytes: usize,
    /// Bytes that are held of all mails together; one that finds no room is answered as one that comes too late.
    pub held_bytes: usize,
    /// Connections that are open at a time; further ones wait to be accepted.
    pub connections: usize,
    /// Seconds that a connection may be silent.
    pub idle_seconds: u64,
    /// Seconds from a packet's first byte to its last, and for taking a reply.
    pub packet_seconds: u64,
}

impl Default for MilterOptions {
    fn default() -> Self {
        Self {
            listen: Address::Tcp(SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_118)),
            mode: 0o660,
            peers: Vec::new(),
            route: None,
            allow: Answer::Accept,
            review: Answer::Quarantine,
            block: Answer::Reject,
            unread: Answer::Accept,
            reasons: 3,
            mail_bytes: 12 << 20,
            held_bytes: 256 << 20,
            connections: 256,
            idle_seconds: 600,
            packet_seconds: 30,
        }
    }
}

/// Why mails cannot be taken so.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MilterError {
    /// Anybody could ask.
    #[error(
        "`milter.listen` is reachable from other machines, and `milter.peers` names nobody who may connect"
    )]
    Open,
    /// A number is 0.
    #[error("`milter.{0}` is 0, so that no mail would be answered")]
    Zero(&'static str),
    /// No mail would find room.
    #[error(
        "`milter.held_bytes` is less than `milter.mail_bytes`: a large mail would never find room"
    )]
    Room,
    /// A Unix socket's mode is none.
    #[error("`milter.mode` is no mode of a file: {0:#o}")]
    Mode(u32),
}

impl MilterOptions {
    /// Looks whether mails can be taken so.
    ///
    /// # Errors
    ///
    /// [`MilterError`].
    pub fn check(&self) -> Result<(), MilterError> {
        if let Address::Tcp(at) = self.listen
            && !at.ip().is_loopback()
            && self.peers.is_empty()
        {
            return Err(MilterError::Open);
        }
        let seconds = |seconds: u64| usize::try_from(seconds).unwrap_or(usize::MAX);
        let numbers = [
            (self.mail_bytes, "mail_bytes"),
            (self.connections, "connections"),
            (seconds(self.idle_seconds), "idle_seconds"),
            (seconds(self.packet_seconds), "packet_seconds"),
        ];
        if let Some((_, name)) = numbers.iter().find(|(number, _)| *number == 0) {
            return Err(MilterError::Zero(name));
        }
        if self.held_bytes < self.mail_bytes {
            return Err(MilterError::Room);
        }
        if self.mode > 0o777 {
            return Err(MilterError::Mode(self.mode));
        }
        Ok(())
    }

    /// Returns what is done with a mail that somebody scored.
    #[must_use]
    pub const fn of_scored(&self, action: Action) -> Answer {
        match action {
            Action::Allow => self.allow,
            Action::Review => self.review,
            Action::Block => self.block,
        }
    }

    /// Returns what is done with a mail that nobody scored in time: as with a scored one, but that nothing is refused for good of which
    /// nothing is known.
    #[must_use]
    pub fn of_unscored(&self, action: Action) -> Answer {
        match self.of_scored(action) {
            Answer::Reject => Answer::Defer,
            answer => answer,
        }
    }

    /// Whether one of these addresses may connect.
    #[must_use]
    pub fn admits(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        peer.is_loopback() || self.peers.contains(&peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<MilterOptions, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_section_needs_to_say_nothing() {
        let options = parsed("").unwrap();
        options.check().unwrap();
        assert_eq!(options.of_scored(Action::Block), Answer::Reject);
        assert_eq!(options.of_unscored(Action::Block), Answer::Defer);
        assert_eq!(options.of_unscored(Action::Allow), Answer::Accept);
    }

    #[test]
    fn addresses_are_sockets_of_both_kinds() {
        let unix = parsed("listen = \"unix:/run/a.sock\"\nmode = 0o600").unwrap();
        assert_eq!(unix.listen, Address::Unix(PathBuf::from("/run/a.sock")));
        unix.check().unwrap();
        for odd in ["unix:a.sock", "localhost:1", "inet:1@127.0.0.1", ""] {
            assert!(parsed(&format!("listen = \"{odd}\"")).is_err(), "{odd}");
        }
    }

    #[test]
    fn nobody_else_may_ask_unless_named() {
        let open = parsed("listen = \"0.0.0.0:8118\"").unwrap();
        assert!(matches!(open.check(), Err(MilterError::Open)));
        let named = "listen = \"0.0.0.0:8118\"\npeers = [\"192.0.2.25\"]";
        let named = parsed(named).unwrap();
        named.check().unwrap();
        assert!(named.admits("::ffff:192.0.2.25".parse().unwrap()));
        assert!(named.admits("127.0.0.1".parse().unwrap()));
        assert!(!named.admits("192.0.2.26".parse().unwrap()));
    }

    #[test]
    fn what_is_misspelt_or_nothing_is_refused() {
        assert!(parsed("block = \"discard\"").is_err());
        assert!(parsed("blocks = \"reject\"").is_err());
        for zero in [
            "mail_bytes",
            "connections",
            "idle_seconds",
            "packet_seconds",
        ] {
            let checked = parsed(&format!("{zero} = 0")).unwrap().check();
            assert!(matches!(checked, Err(MilterError::Zero(name)) if name == zero));
        }
        let narrow = parsed("held_bytes = 1").unwrap().check();
        assert!(matches!(narrow, Err(MilterError::Room)));
        let odd = parsed("mode = 0o1777").unwrap().check();
        assert!(matches!(odd, Err(MilterError::Mode(_))));
    }
}
