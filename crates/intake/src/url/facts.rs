//! What several signals of one URL look at, gathered once.
//!
//! ```text
//!   UrlParts ─► tallies of the parts, words found by zone, one reading per theme ─► Facts ─► signals
//! ```

use super::lexicon::{self, BRANDS, Brand, Mark, Service};
use super::parts::UrlParts;
use super::signal::{brand, encoding, path, query};
use super::tally::{Tally, tally, tally_without_runs};

/// Everything that signals read.
pub(super) struct Facts<'url> {
    pub(super) parts: &'url UrlParts<'url>,
    /// The subdomain without a leading `www`.
    pub(super) subdomain: &'url str,
    pub(super) has_www: bool,
    /// Of the host as browsers read it, without runs.
    pub(super) host: Tally,
    pub(super) label: Tally,
    pub(super) path: Tally,
    pub(super) query: Tally,
    pub(super) fragment: Tally,
    pub(super) marks: Marks,
    pub(super) service: Option<Service>,
    pub(super) folders: path::Folders,
    pub(super) parameters: query::Parameters,
    pub(super) escapes: encoding::Escapes,
    pub(super) imitation: brand::Imitation,
}

/// How often listed words stand where.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Marks {
    pub(super) subdomain_lures: u32,
    pub(super) label_lures: u32,
    pub(super) path_lures: u32,
    pub(super) reading: u32,
    pub(super) software: u32,
    pub(super) embedded_urls: u32,
    pub(super) fake_suffixes: u32,
    pub(super) subdomain_brand: Option<&'static Brand>,
    pub(super) label_brand: Option<&'static Brand>,
    pub(super) tail_brand: Option<&'static Brand>,
    pub(super) tail_brands: u32,
}

impl<'url> Facts<'url> {
    pub(super) fn gather(parts: &'url UrlParts<'url>) -> Self {
        let whole = parts.subdomain();
        let (subdomain, has_www) = match whole.strip_prefix("www") {
            Some("") => ("", true),
            Some(rest) => rest
                .strip_prefix('.')
                .map_or((whole, false), |rest| (rest, true)),
            None => (whole, false),
        };
        let marks = Marks::find(parts);
        let path = tally(parts.written_path());
        let query = tally(parts.written_query());
        let fragment = tally(parts.written_fragment());
        let behind_host = [&path, &query, &fragment].into_iter();
        let has_marks = behind_host
            .map(|part| part.ats | part.percents)
            .any(|found| found > 0);
        Self {
            parts,
            subdomain,
            has_www,
            host: tally_without_runs(parts.host()),
            label: tally(parts.registrable_label()),
            path,
            query,
            fragment,
            service: lexicon::service_of(parts.host()),
            folders: path::Folders::read(parts.lower_path()),
            parameters: query::Parameters::read(parts, has_marks),
            escapes: encoding::Escapes::read(parts),
            imitation: brand::Imitation::read(parts, &marks),
            marks,
        }
    }

    /// Returns the sum of one count over host, path, query and fragment.
    pub(super) fn total(&self, count: fn(&Tally) -> u32) -> f32 {
        let sum = [&self.host, &self.path, &self.query, &self.fragment]
            .into_iter()
            .map(count)
            .fold(0_u32, u32::saturating_add);
        sum as f32
    }

    /// Returns one count over path, query and fragment.
    pub(super) fn tail(&self, count: fn(&Tally) -> u32) -> f32 {
        let sum = [&self.path, &self.query, &self.fragment]
            .into_iter()
            .map(count)
            .fold(0_u32, u32::saturating_add);
        sum as f32
    }

    /// Returns the largest of one measure over path, query and fragment.
    pub(super) fn longest(&self, measure: fn(&Tally) -> u32) -> f32 {
        measure(&self.path)
            .max(measure(&self.query))
            .max(measure(&self.fragment)) as f32
    }
}

const fn add_one(count: &mut u32) {
    *count = count.saturating_add(1);
}

impl Marks {
    fn find(parts: &UrlParts<'_>) -> Self {
        let mut marks = Self::default();
        let host = parts.host();
        let label_start = parts.subdomain().len();
        let label_end = host.len().saturating_sub(parts.suffix().len());
        lexicon::find(host, |mark, start| {
            marks.see_in_host(mark, start < label_start, start < label_end);
        });
        let path_bytes = parts.path_bytes();
        lexicon::find(parts.lower_tail(), |mark, start| {
            marks.see_in_tail(mark, start < path_bytes);
        });
        marks
    }

    fn see_in_host(&mut self, mark: Mark, in_subdomain: bool, before_suffix: bool) {
        match mark {
            Mark::Lure if in_subdomain => add_one(&mut self.subdomain_lures),
            Mark::Lure if before_suffix => add_one(&mut self.label_lures),
            Mark::Brand(place) if in_subdomain => self.subdomain_brand = BRANDS.get(place),
            Mark::Brand(place) if before_suffix => self.label_brand = BRANDS.get(place),
            Mark::FakeSuffix if before_suffix => add_one(&mut self.fake_suffixes),
            _ => {}
        }
    }

    fn see_in_tail(&mut self, mark: Mark, in_path: bool) {
        match mark {
            Mark::Brand(place) => {
                self.tail_brand = BRANDS.get(place);
                add_one(&mut self.tail_brands);
            }
            Mark::Lure if in_path => add_one(&mut self.path_lures),
            Mark::Reading => add_one(&mut self.reading),
            Mark::Software => add_one(&mut self.software),
            Mark::EmbeddedUrl => add_one(&mut self.embedded_urls),
            Mark::Lure | Mark::FakeSuffix => {}
        }
    }
}
