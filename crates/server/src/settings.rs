//! What of a configuration is in force at a moment. It is replaced as a whole: a request lives by what was in force when it came.

use std::sync::{Arc, PoisonError, RwLock};

use crate::config::{Config, ConfigError};
use crate::http::Access;
use crate::route::Routes;

/// What is in force.
pub struct Settings {
    /// What the configuration says.
    pub config: Config,
    /// The ways by which events come.
    pub routes: Routes,
    /// Who may ask for what, and how often.
    pub(crate) access: Access,
}

impl Settings {
    /// Puts a configuration in force; `key` is the secret that draws the audit sample.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] if it does not hold.
    pub fn of(config: Config, key: [u8; 32]) -> Result<Self, ConfigError> {
        config.check()?;
        Ok(Self {
            routes: Routes::of(&config, key)?,
            access: Access::of(&config.tokens, config.rate),
            config,
        })
    }

    /// Names what another configuration changes that only a new start puts in force.
    #[must_use]
    pub fn needs_new_start(&self, other: &Config) -> Vec<&'static str> {
        let (now, then) = (&self.config, other);
        let changes = [
            ("listen", now.listen != then.listen),
            ("tls", now.tls.is_some() != then.tls.is_some()),
            (
                "bounds.connections",
                now.bounds.connections != then.bounds.connections,
            ),
            ("bounds.waiting", now.bounds.waiting != then.bounds.waiting),
            (
                "bounds.head_seconds",
                now.bounds.head_seconds != then.bounds.head_seconds,
            ),
        ];
        let listening = |config: &Config| {
            let milter = config.milter.as_ref();
            milter.map(|it| {
                (
                    it.listen.clone(),
                    it.mode,
                    it.peers.clone(),
                    it.connections,
                    it.held_bytes,
                )
            })
        };
        let milter = ("milter", listening(now) != listening(then));
        let changes = changes.into_iter().chain([milter]);
        let names = changes.filter(|(_, is_other)| *is_other);
        names.map(|(name, _)| name).collect()
    }
}

/// The settings of this moment, for everybody who needs them.
pub struct Current(RwLock<Arc<Settings>>);

impl Current {
    /// Begins with these.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self(RwLock::new(Arc::new(settings)))
    }

    /// Returns what is in force.
    #[must_use]
    pub fn get(&self) -> Arc<Settings> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Puts others in force.
    pub fn replace(&self, settings: Settings) {
        let mut now = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(settings);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_new_start_needs_is_named() {
        let settings = Settings::of(Config::default(), [0; 32]).unwrap();
        let other = Config::parse("listen = \"127.0.0.1:1\"\ndeadline_milliseconds = 5").unwrap();
        assert_eq!(settings.needs_new_start(&other), ["listen"]);
        assert!(settings.needs_new_start(&Config::default()).is_empty());
    }

    #[test]
    fn who_took_settings_keeps_them() {
        let current = Current::new(Settings::of(Config::default(), [0; 32]).unwrap());
        let taken = current.get();
        let other = Config::parse("deadline_milliseconds = 5").unwrap();
        current.replace(Settings::of(other, [0; 32]).unwrap());
        assert_eq!(taken.config.deadline_milliseconds, 1_000);
        assert_eq!(current.get().config.deadline_milliseconds, 5);
    }
}
