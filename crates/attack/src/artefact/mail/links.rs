//! Links of a page: where their addresses and what they show stand.

use std::ops::Range;

use ringtrue_core::random::Random;

use super::body::rewrite;
use super::page::find_ignoring_case;
use super::parts::Post;
use crate::artefact::random::one_of;
use crate::artefact::{Declaration, Material, url};

/// Links of a page that are looked at.
const LINKS_MAX: usize = 64;

/// Returns the mail with the address behind one link changed by one of the attacks on URLs that `is_meant` says.
pub(super) fn changed(
    post: &Post,
    material: &Material,
    random: &mut Random,
    is_meant: impl Fn(&Declaration) -> bool,
) -> Option<Vec<u8>> {
    let meant = url::all()
        .iter()
        .filter(|attack| is_meant(attack.declaration()));
    let attack = one_of(meant, random)?;
    rewrite(post, |body| {
        let range = one_of(
            addresses(&body.text).into_iter().filter(|_| body.is_page),
            random,
        )?;
        let address = body.text.get(range.clone())?.replace("&amp;", "&");
        let address = attack.change(&address, material, random)?;
        let (before, after) = (body.text.get(..range.start)?, body.text.get(range.end..)?);
        Some([before, &address.replace('&', "&amp;"), after].concat())
    })
}

/// Returns where the addresses of links stand that lead to the web and are written in quotes.
fn addresses(page: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for tag in opening_tags(page) {
        let text = page.get(tag.clone()).unwrap_or("");
        let Some(at) = find_ignoring_case(text, "href=") else {
            continue;
        };
        let start = at + "href=".len();
        let rest = text.get(start..).unwrap_or("");
        let Some(quote) = rest
            .chars()
            .next()
            .filter(|quote| matches!(quote, '"' | '\''))
        else {
            continue;
        };
        let address = rest
            .get(1..)
            .and_then(|rest| rest.split(quote).next())
            .unwrap_or("");
        let start = tag.start + start + 1;
        if address
            .get(..4)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http"))
        {
            found.push(start..start + address.len());
        }
    }
    found
}

/// Returns where stands what links show.
pub(super) fn shown(page: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for tag in opening_tags(page) {
        let rest = page.get(tag.end..).unwrap_or("");
        // Only what is shown as one text: a tag within belongs to another look.
        let end = rest.find('<').unwrap_or(rest.len());
        if rest.get(end..).is_some_and(|rest| {
            rest.get(..3)
                .is_some_and(|tag| tag.eq_ignore_ascii_case("</a"))
        }) {
            found.push(tag.end..tag.end + end);
        }
    }
    found
}

/// Returns where the opening tags of links stand.
fn opening_tags(page: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while found.len() < LINKS_MAX {
        let Some(at) = page
            .get(from..)
            .and_then(|rest| find_ignoring_case(rest, "<a"))
        else {
            break;
        };
        let start = from + at;
        from = start + "<a".len();
        let rest = page.get(from..).unwrap_or("");
        if !rest.starts_with(|letter: char| letter.is_ascii_whitespace()) {
            continue;
        }
        let Some(end) = rest.find('>') else {
            break;
        };
        found.push(start..from + end + 1);
        from += end + 1;
    }
    found
}
