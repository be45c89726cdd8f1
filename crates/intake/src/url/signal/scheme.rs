//! Scheme: what stands before the colon.
//!
//! `https` says much about the year in which a URL was seen and little about its owner, so these
//! signals are a theme of their own, to be left out where the classes come from different years.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};

pub(in crate::url) const THEME: Theme = Theme {
    name: "scheme",
    together: &[],
    privacy: Privacy::Plain,
    cost_minutes: 2.0,
    signals: &[
        Signal::flag("https", "the URL asks for an encrypted connection", |facts| {
            flag(facts.parts.scheme() == "https")
        }),
        Signal::flag("scheme_missing", "the URL was written without a scheme", |facts| {
            flag(facts.parts.scheme().is_empty())
        }),
        Signal::flag("scheme_unusual", "the URL has a scheme that is not of the web, such as `data`", |facts| {
            flag(!matches!(facts.parts.scheme(), "" | "http" | "https"))
        }),
    ],
};
