//! Attacks on URLs: one file each, and what they share.
//!
//! ```text
//!   URL ─► Web (read as browsers do) ─► one attack changes pieces ─► URL
//!            Material ─► borrow (words, parameters, hosts) ──▲
//! ```
//!
//! An attack that a parser can prove right gives nothing that has another origin; those that lead elsewhere say what the
//! attacker must have there. Nothing is opened or resolved.

mod borrow;
mod fragment;
mod host_address;
mod host_domain;
mod host_dot;
mod host_free;
mod host_names;
mod host_subdomain;
mod host_twin;
mod host_typo;
mod host_www;
mod letter_case;
mod padding;
mod parts;
mod path_dots;
mod path_extension;
mod path_shorter;
mod path_slashes;
mod path_words;
mod percent_case;
mod percent_host;
mod percent_letters;
mod port;
mod query_order;
mod query_shorter;
mod query_words;
mod redirector;
mod scheme;
mod shortener;
mod stranger;
mod userinfo;

use super::Attack;

static ALL: &[&dyn Attack<str>] = &[
    &fragment::ATTACK,
    &host_address::ATTACK,
    &host_domain::ATTACK,
    &host_dot::ATTACK,
    &host_free::ATTACK,
    &host_names::ATTACK,
    &host_subdomain::ATTACK,
    &host_twin::ATTACK,
    &host_typo::ATTACK,
    &host_www::ATTACK,
    &letter_case::ATTACK,
    &padding::ATTACK,
    &path_dots::ATTACK,
    &path_extension::ATTACK,
    &path_shorter::ATTACK,
    &path_slashes::ATTACK,
    &path_words::ATTACK,
    &percent_case::ATTACK,
    &percent_host::ATTACK,
    &percent_letters::ATTACK,
    &port::ATTACK,
    &query_order::ATTACK,
    &query_shorter::ATTACK,
    &query_words::ATTACK,
    &redirector::ATTACK,
    &scheme::ATTACK,
    &shortener::ATTACK,
    &userinfo::ATTACK,
];

/// Returns the attacks on URLs, in the order of their files.
#[must_use]
pub fn all() -> &'static [&'static dyn Attack<str>] {
    ALL
}

#[cfg(test)]
mod tests;
