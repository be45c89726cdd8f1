//! HTML: what the page is made of, and what of it works without the reader.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::email::facts::Facts;
use crate::email::html::Counts;

pub(in crate::email) const THEME: Theme = Theme {
    name: "html",
    together: &["structure", "hidden", "link"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::flag("has_html", "it holds a page", |facts| {
            flag(facts.mail.page.bytes > 0.0)
        }),
        Signal::bytes(
            "html_length",
            "of the length of the page's source",
            |facts| of_page(facts, |page| page.bytes),
        ),
        Signal::share(
            "html_text_share",
            "of the share of the page's source that is shown as text",
            |facts| {
                let shown = facts.mail.body.len().saturating_sub(facts.mail.pages_start) as f32;
                let bytes = facts.mail.page.bytes;
                if bytes > 0.0 {
                    (shown / bytes).min(1.0)
                } else {
                    f32::NAN
                }
            },
        ),
        Signal::count("html_tags", "of the number of tags", |facts| {
            of_page(facts, |page| page.tags)
        }),
        Signal::count("unknown_tags", "tags are none of HTML's", |facts| {
            of_page(facts, |page| page.unknown_tags)
        }),
        Signal::count(
            "unclosed_tags",
            "tags close what was never opened",
            |facts| of_page(facts, |page| page.unclosed_tags),
        ),
        Signal::count("images", "of the number of images", |facts| {
            of_page(facts, |page| page.images)
        }),
        Signal::count(
            "remote_images",
            "images are loaded from elsewhere",
            |facts| of_page(facts, |page| page.remote_images),
        ),
        Signal::count("tiny_images", "images of a pixel tell who reads", |facts| {
            of_page(facts, |page| page.tiny_images)
        }),
        Signal::count("linked_images", "images are links", |facts| {
            of_page(facts, |page| page.linked_images)
        }),
        Signal::count("forms", "the page holds forms", |facts| {
            of_page(facts, |page| page.forms)
        }),
        Signal::count("inputs", "the page asks for input", |facts| {
            of_page(facts, |page| page.inputs)
        }),
        Signal::count("password_inputs", "the page asks for a password", |facts| {
            of_page(facts, |page| page.password_inputs)
        }),
        Signal::count("scripts", "the page holds scripts", |facts| {
            of_page(facts, |page| page.scripts + page.handlers)
        }),
        Signal::count(
            "frames",
            "the page loads other pages or programs",
            |facts| of_page(facts, |page| page.frames),
        ),
        Signal::count(
            "redirections",
            "the page leads elsewhere by itself or moves its links",
            |facts| of_page(facts, |page| page.refreshes + page.bases),
        ),
        Signal::count(
            "data_uris",
            "the page carries data within its links",
            |facts| of_page(facts, |page| page.data_uris),
        ),
        Signal::count("tables", "of the number of tables", |facts| {
            of_page(facts, |page| page.tables)
        }),
        Signal::count("font_tags", "of the number of font tags", |facts| {
            of_page(facts, |page| page.fonts)
        }),
        Signal::count(
            "inline_styles",
            "of the number of tags with a style of their own",
            |facts| of_page(facts, |page| page.styles),
        ),
    ],
};

/// Returns a count over pages, NaN where there is none.
pub(super) fn of_page(facts: &Facts<'_>, count: fn(&Counts) -> f32) -> f32 {
    let page = &facts.mail.page;
    if page.bytes > 0.0 {
        count(page)
    } else {
        f32::NAN
    }
}
