//! What changes cost: minutes of an attacker's work for one artefact, with the tools they already have.
//!
//! These are assumptions, stated so that they can be doubted: nobody measured them. What counts is their order and their
//! distance: a rewrite that a script does costs next to nothing, what has to be bought, registered or broken into costs
//! orders more. A thing that serves many artefacts (a domain) is charged in full to each, as if it burnt with the first.

/// A script rewrites it: six seconds to start it and look at what came out.
pub(crate) const SCRIPTED: f64 = 0.1;

/// As [`SCRIPTED`], and somebody chooses text that fits: half a minute.
pub(super) const WRITTEN: f64 = 0.5;

/// A page is served under another address of a host that is theirs already: a line of the server's configuration.
pub(super) const OWN_PAGE: f64 = 0.3;

/// A link of a shortener: one request, and a new one when it is taken down.
pub(super) const SHORT_LINK: f64 = 0.2;

/// A certificate for a host that is theirs, from an authority that asks nothing.
pub(super) const CERTIFICATE: f64 = 0.5;

/// A name below a domain that is theirs: a record and a host entry.
pub(super) const OWN_NAME: f64 = 1.0;

/// An open redirect on a host that others trust, from a list that goes around.
pub(super) const REDIRECT: f64 = 2.0;

/// An account with a provider of free pages, and the page put there.
pub(super) const FREE_PAGE: f64 = 5.0;

/// A domain: found free, bought, pointed at a server, with the page on it.
pub(super) const OWN_DOMAIN: f64 = 15.0;
