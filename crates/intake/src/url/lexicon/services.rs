//! Names under which anybody gets a place: shorteners, free hosting, dynamic names, shared files.
//!
//! The lists are small and public knowledge; a service that is missing costs one weak signal. A
//! service is looked up by the host and by each name above it.

use std::collections::HashSet;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use super::Names;

/// What a service gives to strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::url) enum Service {
    /// A link that leads elsewhere.
    Shortener,
    /// A site of their own.
    FreeHosting,
    /// A name for a machine at home.
    DynamicName,
    /// A file or a form on a trusted name.
    SharedFile,
    /// A profile, a text or a film among many; known for its readers.
    Community,
}

/// Sorted by name.
const SERVICES: &[(&str, Service)] = &[
    ("000webhostapp.com", Service::FreeHosting),
    ("123formbuilder.com", Service::SharedFile),
    ("16mb.com", Service::FreeHosting),
    ("1drv.ms", Service::SharedFile),
    ("adf.ly", Service::Shortener),
    ("altervista.org", Service::FreeHosting),
    ("amplifyapp.com", Service::FreeHosting),
    ("amzn.to", Service::Shortener),
    ("angelfire.com", Service::FreeHosting),
    ("app.link", Service::Shortener),
    ("appspot.com", Service::FreeHosting),
    ("arxiv.org", Service::Community),
    ("azureedge.net", Service::FreeHosting),
    ("azurewebsites.net", Service::FreeHosting),
    ("bbc.co.uk", Service::Community),
    ("bbc.com", Service::Community),
    ("beget.tech", Service::FreeHosting),
    ("bit.do", Service::Shortener),
    ("bit.ly", Service::Shortener),
    ("bitbucket.org", Service::Community),
    ("bitly.com", Service::Shortener),
    ("bl.ink", Service::Shortener),
    ("blogspot.com", Service::FreeHosting),
    ("box.com", Service::SharedFile),
    ("buff.ly", Service::Shortener),
    ("byethost.com", Service::FreeHosting),
    ("canva.com", Service::SharedFile),
    ("changeip.com", Service::DynamicName),
    ("clck.ru", Service::Shortener),
    ("cloudfront.net", Service::FreeHosting),
    ("cutt.ly", Service::Shortener),
    ("ddns.net", Service::DynamicName),
    ("dlvr.it", Service::Shortener),
    ("docs.google.com", Service::SharedFile),
    ("docs.rs", Service::Community),
    ("drive.google.com", Service::SharedFile),
    ("dropbox.com", Service::SharedFile),
    ("droppages.com", Service::FreeHosting),
    ("duckdns.org", Service::DynamicName),
    ("dyndns.org", Service::DynamicName),
    ("dynu.com", Service::DynamicName),
    ("epizy.com", Service::FreeHosting),
    ("esy.es", Service::FreeHosting),
    ("evernote.com", Service::SharedFile),
    ("fb.me", Service::Shortener),
    ("firebaseapp.com", Service::FreeHosting),
    ("firebasestorage.googleapis.com", Service::SharedFile),
    ("flickr.com", Service::Community),
    ("forms.gle", Service::SharedFile),
    ("forms.office.com", Service::SharedFile),
    ("formstack.com", Service::SharedFile),
    ("gg.gg", Service::Shortener),
    ("github.com", Service::Community),
    ("github.io", Service::FreeHosting),
    ("gitlab.com", Service::Community),
    ("gitlab.io", Service::FreeHosting),
    ("glitch.me", Service::FreeHosting),
    ("godaddysites.com", Service::FreeHosting),
    ("goo.gl", Service::Shortener),
    ("herokuapp.com", Service::FreeHosting),
    ("hol.es", Service::FreeHosting),
    ("hopto.org", Service::DynamicName),
    ("hostingerapp.com", Service::FreeHosting),
    ("hyperurl.co", Service::Shortener),
    ("imgur.com", Service::Community),
    ("is.gd", Service::Shortener),
    ("jimdo.com", Service::FreeHosting),
    ("jimdofree.com", Service::FreeHosting),
    ("jotform.com", Service::SharedFile),
    ("kutt.it", Service::Shortener),
    ("linktr.ee", Service::Shortener),
    ("ln.is", Service::Shortener),
    ("lnkd.in", Service::Shortener),
    ("mediafire.com", Service::SharedFile),
    ("medium.com", Service::Community),
    ("mega.nz", Service::SharedFile),
    ("myddns.me", Service::DynamicName),
    ("myfreesites.net", Service::FreeHosting),
    ("myshopify.com", Service::FreeHosting),
    ("n9.cl", Service::Shortener),
    ("narod.ru", Service::FreeHosting),
    ("netlify.app", Service::FreeHosting),
    ("netlify.com", Service::FreeHosting),
    ("ngrok.io", Service::DynamicName),
    ("no-ip.biz", Service::DynamicName),
    ("no-ip.org", Service::DynamicName),
    ("notion.site", Service::FreeHosting),
    ("nytimes.com", Service::Community),
    ("onedrive.live.com", Service::SharedFile),
    ("ow.ly", Service::Shortener),
    ("page.link", Service::Shortener),
    ("page.tl", Service::FreeHosting),
    ("pages.dev", Service::FreeHosting),
    ("pastebin.com", Service::SharedFile),
    ("po.st", Service::Shortener),
    ("qps.ru", Service::Shortener),
    ("rb.gy", Service::Shortener),
    ("rebrand.ly", Service::Shortener),
    ("reddit.com", Service::Community),
    ("repl.co", Service::FreeHosting),
    ("rf.gd", Service::FreeHosting),
    ("s.id", Service::Shortener),
    ("s3.amazonaws.com", Service::SharedFile),
    ("serveo.net", Service::DynamicName),
    ("sharepoint.com", Service::SharedFile),
    ("shorturl.at", Service::Shortener),
    ("shrtco.de", Service::Shortener),
    ("sites.google.com", Service::FreeHosting),
    ("smarturl.it", Service::Shortener),
    ("snip.ly", Service::Shortener),
    ("soo.gd", Service::Shortener),
    ("square.site", Service::FreeHosting),
    ("stackexchange.com", Service::Community),
    ("stackoverflow.com", Service::Community),
    ("storage.googleapis.com", Service::SharedFile),
    ("strikingly.com", Service::FreeHosting),
    ("surge.sh", Service::FreeHosting),
    ("surveygizmo.com", Service::SharedFile),
    ("sytes.net", Service::DynamicName),
    ("t.co", Service::Shortener),
    ("t.ly", Service::Shortener),
    ("t.me", Service::Shortener),
    ("telegra.ph", Service::FreeHosting),
    ("theguardian.com", Service::Community),
    ("tiny.cc", Service::Shortener),
    ("tinyurl.com", Service::Shortener),
    ("tny.im", Service::Shortener),
    ("tripod.com", Service::FreeHosting),
    ("trycloudflare.com", Service::DynamicName),
    ("tumblr.com", Service::Community),
    ("twitter.com", Service::Community),
    ("typeform.com", Service::SharedFile),
    ("u.to", Service::Shortener),
    ("ucoz.com", Service::FreeHosting),
    ("ucoz.net", Service::FreeHosting),
    ("ukit.me", Service::FreeHosting),
    ("umbler.net", Service::FreeHosting),
    ("usite.pro", Service::FreeHosting),
    ("v.gd", Service::Shortener),
    ("vercel.app", Service::FreeHosting),
    ("vimeo.com", Service::Community),
    ("vk.cc", Service::Shortener),
    ("web.app", Service::FreeHosting),
    ("web.core.windows.net", Service::FreeHosting),
    ("webcindario.com", Service::FreeHosting),
    ("webnode.com", Service::FreeHosting),
    ("weebly.com", Service::FreeHosting),
    ("wetransfer.com", Service::SharedFile),
    ("wikipedia.org", Service::Community),
    ("windows.net", Service::SharedFile),
    ("wix.com", Service::FreeHosting),
    ("wixsite.com", Service::FreeHosting),
    ("wordpress.com", Service::FreeHosting),
    ("workers.dev", Service::FreeHosting),
    ("wp.me", Service::Shortener),
    ("x.co", Service::Shortener),
    ("yolasite.com", Service::FreeHosting),
    ("youtu.be", Service::Community),
    ("youtube.com", Service::Community),
    ("zapto.org", Service::DynamicName),
];

/// Top-level names that cost nothing or next to nothing to take. Sorted.
const CHEAP_SUFFIXES: &[&str] = &[
    "bar", "bid", "buzz", "cam", "cc", "cf", "click", "club", "cn", "date", "fun", "ga", "gq",
    "host", "icu", "info", "link", "live", "loan", "ml", "monster", "online", "press", "pw",
    "rest", "review", "ru", "site", "space", "store", "stream", "su", "tech", "tk", "top", "trade",
    "website", "win", "work", "ws", "xyz",
];

/// Names above a host that are looked up at most.
const NAMES_MAX: usize = 4;

static BY_NAME: LazyLock<Names<Service>> = LazyLock::new(|| SERVICES.iter().copied().collect());

static CHEAP: LazyLock<HashSet<&str, FixedState>> =
    LazyLock::new(|| CHEAP_SUFFIXES.iter().copied().collect());

/// Returns the service that `host` (lowercase) stands under.
pub(in crate::url) fn service_of(host: &str) -> Option<Service> {
    let mut name = host.trim_end_matches('.');
    let dots = name.bytes().filter(|byte| *byte == b'.').count();
    for _ in NAMES_MAX..dots.saturating_add(1) {
        name = name.split_once('.').map_or(name, |(_, rest)| rest);
    }
    loop {
        if let Some(service) = BY_NAME.get(name) {
            return Some(*service);
        }
        name = name.split_once('.')?.1;
    }
}

/// Returns whether names under `suffix` cost nothing or next to nothing.
pub(crate) fn is_cheap_suffix(suffix: &str) -> bool {
    let top = suffix.rsplit('.').next().unwrap_or("");
    CHEAP.contains(top)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(SERVICES.is_sorted_by(|left, right| left.0 < right.0));
        assert!(CHEAP_SUFFIXES.is_sorted_by(|left, right| left < right));
    }

    #[test]
    fn hosts_below_a_service_are_its_own() {
        assert_eq!(service_of("bit.ly"), Some(Service::Shortener));
        assert_eq!(
            service_of("a.b.c.d.e.f.github.io."),
            Some(Service::FreeHosting)
        );
        assert_eq!(service_of("docs.google.com"), Some(Service::SharedFile));
        assert_eq!(service_of("google.com"), None);
        assert_eq!(service_of("notbit.ly"), None);
        assert_eq!(service_of(""), None);
    }
}
