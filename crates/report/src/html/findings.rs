//! Findings: code, severity in words and by a sign, what was found, the numbers, the evidence, a way out.

use maud::{Markup, html};
use ringtrue_core::plural;

use crate::finding::{Finding, Remedy, Severity, by_urgency};
use crate::html::{tables, words};

/// Lists findings, most urgent first.
pub(super) fn findings(findings: &[Finding]) -> Markup {
    html! {
        @if findings.is_empty() { p class="empty" { "No findings." } }
        @else {
            ol class="findings" {
                @for finding in by_urgency(findings) { li { (card(finding)) } }
            }
        }
    }
}

/// Writes a severity as a sign and a word.
pub(super) fn badge(severity: Severity) -> Markup {
    html! {
        span class={ "badge " (class(severity)) } { span aria-hidden="true" { (sign(severity)) } " " (severity.word()) }
    }
}

/// Returns the CSS class of a severity.
pub(super) const fn class(severity: Severity) -> &'static str {
    match severity {
        Severity::Passed => "passed",
        Severity::Note => "info",
        Severity::CannotTell => "unknown",
        Severity::Warning => "warning",
        Severity::Blocking => "blocking",
    }
}

const fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Passed => "✓",
        Severity::Note => "i",
        Severity::CannotTell => "?",
        Severity::Warning => "▲",
        Severity::Blocking => "✕",
    }
}

fn card(finding: &Finding) -> Markup {
    html! {
        article class={ "finding " (class(finding.severity)) @if finding.accepted.is_some() { " accepted" } } {
            header {
                (badge(finding.severity))
                @if !finding.code.is_empty() { code class="code" { (words::line(&finding.code)) } }
                @if let Some(owner) = &finding.owner { span class="owner" { "for " (words::line(owner)) } }
                h3 { (words::line(&finding.title)) }
            }
            @if !finding.detail.is_empty() { p { (words::text(&finding.detail)) } }
            @if !finding.figures.is_empty() { (words::figures(&finding.figures)) }
            @if let Some(acceptance) = &finding.accepted {
                p class="acceptance" {
                    strong { "Accepted by " (words::line(&acceptance.by)) } ", " (words::line(&acceptance.date)) ": "
                    (words::line(&acceptance.reason))
                }
            }
            @if let Some(remedy) = &finding.remedy { (way_out(remedy)) }
            @if let Some(evidence) = &finding.evidence {
                details class="evidence" {
                    summary { "Evidence: " (plural(evidence.rows.len(), "row", "rows")) }
                    (tables::table(evidence))
                }
            }
        }
    }
}

fn way_out(remedy: &Remedy) -> Markup {
    html! {
        div class="remedy" {
            p { strong { "Remedy. " } (words::text(&remedy.advice)) }
            @if let Some(snippet) = &remedy.snippet {
                div class="snippet" {
                    span class="where" { (snippet.parts().0) }
                    pre tabindex="0" { code { (words::lines(snippet.parts().1)) } }
                }
            }
            @if !remedy.misses.is_empty() { p class="misses" { strong { "It would miss. " } (words::text(&remedy.misses)) } }
        }
    }
}
