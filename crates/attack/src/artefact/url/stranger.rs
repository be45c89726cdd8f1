//! Services that anybody may use: where attackers go with their links and pages.
//!
//! Well-known ones, as an attacker would name them. Their paths are not the attacker's to choose: a link that stands there
//! already keeps its path.

/// Hosts that lead to any address given in a parameter: host, path, parameter.
pub(super) const REDIRECTORS: &[(&str, &str, &str)] = &[
    ("www.google.com", "/url", "q"),
    ("www.youtube.com", "/redirect", "q"),
    ("l.facebook.com", "/l.php", "u"),
    ("t.umblr.com", "/redirect", "z"),
    ("slack-redir.net", "/link", "url"),
    ("steamcommunity.com", "/linkfilter/", "url"),
    ("vk.com", "/away.php", "to"),
    ("www.linkedin.com", "/redir/redirect", "url"),
    ("googleads.g.doubleclick.net", "/pcs/click", "adurl"),
    ("out.reddit.com", "/", "url"),
];

/// Hosts that give short links, and how many letters their codes have.
pub(super) const SHORTENERS: &[(&str, usize)] = &[
    ("bit.ly", 7),
    ("tinyurl.com", 8),
    ("t.co", 10),
    ("is.gd", 6),
    ("cutt.ly", 7),
    ("rb.gy", 6),
    ("ow.ly", 5),
    ("s.id", 5),
];

/// Domains below which anybody gets a site of their own.
pub(super) const FREE_HOSTS: &[&str] = &[
    "blogspot.com",
    "firebaseapp.com",
    "github.io",
    "netlify.app",
    "pages.dev",
    "vercel.app",
    "web.app",
    "weebly.com",
    "wixsite.com",
    "wordpress.com",
];

/// Returns whether `host` is one of those, so that its paths and the names below it are not the attacker's.
pub(super) fn is_stranger(host: &str) -> bool {
    let redirects = || REDIRECTORS.iter().any(|(known, ..)| *known == host);
    let shortens = || SHORTENERS.iter().any(|(known, _)| *known == host);
    redirects() || shortens()
}
