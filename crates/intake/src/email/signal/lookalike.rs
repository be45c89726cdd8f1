//! Look-alike: senders and domains that want to be taken for somebody else.
//!
//! The sender's domain is read as URLs' hosts are, so that a misspelt brand is one everywhere.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, flag};
use crate::email::address::is_free_mail;
use crate::email::facts::Facts;
use crate::email::mail::Mail;
use crate::url::lexicon::{BRANDS, Mark, find, is_brand_domain};

pub(in crate::email) const THEME: Theme = Theme {
    name: "lookalike",
    together: &["sender", "subject", "words"],
    privacy: Privacy::Plain,
    cost_minutes: 15.0,
    signals: &[
        Signal::flag(
            "sender_is_brand",
            "the sender's domain really belongs to a well-known brand",
            |facts| {
                facts.mail.sender().map_or(f32::NAN, |sender| {
                    flag(is_brand_domain(sender.owner()) && !is_free_mail(sender.owner()))
                })
            },
        )
        .movable(Movable::No),
        Signal::flag(
            "sender_names_brand",
            "the sender's domain holds a brand's name but is not the brand's",
            |facts| facts.urls.sender_brand,
        ),
        Signal::flag(
            "sender_misspells_brand",
            "the sender's domain misspells a brand's name",
            |facts| facts.urls.sender_misspelt,
        ),
        Signal::flag(
            "sender_foreign_letters",
            "the sender's domain is written in letters of several scripts",
            |facts| {
                facts.mail.sender().map_or(f32::NAN, |sender| {
                    flag(has_foreign_letters(sender.domain()))
                })
            },
        ),
        Signal::flag(
            "display_name_brand",
            "the display name is a brand's, but the address is not",
            |facts| {
                named_brand(facts, |mail| {
                    mail.sender().map_or("", |sender| &sender.name)
                })
            },
        )
        .costs(0.5),
        Signal::flag(
            "subject_brand",
            "the subject names a brand that does not send it",
            |facts| named_brand(facts, |mail| &mail.subject),
        )
        .costs(0.5),
        Signal::flag(
            "domain_near_recipient",
            "the sender's domain is one letter off the recipient's",
            near_recipient,
        ),
        Signal::flag(
            "domain_near_link",
            "a link's domain is one letter off the sender's",
            |facts| facts.links.near_sender,
        ),
        Signal::flag(
            "sender_is_recipient",
            "the message says that the recipient sent it",
            |facts| {
                let mail = facts.mail;
                mail.sender().map_or(f32::NAN, |sender| {
                    flag(mail.to.iter().any(|to| to.address == sender.address))
                })
            },
        )
        .costs(0.5),
    ],
};

fn has_foreign_letters(domain: &str) -> bool {
    !domain.is_ascii() || domain.split('.').any(|label| label.starts_with("xn--"))
}

/// Returns whether a text names a brand and the sender's domain is no domain of that brand.
fn named_brand(facts: &Facts<'_>, text: fn(&Mail) -> &str) -> f32 {
    let mail = facts.mail;
    let Some(sender) = mail.sender() else {
        return f32::NAN;
    };
    let lower = text(mail).to_lowercase();
    let mut foreign = false;
    find(&lower, |mark, _| {
        if let Mark::Brand(place) = mark
            && let Some(brand) = BRANDS.get(place)
        {
            foreign |= !brand.domains.contains(&sender.owner()) && sender.label() != brand.name;
        }
    });
    flag(foreign)
}

/// Bytes of the shortest label that is compared.
const LABEL_BYTES_MIN: usize = 4;
/// Bytes of the longest label that is compared.
const LABEL_BYTES_MAX: usize = 40;
/// Recipients that are compared.
const RECIPIENTS_MAX: usize = 8;

/// Returns whether two registered labels are different but nearly the same.
pub(in crate::email) fn are_near(one: &str, other: &str) -> bool {
    let bytes = LABEL_BYTES_MIN..=LABEL_BYTES_MAX;
    one != other
        && bytes.contains(&one.len())
        && bytes.contains(&other.len())
        && one.len().abs_diff(other.len()) <= 1
        && strsim::osa_distance(one, other) == 1
}

fn near_recipient(facts: &Facts<'_>) -> f32 {
    let mail = facts.mail;
    mail.sender().map_or(f32::NAN, |sender| {
        let mut recipients = mail.to.iter().chain(&mail.cc).take(RECIPIENTS_MAX);
        flag(recipients.any(|to| are_near(to.label(), sender.label())))
    })
}
