//! Sender: who the message says it is from, and whether its own words agree.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag, share};
use crate::email::address::{Mailbox, is_free_mail, registrable};
use crate::email::mail::Mail;
use crate::url::domain::split_host;
use crate::url::lexicon::is_cheap_suffix;
use crate::url::randomness::likelihood;
use crate::url::script::mixes_scripts;

pub(in crate::email) const THEME: Theme = Theme {
    name: "sender",
    together: &["lookalike", "authentication"],
    privacy: Privacy::Derived,
    cost_minutes: 0.5,
    signals: &[
        Signal::count(
            "from_addresses",
            "of the number of senders that it names",
            |facts| facts.mail.from.len() as f32,
        ),
        Signal::bytes(
            "display_name_length",
            "of the length of the sender's display name",
            |facts| facts.sender.of(|sender| sender.name_bytes),
        ),
        Signal::flag(
            "display_name_is_address",
            "the display name shows an address",
            |facts| facts.sender.of(|sender| flag(sender.shows_address)),
        ),
        Signal::flag(
            "display_name_other_domain",
            "the display name shows an address or a site of another domain than the sender's",
            |facts| facts.sender.of(|sender| flag(sender.shows_other)),
        ),
        Signal::flag(
            "display_name_mixed_scripts",
            "the display name mixes scripts or hides letters",
            |facts| facts.sender.of(|sender| flag(sender.mixed)),
        ),
        Signal::share(
            "display_name_in_address",
            "of how many words of the display name stand in the address",
            |facts| facts.sender.of(|sender| sender.agreement),
        ),
        Signal::flag(
            "from_free_mail",
            "the sender uses a mailbox that anybody gets",
            |facts| facts.sender.of(|sender| flag(sender.free_mail)),
        ),
        Signal::flag(
            "from_cheap_suffix",
            "the sender's domain stands under a suffix that costs next to nothing",
            |facts| facts.sender.of(|sender| flag(sender.cheap)),
        )
        .costs(15.0),
        Signal::share(
            "from_local_digits",
            "of the share of digits before the sender's `@`",
            |facts| facts.sender.of(|sender| sender.local_digits),
        ),
        Signal::bits(
            "from_local_likelihood",
            "of how much the letters before the sender's `@` look like words",
            |facts| facts.sender.of(|sender| sender.local_likelihood),
        ),
        Signal::bits(
            "from_domain_likelihood",
            "of how much the sender's domain looks like words",
            |facts| facts.sender.of(|sender| sender.domain_likelihood),
        )
        .costs(15.0),
        Signal::count(
            "from_domain_labels",
            "of the number of labels before the sender's registered domain",
            |facts| facts.sender.of(|sender| sender.subdomain_labels),
        ),
        Signal::flag(
            "reply_other_domain",
            "replies go to another domain than the sender's",
            |facts| facts.sender.of(|sender| sender.reply_other),
        ),
        Signal::flag(
            "reply_free_mail",
            "replies go to a mailbox that anybody gets, unlike the sender's",
            |facts| facts.sender.of(|sender| flag(sender.reply_free_mail)),
        ),
    ],
};

/// What the sender's names and addresses look like.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::email) struct Sender(Option<Known>);

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one flag of the row, none is a mode"
)]
#[derive(Clone, Copy, Debug)]
struct Known {
    name_bytes: f32,
    shows_address: bool,
    shows_other: bool,
    mixed: bool,
    agreement: f32,
    free_mail: bool,
    cheap: bool,
    local_digits: f32,
    local_likelihood: f32,
    domain_likelihood: f32,
    subdomain_labels: f32,
    /// NaN where no other address for replies is named.
    reply_other: f32,
    reply_free_mail: bool,
}

/// Fewer letters say nothing of chance.
const LETTERS_MIN: usize = 4;

impl Sender {
    pub(in crate::email) fn read(mail: &Mail) -> Self {
        Self(
            mail.sender()
                .map(|sender| Known::read(sender, &mail.reply_to)),
        )
    }

    fn of(&self, value: fn(&Known) -> f32) -> f32 {
        self.0.as_ref().map_or(f32::NAN, value)
    }
}

impl Known {
    fn read(sender: &Mailbox, reply_to: &[Mailbox]) -> Self {
        let local = sender.local();
        let digits = local.bytes().filter(u8::is_ascii_digit).count();
        let shown = shown_domain(&sender.name);
        let reply = reply_to.first();
        let spans = split_host(sender.domain());
        let subdomain = sender.domain().get(spans.subdomain).unwrap_or("");
        Self {
            name_bytes: sender.name.len() as f32,
            shows_address: sender.name.contains('@'),
            shows_other: shown.is_some_and(|shown| shown != sender.owner()),
            mixed: sender.name.split(' ').any(mixes_scripts)
                || sender.name.chars().any(crate::url::script::is_invisible),
            agreement: agreement(sender),
            free_mail: is_free_mail(sender.owner()),
            cheap: is_cheap_suffix(sender.suffix()),
            local_digits: share(digits as f32, local.len() as f32),
            local_likelihood: likelihood(local, LETTERS_MIN),
            domain_likelihood: likelihood(sender.label(), LETTERS_MIN),
            subdomain_labels: subdomain
                .split('.')
                .filter(|label| !label.is_empty())
                .count() as f32,
            reply_other: reply.map_or(f32::NAN, |reply| flag(reply.owner() != sender.owner())),
            reply_free_mail: reply
                .is_some_and(|reply| is_free_mail(reply.owner()) && !is_free_mail(sender.owner())),
        }
    }
}

/// Returns the registrable domain that a display name shows, of an address or of a site.
fn shown_domain(name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let behind = lower.rsplit_once('@').map(|(_, domain)| domain);
    let host = match behind {
        Some(domain) => {
            let end = domain
                .find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '.' | '-'));
            domain.get(..end.unwrap_or(domain.len()))?.to_owned()
        }
        None => lower
            .split(' ')
            .find_map(crate::email::link::host_in_text)?,
    };
    (!host.is_empty()).then(|| registrable(&host).to_owned())
}

/// Returns the share of the display name's words that stand in the address; NaN without such words.
fn agreement(sender: &Mailbox) -> f32 {
    let lower = sender.name.to_lowercase();
    let (mut words, mut found) = (0.0, 0.0);
    for word in lower
        .split(|letter: char| !letter.is_alphanumeric())
        .take(16)
    {
        if word.len() > 2 {
            words += 1.0;
            found += flag(sender.address.contains(word));
        }
    }
    share(found, words)
}
