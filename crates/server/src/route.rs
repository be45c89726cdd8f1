//! Routes: what the way by which an event came demands of its verdict.
//!
//! ```text
//!   serve.toml ─► the usual route, and named ones that differ from it ─► deadline, answer when it passes, sync, audit sample
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ringtrue_core::Action;
use serde::Deserialize;

use crate::canary::Chooser;
use crate::config::Config;
use crate::sample::{SampleError, SampleOptions, Sampler};

/// When a verdict is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Telling {
    /// Once the disk has it: a told verdict survives a power cut.
    #[default]
    Synced,
    /// Without waiting for the disk: those that were told last may be gone if the process dies.
    AtOnce,
}

/// How a named route differs from the usual one; what it does not say is as there.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RouteOptions {
    /// See [`Config::deadline_milliseconds`].
    pub deadline_milliseconds: Option<u64>,
    /// See [`Config::on_deadline`].
    pub on_deadline: Option<Action>,
    /// See [`Config::telling`].
    pub telling: Option<Telling>,
    /// See [`Config::sample`].
    pub sample: Option<SampleOptions>,
}

/// What a way demands.
pub struct Route {
    /// What it is called by; empty for the usual one.
    pub name: String,
    /// From the last byte of an event to its answer.
    pub deadline: Duration,
    /// What is done with events of which the deadline passed.
    pub on_deadline: Action,
    /// When verdicts are told.
    pub telling: Telling,
    /// Draws the audit sample.
    pub sampler: Sampler,
    /// Says of which events the canary decides.
    pub chooser: Chooser,
}

/// All routes of a server.
pub struct Routes {
    usual: Arc<Route>,
    named: BTreeMap<String, Arc<Route>>,
}

impl Routes {
    /// Makes the routes of a configuration, which draws by this secret key.
    ///
    /// # Errors
    ///
    /// [`SampleError`] if a sample cannot be drawn.
    pub fn of(config: &Config, key: [u8; 32]) -> Result<Self, SampleError> {
        let route = |name: &str, options: &RouteOptions| {
            let deadline = options.deadline_milliseconds;
            let sample = options.sample.as_ref().unwrap_or(&config.sample);
            Ok(Arc::new(Route {
                name: name.to_owned(),
                deadline: Duration::from_millis(deadline.unwrap_or(config.deadline_milliseconds)),
                on_deadline: options.on_deadline.unwrap_or(config.on_deadline),
                telling: options.telling.unwrap_or(config.telling),
                sampler: Sampler::new(sample, key)?,
                chooser: Chooser::new(config.canary, key),
            }))
        };
        let named = config.routes.iter();
        let named = named.map(|(name, options)| Ok((name.clone(), route(name, options)?)));
        Ok(Self {
            usual: route("", &RouteOptions::default())?,
            named: named.collect::<Result<_, SampleError>>()?,
        })
    }

    /// Returns the route of events of which nothing is said.
    #[must_use]
    pub const fn usual(&self) -> &Arc<Route> {
        &self.usual
    }

    /// Returns the route of this name; the usual one if none is named, `None` if there is no such route.
    #[must_use]
    pub fn get(&self, name: Option<&str>) -> Option<&Arc<Route>> {
        match name {
            None => Some(&self.usual),
            Some(name) => self.named.get(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_differs_in_what_it_says() {
        let text = "deadline_milliseconds = 700\n[routes.mail]\non_deadline = \"allow\"\ntelling = \"at_once\"\n";
        let routes = Routes::of(&Config::parse(text).unwrap(), [1; 32]).unwrap();
        let mail = routes.get(Some("mail")).unwrap();
        assert_eq!(mail.deadline, Duration::from_millis(700));
        assert_eq!(
            (mail.on_deadline, mail.telling),
            (Action::Allow, Telling::AtOnce)
        );
        let usual = routes.get(None).unwrap();
        assert_eq!(
            (usual.on_deadline, usual.telling),
            (Action::Review, Telling::Synced)
        );
        assert!(routes.get(Some("")).is_none() && routes.get(Some("web")).is_none());
    }
}
