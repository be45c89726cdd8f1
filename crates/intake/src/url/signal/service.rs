//! Service: places that give a name, a page or a link to anybody.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::url::lexicon::Service;

pub(in crate::url) const THEME: Theme = Theme {
    name: "service",
    together: &["host"],
    privacy: Privacy::Plain,
    cost_minutes: 15.0,
    signals: &[
        Signal::flag(
            "shortener",
            "the link is shortened and hides where it leads",
            |facts| flag(facts.service == Some(Service::Shortener)),
        ),
        Signal::flag("free_hosting", "the site stands on free hosting", |facts| {
            flag(facts.service == Some(Service::FreeHosting))
        }),
        Signal::flag(
            "dynamic_name",
            "the name points to a machine that moves",
            |facts| flag(facts.service == Some(Service::DynamicName)),
        ),
        Signal::flag(
            "shared_file",
            "it is a file or a form that somebody shared",
            |facts| flag(facts.service == Some(Service::SharedFile)),
        ),
        Signal::flag(
            "community",
            "it is a page on a site that many people read and write",
            |facts| flag(facts.service == Some(Service::Community)),
        ),
    ],
};
