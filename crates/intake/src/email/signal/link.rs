//! Link: where links lead, against what they show and who sends them.

use ringtrue_core::signal::Privacy;

use super::lookalike::are_near;
use super::{Signal, Theme, flag, share};
use crate::email::address::registrable;
use crate::email::link::{Link, Origin};
use crate::email::mail::Mail;
use crate::url::domain::split_host;

pub(in crate::email) const THEME: Theme = Theme {
    name: "link",
    together: &["url", "html"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count("links", "of the number of links", |facts| facts.links.web),
        Signal::count(
            "clicked_links",
            "of the number of links to click",
            |facts| facts.links.anchors,
        ),
        Signal::count(
            "written_links",
            "of the number of links written out in the text",
            |facts| facts.links.written,
        ),
        Signal::count(
            "link_domains",
            "of how many domains links lead to",
            |facts| facts.links.domains,
        ),
        Signal::count(
            "link_mismatches",
            "links show another site than they lead to",
            |facts| facts.links.mismatches,
        ),
        Signal::count(
            "link_bare_words",
            "links say `click here` and the like",
            |facts| facts.links.bare_words,
        ),
        Signal::share(
            "links_to_sender",
            "of the share of links that lead to the sender's own domain",
            |facts| share(facts.links.to_sender, facts.links.web),
        ),
        Signal::flag(
            "images_from_elsewhere",
            "what is shown is loaded from another domain than links lead to",
            |facts| facts.links.resources_elsewhere,
        ),
        Signal::count("script_links", "links run scripts or carry data", |facts| {
            facts.links.scripts
        }),
        Signal::count("mail_links", "links write a message", |facts| {
            facts.links.mails
        }),
        Signal::flag(
            "form_elsewhere",
            "a form is sent to another domain than the sender's",
            |facts| facts.links.form_elsewhere,
        ),
        Signal::share(
            "link_density",
            "of how many links stand among the words",
            |facts| {
                let words = facts.mail.body.len() as f32 / 6.0;
                share(facts.links.web, facts.links.web + words)
            },
        ),
    ],
};

/// What the links of a message do.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Reading {
    web: f32,
    anchors: f32,
    written: f32,
    domains: f32,
    mismatches: f32,
    bare_words: f32,
    to_sender: f32,
    resources_elsewhere: f32,
    scripts: f32,
    mails: f32,
    form_elsewhere: f32,
    /// Whether a link's domain is nearly the sender's; NaN without a sender or a link.
    pub(super) near_sender: f32,
}

/// What links say that say nothing.
const BARE_WORDS: &[&str] = &[
    "click here",
    "here",
    "click",
    "link",
    "this link",
    "click below",
    "more",
    "read more",
    "learn more",
    "log in",
    "login",
    "sign in",
    "verify",
    "verify now",
    "confirm",
    "continue",
    "update",
    "view",
    "open",
    "download",
    "go",
];

impl Reading {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        let mut reading = Self {
            resources_elsewhere: f32::NAN,
            form_elsewhere: f32::NAN,
            near_sender: f32::NAN,
            ..Self::default()
        };
        let sender = mail.sender().map_or("", |sender| sender.owner());
        let label = mail.sender().map_or("", |sender| sender.label());
        let mut owners: Vec<u32> = Vec::new();
        let mut clicked: Vec<u32> = Vec::new();
        let mut loaded: Vec<u32> = Vec::new();
        for link in &mail.links {
            if !link.is_web() {
                reading.see_other(link);
                continue;
            }
            let host = host_of(&link.target);
            let owner = registrable(&host);
            let hash = crate::text::hash(owner);
            reading.see_web(link, owner, sender);
            keep(&mut owners, hash);
            if link.origin == Origin::Resource {
                keep(&mut loaded, hash);
            } else {
                keep(&mut clicked, hash);
            }
            if !label.is_empty() {
                let found = host.get(split_host(&host).label).unwrap_or("");
                reading.near_sender = reading.near_sender.max(flag(are_near(found, label)));
            }
        }
        reading.domains = owners.len() as f32;
        if !loaded.is_empty() && !clicked.is_empty() {
            reading.resources_elsewhere = flag(loaded.iter().any(|hash| !clicked.contains(hash)));
        }
        reading
    }

    fn see_web(&mut self, link: &Link, owner: &str, sender: &str) {
        self.web += 1.0;
        self.to_sender += flag(!owner.is_empty() && owner == sender);
        match link.origin {
            Origin::Anchor => {
                self.anchors += 1.0;
                let shown = link.shown.trim();
                let lower = shown.to_lowercase();
                self.bare_words +=
                    flag(BARE_WORDS.contains(&lower.trim_end_matches(['.', '!', '>', ' '])));
                let other = link
                    .shown_host()
                    .is_some_and(|host| registrable(&host) != owner);
                self.mismatches += flag(other);
            }
            Origin::Form => {
                self.form_elsewhere = self.form_elsewhere.max(flag(owner != sender));
            }
            Origin::Text => self.written += 1.0,
            Origin::Resource => {}
        }
    }

    fn see_other(&mut self, link: &Link) {
        let scheme = link.scheme();
        let is = |known: &str| scheme.eq_ignore_ascii_case(known);
        self.mails += flag(is("mailto"));
        self.scripts += flag(is("javascript") || is("vbscript") || is("data"));
    }
}

/// Remembers a hash once.
fn keep(hashes: &mut Vec<u32>, hash: u32) {
    if !hashes.contains(&hash) {
        hashes.push(hash);
    }
}

/// Returns the host that a link leads to, in lowercase, as it was written.
fn host_of(target: &str) -> String {
    let rest = target.split_once("//").map_or(target, |(_, rest)| rest);
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or("");
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    host.to_lowercase()
}
