//! URLs: the worst of all links, by the signals of URLs, and how many are of that kind.
//!
//! Each link is taken apart and read as a URL of its own; of every chosen signal the message keeps the largest or the
//! mean, so that one bad link among many honest ones shows.

use std::sync::LazyLock;

use ringtrue_core::Limits;
use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};
use crate::email::mail::Mail;
use crate::url::{UrlParts, schema, signals_of};

/// Declares the largest of one signal of URLs over all links.
macro_rules! largest {
    ($kind:ident, $name:literal, $meaning:literal, $place:expr) => {
        Signal::$kind($name, $meaning, |facts| facts.urls.largest($place)).movable(Movable::Both)
    };
}

pub(in crate::email) const THEME: Theme = Theme {
    name: "url",
    together: &["link"],
    privacy: Privacy::Derived,
    cost_minutes: 2.0,
    signals: &[
        largest!(
            flag,
            "url_host_is_address",
            "a link leads to a bare address",
            0
        ),
        largest!(
            flag,
            "url_address_disguised",
            "a link spells an address in disguise",
            1
        ),
        largest!(
            flag,
            "url_userinfo",
            "a link puts a name before its host",
            2
        ),
        largest!(flag, "url_port_unusual", "a link names an unusual port", 3),
        largest!(
            flag,
            "url_brand_in_subdomain",
            "a link puts a brand before a foreign domain",
            4
        ),
        largest!(
            flag,
            "url_brand_in_domain",
            "a link's domain holds a brand's name",
            5
        ),
        largest!(flag, "url_brand_misspelt", "a link misspells a brand", 6),
        largest!(
            flag,
            "url_brand_and_lure",
            "a link joins a brand and a lure",
            7
        ),
        largest!(flag, "url_shortener", "a link is shortened", 8),
        largest!(flag, "url_free_hosting", "a link leads to free hosting", 9),
        largest!(
            flag,
            "url_dynamic_name",
            "a link leads to a machine that moves",
            10
        ),
        largest!(
            flag,
            "url_shared_file",
            "a link leads to a shared file or form",
            11
        ),
        largest!(
            count,
            "url_lures",
            "a link's path asks for a secret, money or haste",
            12
        ),
        largest!(
            count,
            "url_escapes_odd",
            "a link holds needless or broken escapes",
            13
        ),
        largest!(bytes, "url_length", "of the length of the longest link", 14),
        largest!(count, "url_path_depth", "of the deepest path of a link", 15),
        largest!(
            count,
            "url_subdomain_labels",
            "of the most labels before a link's domain",
            16
        ),
        largest!(
            count,
            "url_digit_run",
            "of the longest number in a link",
            17
        ),
        largest!(
            count,
            "url_hex_run",
            "of the longest hexadecimal number in a link",
            18
        ),
        largest!(
            flag,
            "url_software_folder",
            "a link leads into the inside of a site's software",
            19
        ),
        Signal::bits(
            "url_domain_likelihood",
            "of how little the least likely domain of a link looks like words",
            |facts| facts.urls.least_likely,
        )
        .costs(15.0),
        Signal::bytes(
            "url_mean_length",
            "of the mean length of the links",
            |facts| facts.urls.mean_length(),
        ),
    ],
};

/// The signals of URLs that are kept, in the order of the theme.
const CHOSEN: [&str; 20] = [
    "host_is_address",
    "address_disguised",
    "userinfo",
    "port_unusual",
    "brand_in_subdomain",
    "brand_in_domain",
    "brand_misspelt",
    "brand_and_lure",
    "shortener",
    "free_hosting",
    "dynamic_name",
    "shared_file",
    "lures_in_path",
    "escapes_odd",
    "url_length",
    "path_depth",
    "subdomain_labels",
    "digit_run",
    "hex_run",
    "software_folder",
];

/// Where they stand in the row of a URL.
static PLACES: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let place = |name: &&str| schema().position(name).unwrap_or(usize::MAX);
    debug_assert!(
        CHOSEN.iter().all(|name| place(name) < usize::MAX),
        "URLs have each"
    );
    CHOSEN.iter().map(place).collect()
});
static LIKELIHOOD: LazyLock<usize> =
    LazyLock::new(|| schema().position("domain_likelihood").unwrap_or(usize::MAX));

const LENGTH: usize = 14;
const BRAND_IN_SUBDOMAIN: usize = 4;
const BRAND_IN_DOMAIN: usize = 5;
const BRAND_MISSPELT: usize = 6;

/// The worst of all links; NaN without links.
#[derive(Clone, Copy, Debug)]
pub(in crate::email) struct Worst {
    largest: [f32; CHOSEN.len()],
    least_likely: f32,
    lengths: f32,
    links: f32,
    /// Whether the sender's domain holds a foreign brand's name; NaN without a sender.
    pub(super) sender_brand: f32,
    pub(super) sender_misspelt: f32,
}

impl Worst {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        let mut worst = Self {
            largest: [f32::NAN; CHOSEN.len()],
            least_likely: f32::NAN,
            lengths: 0.0,
            links: 0.0,
            sender_brand: f32::NAN,
            sender_misspelt: f32::NAN,
        };
        let limits = Limits::default();
        let mut row = Vec::with_capacity(schema().signals.len());
        let mut seen = "";
        for link in mail.links.iter().filter(|link| link.is_web()) {
            // The same target in a row, shown in several ways, is one link.
            if link.target == seen {
                continue;
            }
            seen = &link.target;
            let (parts, _) = UrlParts::parse(&link.target, &limits);
            signals_of(&parts, &mut row);
            worst.see(&row);
        }
        worst.see_sender(mail, &limits, &mut row);
        worst
    }

    fn see(&mut self, row: &[f32]) {
        let at = |place: usize| row.get(place).copied().unwrap_or(f32::NAN);
        for (largest, place) in self.largest.iter_mut().zip(PLACES.iter()) {
            *largest = largest.max(at(*place));
        }
        self.least_likely = self.least_likely.min(at(*LIKELIHOOD));
        let length = PLACES.get(LENGTH).map_or(0.0, |place| at(*place));
        self.lengths += if length.is_nan() { 0.0 } else { length };
        self.links += 1.0;
    }

    fn see_sender(&mut self, mail: &Mail, limits: &Limits, row: &mut Vec<f32>) {
        let Some(sender) = mail.sender() else {
            return;
        };
        let (parts, _) = UrlParts::parse(sender.domain(), limits);
        signals_of(&parts, row);
        let at = |chosen: usize| {
            let place = PLACES.get(chosen).copied().unwrap_or(usize::MAX);
            row.get(place).copied().unwrap_or(f32::NAN)
        };
        self.sender_brand = at(BRAND_IN_SUBDOMAIN).max(at(BRAND_IN_DOMAIN));
        self.sender_misspelt = at(BRAND_MISSPELT);
    }

    fn largest(&self, chosen: usize) -> f32 {
        self.largest.get(chosen).copied().unwrap_or(f32::NAN)
    }

    fn mean_length(&self) -> f32 {
        super::share(self.lengths, self.links)
    }
}
