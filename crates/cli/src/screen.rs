//! What a review looks like: progress, the event, why it is shown, its neighbours, and the keys.
//!
//! Whatever an attacker wrote is shown through [`visible`], so that no control character reaches the terminal. Nothing is told by
//! colour.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Paragraph, Wrap};
use ringtrue_core::{Label, plural};
use ringtrue_label::review::{Mode, Session};
use ringtrue_report::visible;

use crate::label_queue::Card;

/// Letters of an event and of a neighbour that are shown.
const EVENT_LETTERS: usize = 2_000;
const NEAR_LETTERS: usize = 160;

/// Draws the session.
pub(crate) fn draw(frame: &mut Frame<'_>, session: &Session, cards: &[Card]) {
    let rows = [
        Constraint::Length(1),
        Constraint::Percentage(40),
        Constraint::Min(3),
        Constraint::Length(2),
    ];
    let [head, event, why, foot] = Layout::vertical(rows).areas(frame.area());
    frame.render_widget(Paragraph::new(progress(session, cards)), head);
    if let Some(card) = cards.get(session.at()) {
        let (text, _) = visible::shorten(&visible::lines(&card.text), EVENT_LETTERS);
        let title = format!(" {} ", card.why);
        let text = Paragraph::new(text).wrap(Wrap { trim: false });
        frame.render_widget(text.block(Block::bordered().title(title)), event);
        let reasons = Paragraph::new(reasons(card, session)).wrap(Wrap { trim: false });
        frame.render_widget(reasons, why);
    }
    frame.render_widget(Paragraph::new(keys(session, cards)), foot);
}

fn progress(session: &Session, cards: &[Card]) -> Line<'static> {
    let counts = session.counts();
    let at = (session.at() + 1).min(cards.len());
    Line::styled(
        format!(
            "{at} of {}   {} malicious, {} benign, {} unsure, {} skipped",
            cards.len(),
            counts.malicious,
            counts.benign,
            counts.unsure,
            counts.skipped
        ),
        Style::new().add_modifier(Modifier::BOLD),
    )
}

/// Says why the event is shown and what is known around it.
fn reasons(card: &Card, session: &Session) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut add = |text: String| lines.push(Line::raw(visible::line(&text)));
    let called = card.called.map_or("nothing", Label::word);
    let chance = card.probability.map_or_else(String::new, |it| {
        format!(", malicious with {:.1} %", 100.0 * it)
    });
    let worth = format!("worth {:.2} {}", card.worth, card.currency);
    add(format!("called {called}{chance}; an answer is {worth}"));
    for reason in &card.reasons {
        add(format!("- {reason}"));
    }
    add(format!("- {}", card.history));
    if card.campaign_size > 1 {
        add(format!(
            "- {} are nearly the same",
            plural(card.others.len() as u64, "other event", "other events")
        ));
    }
    for said in &card.said {
        add(format!("- said before: {said}"));
    }
    for near in &card.neighbours {
        let (text, _) = visible::shorten(&visible::line(&near.text), NEAR_LETTERS);
        add(format!(
            "near ({:.0} %), {}: {text}",
            100.0 * near.likeness,
            near.label
        ));
    }
    if !session.note().is_empty() {
        add(format!("note: {}", session.note()));
    }
    lines
}

/// Says what is asked and which keys answer it.
fn keys(session: &Session, cards: &[Card]) -> Vec<Line<'static>> {
    let message = Line::raw(visible::line(session.message()));
    let asked = match session.mode() {
        Mode::Deciding => {
            "m malicious   b benign   u unsure   s skip   n note   z undo   q quit".to_owned()
        }
        Mode::Proposing(label) => {
            let others = cards.get(session.at()).map_or(0, |card| card.others.len());
            let others = plural(others as u64, "other is", "others are");
            format!("the {others} nearly the same: {label} too?   y yes   n no   z undo   q quit")
        }
        Mode::Noting(text) => format!(
            "note: {}_   Enter keeps it, Escape drops it",
            visible::line(text)
        ),
        Mode::Done | Mode::Left => "all items were shown   z undo   q quit".to_owned(),
    };
    let style = Style::new().add_modifier(Modifier::REVERSED);
    vec![message, Line::from(Span::styled(asked, style))]
}
