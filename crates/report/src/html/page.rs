//! The page from its head to its last fact.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use ringtrue_core::plural;

use crate::document::{Document, Outcome, Section};
use crate::html::{STYLE, blocks, policy, words};
use crate::visible;

const CAVEATS_ANCHOR: &str = "limits-of-this-report";
const FACTS_ANCHOR: &str = "to-repeat-this";

/// Writes the whole page.
pub(super) fn page(document: &Document) -> Markup {
    let anchors = anchors(&document.sections);
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy::policy(STYLE));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                meta name="generator" content="ringtrue";
                title { (visible::line(&document.title)) " · " (document.status.outcome.word()) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#content" { "Skip to the content" }
                (masthead(document))
                div class="columns" {
                    (contents(document, &anchors))
                    main id="content" {
                        @for (section, anchor) in document.sections.iter().zip(&anchors) { (body(section, anchor)) }
                        (caveats(document))
                        (facts(document))
                    }
                }
            }
        }
    }
}

fn masthead(document: &Document) -> Markup {
    let status = &document.status;
    let counts = document
        .caveats
        .lists()
        .map(|(title, items, _)| format!("{} {}", items.len(), title.to_lowercase()));
    html! {
        header class="masthead" {
            div class="inside" {
                p class="eyebrow" { "ringtrue report" }
                h1 { (words::line(&document.title)) }
                @if !document.subtitle.is_empty() { p class="subtitle" { (words::line(&document.subtitle)) } }
                p class={ "status " (outcome_class(status.outcome)) } {
                    span class="word" { span aria-hidden="true" { (outcome_sign(status.outcome)) } " " (status.outcome.word()) }
                    span class="why" { (words::line(&status.text)) }
                }
                @if !document.headline.is_empty() { (words::figures(&document.headline)) }
                p class="limits" { "Read with its limits: " a href={ "#" (CAVEATS_ANCHOR) } { (counts.join(" · ")) } }
            }
        }
    }
}

fn contents(document: &Document, anchors: &[String]) -> Markup {
    html! {
        nav aria-label="Contents" {
            h2 { "Contents" }
            ol {
                @for (section, anchor) in document.sections.iter().zip(anchors) {
                    li { a href={ "#" (anchor) } { (words::line(&section.title)) } }
                }
                li { a href={ "#" (CAVEATS_ANCHOR) } { "Limits of this report" } }
                li { a href={ "#" (FACTS_ANCHOR) } { "To repeat this" } }
            }
        }
    }
}

fn body(section: &Section, anchor: &str) -> Markup {
    html! {
        section id=(anchor) {
            h2 {
                (words::line(&section.title))
                @if let Some(tag) = section.reader.tag() { " " span class="reader" { (tag) } }
            }
            (blocks::blocks(&section.blocks, anchor))
        }
    }
}

fn caveats(document: &Document) -> Markup {
    html! {
        section id=(CAVEATS_ANCHOR) {
            h2 { "Limits of this report" }
            div class="caveats" {
                @for (title, items, nothing) in document.caveats.lists() {
                    div class="caveat" {
                        h3 { (title) " " span class="count" { (items.len()) } }
                        @if items.is_empty() { p class="empty" { (nothing) } }
                        @else { ul { @for item in items { li { (words::text(item)) } } } }
                    }
                }
            }
        }
    }
}

fn facts(document: &Document) -> Markup {
    html! {
        section id=(FACTS_ANCHOR) {
            h2 { "To repeat this" }
            @if document.facts.is_empty() { p class="empty" { "No facts were recorded." } }
            dl class="facts" {
                @for fact in &document.facts {
                    div { dt { (words::line(&fact.name)) } dd { (words::evidence(&fact.value)) } }
                }
            }
            p class="format" { "Document format " (crate::document::FORMAT) ". The same figures stand in the JSON report. " (plural(document.sections.len(), "section", "sections")) "." }
        }
    }
}

const fn outcome_class(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fit => "passed",
        Outcome::Unfit => "blocking",
        Outcome::CannotTell => "unknown",
        Outcome::Informs => "info",
    }
}

const fn outcome_sign(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Fit => "✓",
        Outcome::Unfit => "✕",
        Outcome::CannotTell => "?",
        Outcome::Informs => "i",
    }
}

/// Returns one anchor for each section: its id in lowercase letters, digits and dashes, with its number where that is empty
/// or taken.
fn anchors(sections: &[Section]) -> Vec<String> {
    let mut taken: Vec<String> = vec![
        CAVEATS_ANCHOR.to_owned(),
        FACTS_ANCHOR.to_owned(),
        "content".to_owned(),
    ];
    let fixed = taken.len();
    for (index, section) in sections.iter().enumerate() {
        let letters = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        };
        let slug: String = section.id.chars().map(letters).collect();
        let slug = slug.trim_matches('-');
        let anchor = if slug.is_empty() || taken.iter().any(|other| other == slug) {
            format!("section-{}-{slug}", index + 1)
                .trim_end_matches('-')
                .to_owned()
        } else {
            slug.to_owned()
        };
        taken.push(anchor);
    }
    taken.split_off(fixed)
}
