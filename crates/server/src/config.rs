//! How a server behaves: what `serve.toml` says, with a default for everything.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ringtrue_core::{Action, Digest};
use serde::Deserialize;
use thiserror::Error;

use crate::canary::{CanaryError, CanaryOptions};
use crate::milter::{MilterError, MilterOptions};
use crate::route::{RouteOptions, Telling};
use crate::sample::{SampleError, SampleOptions, Sampler};
use crate::stream::{AlertOptions, FollowOptions};

/// What a token allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Asking for verdicts.
    Score,
    /// Asking what counted for and against an event: whoever may, learns how to get past the detector.
    Explain,
    /// Saying what an event was.
    Feedback,
    /// Reading verdicts, replaying them, listing detectors.
    Verdicts,
    /// Reading what is counted.
    Metrics,
}

/// Somebody who may ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who.
    pub name: String,
    /// The digest of the secret (`ringtrue token`): the secret itself stands nowhere.
    pub digest: Digest,
    /// What for.
    pub scopes: Vec<Scope>,
    /// Names of people and programs for whom it says what events were, beside its own name.
    #[serde(default)]
    pub speaks_for: Vec<String>,
    /// How often it may ask; [`Config::rate`] if it does not say.
    pub rate: Option<Rate>,
}

/// How often somebody may ask.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// Requests a second, in the long run.
    pub requests_per_second: u32,
    /// Requests that may come at once after a rest.
    pub at_once: u32,
}

/// TLS: files in PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificates, the server's own first.
    pub certificates: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// What a request may ask of the server.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bounds {
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Events of a request.
    pub events: usize,
    /// Connections that are open at a time; further ones wait to be accepted.
    pub connections: usize,
    /// Requests that wait to be scored; further ones are told to come again.
    pub waiting: usize,
    /// Seconds for the head of a request, also the first after a connection was opened or the request before was answered.
    pub head_seconds: u64,
    /// Seconds for the body of a request.
    pub body_seconds: u64,
    /// Seconds for what is under way when the server comes to its end.
    pub drain_seconds: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            events: 10_000,
            connections: 1_024,
            waiting: 1_024,
            head_seconds: 30,
            body_seconds: 30,
            drain_seconds: 10,
        }
    }
}

/// What the verdict log keeps.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogOptions {
    /// Whether each event is kept beside its verdict, after the privacy rules of its task. Without it no verdict can be replayed.
    pub inputs: bool,
    /// Days after which events are taken out of it; their verdicts stay. The task's retention holds in any case.
    pub inputs_days: Option<u32>,
    /// Days after which verdicts are dropped.
    pub days: Option<u32>,
}

impl Default for LogOptions {
    fn default() -> Self {
        Self {
            inputs: true,
            inputs_days: None,
            days: None,
        }
    }
}

/// How a server behaves.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Milliseconds from the last byte of a request to its answer; then `on_deadline` is the answer.
    pub deadline_milliseconds: u64,
    /// What is done with events of which the deadline passed: `allow` lets them through (fail open), `block` stops them (fail
    /// closed).
    pub on_deadline: Action,
    /// See [`Bounds`].
    pub bounds: Bounds,
    /// See [`LogOptions`].
    pub log: LogOptions,
    /// When a verdict is told.
    pub telling: Telling,
    /// See [`SampleOptions`].
    pub sample: SampleOptions,
    /// Named ways by which events come, each with what differs there.
    pub routes: BTreeMap<String, RouteOptions>,
    /// Logs that are followed.
    pub follow: Vec<FollowOptions>,
    /// How mails are taken; `None` if no mail server asks.
    pub milter: Option<MilterOptions>,
    /// See [`AlertOptions`].
    pub alerts: AlertOptions,
    /// See [`CanaryOptions`].
    pub canary: CanaryOptions,
    /// How often each token may ask that does not say; without tokens, everybody together. `None`: as often as they like.
    pub rate: Option<Rate>,
    /// Who may ask; nobody else may if anybody is named.
    pub tokens: Vec<Token>,
    /// Certificate and key; without it HTTP is plain.
    pub tls: Option<Tls>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8_117),
            deadline_milliseconds: 1_000,
            on_deadline: Action::Review,
            bounds: Bounds::default(),
            log: LogOptions::default(),
            telling: Telling::default(),
            sample: SampleOptions::default(),
            routes: BTreeMap::new(),
            follow: Vec::new(),
            milter: None,
            alerts: AlertOptions::default(),
            canary: CanaryOptions::default(),
            rate: None,
            tokens: Vec::new(),
            tls: None,
        }
    }
}

/// Why a configuration does not hold.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// It does not read.
    #[error("the configuration does not read")]
    Syntax(#[from] toml::de::Error),
    /// Others could ask and listen in.
    #[error("`listen` is reachable from other machines, and {0}")]
    Open(&'static str),
    /// A number is 0.
    #[error("`{0}` is 0, so that nothing would be answered")]
    Zero(&'static str),
    /// Nothing would be kept at all.
    #[error("`{0}` is 0: `log.inputs = false` keeps no events")]
    NoDays(&'static str),
    /// The audit sample cannot be drawn.
    #[error(transparent)]
    Sample(#[from] SampleError),
    /// The canary cannot be asked.
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// Mails cannot be taken as it says.
    #[error(transparent)]
    Milter(#[from] MilterError),
    /// A followed log or mails are of a route that is not there.
    #[error("`{at}` names a route that is not there: `{name}`")]
    Route {
        /// Where it is named.
        at: &'static str,
        /// The route.
        name: String,
    },
    /// Two tokens have one name.
    #[error("two tokens are called `{0}`")]
    TwiceNamed(String),
}

impl Config {
    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Syntax`]; what it says is looked at by [`Config::check`].
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Ok(toml::from_str(text)?)
    }

    /// Looks whether it can be served by.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it is open to other machines without tokens and TLS, or allows nothing.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.check_door()?;
        self.check_numbers()?;
        self.canary.check()?;
        if let Some(milter) = &self.milter {
            milter.check()?;
        }
        self.check_routes()?;
        let of_routes = self.routes.values();
        let of_routes = of_routes.filter_map(|route| route.sample.as_ref());
        for sample in of_routes.chain([&self.sample]) {
            // Whether it can be drawn hangs on no key.
            Sampler::new(sample, [0; 32])?;
        }
        Ok(())
    }

    /// Looks who may ask.
    fn check_door(&self) -> Result<(), ConfigError> {
        if !self.listen.ip().is_loopback() {
            if self.tokens.is_empty() {
                return Err(ConfigError::Open("no tokens say who may ask"));
            }
            if self.tls.is_none() {
                return Err(ConfigError::Open(
                    "without `[tls]` tokens and events are read on the way",
                ));
            }
        }
        let mut names: Vec<&str> = self.tokens.iter().map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair.first() == pair.last()) {
            Some(pair) => Err(ConfigError::TwiceNamed(
                pair.first().copied().unwrap_or_default().to_owned(),
            )),
            None => Ok(()),
        }
    }

    /// Looks for numbers that let nothing through.
    fn check_numbers(&self) -> Result<(), ConfigError> {
        let bounds = &self.bounds;
        let numbers = [
            (bounds.body_bytes, "bounds.body_bytes"),
            (bounds.events, "bounds.events"),
            (bounds.connections, "bounds.connections"),
            (bounds.waiting, "bounds.waiting"),
        ];
        let zero = numbers.iter().find(|(number, _)| *number == 0);
        if let Some((_, name)) = zero {
            return Err(ConfigError::Zero(name));
        }
        let of_routes = self.routes.values();
        let deadlines = of_routes.filter_map(|route| route.deadline_milliseconds);
        let mut deadlines = deadlines.chain([self.deadline_milliseconds]);
        if deadlines.any(|deadline| deadline == 0) {
            return Err(ConfigError::Zero("deadline_milliseconds"));
        }
        let rates = self.tokens.iter().filter_map(|token| token.rate);
        let mut rates = rates.chain(self.rate);
        if rates.any(|rate| rate.requests_per_second == 0) {
            return Err(ConfigError::Zero("requests_per_second"));
        }
        let days = [
            (self.log.inputs_days, "log.inputs_days"),
            (self.log.days, "log.days"),
        ];
        match days.iter().find(|(days, _)| *days == Some(0)) {
            Some((_, name)) => Err(ConfigError::NoDays(name)),
            None => Ok(()),
        }
    }

    /// Looks whether each route that is named is there.
    fn check_routes(&self) -> Result<(), ConfigError> {
        let followed = self.follow.iter().map(|it| ("follow", it.route.as_ref()));
        let mails = self.milter.iter().map(|it| ("milter", it.route.as_ref()));
        let named = followed.chain(mails);
        let mut named = named.filter_map(|(at, name)| Some((at, name?)));
        match named.find(|(_, name)| !self.routes.contains_key(*name)) {
            Some((at, name)) => Err(ConfigError::Route {
                at,
                name: name.clone(),
            }),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_configuration_serves_on_loopback() {
        let config = Config::parse("").unwrap();
        assert!(config.listen.ip().is_loopback());
        config.check().unwrap();
    }

    #[test]
    fn what_others_could_reach_needs_tokens_and_tls() {
        let open = Config::parse("listen = \"0.0.0.0:8117\"").unwrap();
        assert!(matches!(open.check(), Err(ConfigError::Open(_))));
        let digest = Digest::of(b"secret");
        let token = format!(
            "listen = \"0.0.0.0:8117\"\n[[tokens]]\nname = \"mail\"\ndigest = \"{digest}\"\nscopes = [\"score\"]\n"
        );
        let plain = Config::parse(&token).unwrap();
        assert!(matches!(plain.check(), Err(ConfigError::Open(_))));
        let tls = format!("{token}[tls]\ncertificates = \"c.pem\"\nkey = \"k.pem\"\n");
        Config::parse(&tls).unwrap().check().unwrap();
    }

    #[test]
    fn what_is_misspelt_or_nothing_is_refused() {
        assert!(Config::parse("deadline = 5").is_err());
        assert!(Config::parse("on_deadline = \"drop\"").is_err());
        for zero in [
            "deadline_milliseconds = 0",
            "[routes.mail]\ndeadline_milliseconds = 0",
            "[bounds]\nwaiting = 0",
            "[rate]\nrequests_per_second = 0\nat_once = 1",
        ] {
            let config = Config::parse(zero).unwrap();
            assert!(
                matches!(config.check(), Err(ConfigError::Zero(_))),
                "{zero}"
            );
        }
        for none in ["[log]\ndays = 0", "[log]\ninputs_days = 0"] {
            let config = Config::parse(none).unwrap();
            assert!(matches!(config.check(), Err(ConfigError::NoDays(_))));
        }
        let odd = "[routes.mail.sample]\nblocked = 0.6";
        assert!(matches!(
            Config::parse(odd).unwrap().check(),
            Err(ConfigError::Sample(_))
        ));
        let odd = "[canary]\nshare = 1.5";
        assert!(matches!(
            Config::parse(odd).unwrap().check(),
            Err(ConfigError::Canary(_))
        ));
    }
}
