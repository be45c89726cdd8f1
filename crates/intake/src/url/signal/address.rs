//! Disguise of the host: hosts that are IP addresses however spelled, odd schemes and ports, and names in
//! foreign letters.
//!
//! Whether the scheme is `http` or `https` is no signal: it says much about the year in which a URL
//! was seen and little about its owner, and leaving it out cost nothing on later time.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::url::address::AddressSpelling;
use crate::url::facts::Facts;
use crate::url::script;

pub(in crate::url) const THEME: Theme = Theme {
    name: "disguise",
    together: &["host", "length"],
    privacy: Privacy::Plain,
    cost_minutes: 15.0,
    signals: &[
        Signal::flag(
            "scheme_missing",
            "the URL was written without a scheme",
            |facts| flag(facts.parts.scheme().is_empty()),
        )
        .costs(0.0),
        Signal::flag(
            "scheme_unusual",
            "the URL has a scheme that is not of the web, such as `data`",
            |facts| flag(!matches!(facts.parts.scheme(), "" | "http" | "https")),
        )
        .costs(2.0),
        Signal::flag("host_is_address", "the host is a raw IP address", |facts| {
            flag(facts.parts.address_spelling() != AddressSpelling::Name)
        }),
        Signal::category(
            "address_spelling",
            "of how the IP address is spelled",
            |facts| f32::from(facts.parts.address_spelling().code()),
        )
        .costs(0.1),
        Signal::flag(
            "address_disguised",
            "the IP address is spelled so that people do not see one",
            |facts| flag(facts.parts.address_spelling().is_disguised()),
        )
        .costs(0.1),
        Signal::flag(
            "address_internal",
            "the IP address lies within a machine or a private network",
            |facts| flag(facts.parts.is_internal_address()),
        ),
        Signal::flag(
            "port_unusual",
            "the URL names a port that is not its scheme's own",
            |facts| flag(facts.parts.unusual_port().is_some()),
        )
        .costs(5.0),
        Signal::flag(
            "host_foreign_letters",
            "the host's name holds letters beyond plain ASCII",
            |facts| flag(facts.parts.has_foreign_letters()),
        ),
        Signal::flag(
            "host_mixed_scripts",
            "one label of the host mixes scripts that no language mixes",
            |facts| flag(mixes_scripts(facts)),
        ),
    ],
};

fn mixes_scripts(facts: &Facts<'_>) -> bool {
    let parts = facts.parts;
    parts.has_foreign_letters() && script::mixes_scripts(&idna::domain_to_unicode(parts.host()).0)
}
