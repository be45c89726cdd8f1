//! Words: what the text asks for, by topic.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme};
use crate::email::lexicon::{Topic, Topics};
use crate::email::mail::Mail;

pub(in crate::email) const THEME: Theme = Theme {
    name: "words",
    together: &["language", "subject"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count(
            "words_money",
            "it talks of money, loans or prices",
            |facts| facts.words.of(Topic::Money),
        ),
        Signal::count("words_urgency", "it presses for haste", |facts| {
            facts.words.of(Topic::Urgency)
        }),
        Signal::count(
            "words_credential",
            "it talks of passwords and accounts",
            |facts| facts.words.of(Topic::Credential),
        ),
        Signal::count("words_prize", "it promises a prize or a gift", |facts| {
            facts.words.of(Topic::Prize)
        }),
        Signal::count("words_medicine", "it sells medicine", |facts| {
            facts.words.of(Topic::Medicine)
        }),
        Signal::count("words_adult", "it talks of adult content", |facts| {
            facts.words.of(Topic::Adult)
        }),
        Signal::count("words_business", "it promises easy income", |facts| {
            facts.words.of(Topic::Business)
        }),
        Signal::count("words_threat", "it threatens", |facts| {
            facts.words.of(Topic::Threat)
        }),
        Signal::count("words_bulk", "it holds phrases of bulk mail", |facts| {
            facts.words.of(Topic::Bulk)
        }),
        Signal::count(
            "words_greeting",
            "it greets nobody in particular",
            |facts| facts.words.of(Topic::Greeting),
        ),
        Signal::count(
            "words_paper",
            "it talks of an invoice, a delivery or a document",
            |facts| facts.words.of(Topic::Paper),
        ),
        Signal::count(
            "words_talk",
            "people talk about their work in it",
            |facts| facts.words.of(Topic::Talk),
        )
        .movable(Movable::Up)
        .costs(0.1),
        Signal::count(
            "words_kinds",
            "of how many kinds of lures stand in it",
            |facts| facts.words.0.kinds(),
        ),
    ],
};

/// Topics of the text.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Reading(Topics);

impl Reading {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        Self(Topics::count(&mail.body))
    }

    fn of(&self, topic: Topic) -> f32 {
        self.0.of(topic)
    }
}
