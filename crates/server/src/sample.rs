//! The audit sample: of what the filter would stop or let through, a known random share goes to people instead, so that the next
//! detector learns from more than what this one let through.
//!
//! ```text
//!   event, what would be done ──keyed hash──► drawn, with its probability, or not
//! ```
//!
//! The draw hangs on a secret key and on the event's content alone: who sends an event cannot tell whether it is drawn, and sending it again
//! changes nothing. What must be blocked is never drawn.

use ringtrue_core::expression::{Expression, ExpressionError};
use ringtrue_core::{Action, Digest, Event, EventId};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The largest share: beyond it the filter would decide less than chance.
pub const SHARE_MAX: f64 = 0.5;

/// What is drawn.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SampleOptions {
    /// Share of events that would be allowed and are reviewed instead, in [0, 0.5].
    pub allowed: f64,
    /// Share of events that would be blocked and are reviewed instead, in [0, 0.5].
    pub blocked: f64,
    /// Conditions on events that are never drawn: what must be blocked whatever it costs the next detector.
    pub never: Vec<String>,
}

/// Why a sample cannot be drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SampleError {
    /// A share is out of bounds.
    #[error("`sample.{name}` lies in [0, {SHARE_MAX}], and not at {share}")]
    Share {
        /// Which.
        name: &'static str,
        /// Its value.
        share: f64,
    },
    /// A condition does not compile.
    #[error("the condition `{text}` of `sample.never` does not hold")]
    Condition {
        /// Its text.
        text: String,
        /// Why.
        #[source]
        source: Box<ExpressionError>,
    },
}

/// An event that could have been drawn.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draw {
    /// What the detector would have done.
    pub would: Action,
    /// The probability of being drawn, in (0, 0.5]: its propensity.
    pub propensity: f64,
    /// Whether it was.
    pub drawn: bool,
}

/// Draws.
pub struct Sampler {
    key: [u8; 32],
    allowed: f64,
    blocked: f64,
    never: Vec<Expression>,
}

impl Sampler {
    /// Makes one that draws by this secret key.
    ///
    /// # Errors
    ///
    /// [`SampleError`] if a share is out of bounds or a condition does not compile.
    pub fn new(options: &SampleOptions, key: [u8; 32]) -> Result<Self, SampleError> {
        let shares = [("allowed", options.allowed), ("blocked", options.blocked)];
        for (name, share) in shares {
            if !(0.0..=SHARE_MAX).contains(&share) {
                return Err(SampleError::Share { name, share });
            }
        }
        let compiled = options.never.iter().map(|text| {
            Expression::compile(text).map_err(|source| SampleError::Condition {
                text: text.clone(),
                source: Box::new(source),
            })
        });
        Ok(Self {
            key,
            allowed: options.allowed,
            blocked: options.blocked,
            never: compiled.collect::<Result<_, _>>()?,
        })
    }

    /// Decides whether an event is drawn; `None` if it could not have been.
    #[must_use]
    pub fn draw(&self, id: EventId, event: &Event, would: Action) -> Option<Draw> {
        let propensity = match would {
            Action::Allow => self.allowed,
            Action::Block => self.blocked,
            // People look at it anyway.
            Action::Review => 0.0,
        };
        if propensity <= 0.0 {
            return None;
        }
        // A condition that cannot be told of an event keeps it out as well.
        let is_spared =
            |condition: &Expression| condition.decide(event, None).ok() == Some(Some(false));
        if !self.never.iter().all(is_spared) {
            return None;
        }
        Some(Draw {
            would,
            propensity,
            drawn: uniform(&self.key, id) < propensity,
        })
    }
}

/// Returns how many events a labelled one stands for, by what the detector would have done and how the event stood to the sample: the inverse of
/// its propensity if it was drawn, 1 if it was not blocked. `None` if it was blocked and not drawn: whoever speaks of it anyway was not asked at
/// random, and nothing says for how many others.
///
/// # Source
///
/// Horvitz and Thompson, "A Generalization of Sampling Without Replacement From a Finite Universe", Journal of the American Statistical Association
/// 1952.
#[must_use]
pub fn stands_for(would: Action, draw: Option<&Draw>) -> Option<f64> {
    match draw {
        Some(draw) if draw.drawn => Some(1.0 / draw.propensity),
        _ => (would != Action::Block).then_some(1.0),
    }
}

/// Returns how probable it was that people would look at an event, and whether they were asked to, by what was done with it and how it stood to
/// the sample: what is reviewed they look at in any case, what could not have been drawn never.
#[must_use]
pub fn asked(done: Action, draw: Option<&Draw>) -> (f64, bool) {
    match draw {
        Some(draw) => (draw.propensity, draw.drawn),
        None if done == Action::Review => (1.0, true),
        None => (0.0, false),
    }
}

/// Returns a number in [0, 1) that hangs on the key and the event alone: 53 bits of a keyed BLAKE3 digest.
pub(crate) fn uniform(key: &[u8; 32], id: EventId) -> f64 {
    let digest = Digest::keyed(key, &id.0);
    let bits = digest.bytes().first_chunk().copied().unwrap_or_default();
    (u64::from_be_bytes(bits) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use ringtrue_core::{Kind, Trust};

    use super::*;

    fn event(host: &str) -> Event {
        Event {
            kind: Kind::Table,
            time: None,
            label_known: None,
            label: None,
            source: None,
            trust: Trust::default(),
            family: None,
            group: None,
            fields: vec![ringtrue_core::Field {
                name: "host".into(),
                value: ringtrue_core::Value::Text(host.into()),
            }],
        }
    }

    fn sampler(key: u8, never: &[&str]) -> Sampler {
        let options = SampleOptions {
            allowed: 0.01,
            blocked: 0.001,
            never: never.iter().map(|it| (*it).to_owned()).collect(),
        };
        Sampler::new(&options, [key; 32]).unwrap()
    }

    fn drawn(sampler: &Sampler, would: Action, events: u64) -> Vec<u64> {
        let event = event("a");
        let id = |number: u64| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            EventId(id)
        };
        let is_drawn = |number: &u64| {
            let draw = sampler.draw(id(*number), &event, would);
            draw.is_some_and(|draw| draw.drawn)
        };
        (0..events).filter(is_drawn).collect()
    }

    #[test]
    fn as_many_are_drawn_as_their_propensity_says() {
        // Within four standard errors of the binomial: once in 16,000 keys it is not.
        for key in 1..=3 {
            let sampler = sampler(key, &[]);
            for (would, share) in [(Action::Allow, 0.01_f64), (Action::Block, 0.001)] {
                let count = drawn(&sampler, would, 1_000_000).len() as f64;
                let error = (1e6 * share * (1.0 - share)).sqrt();
                assert!(
                    (count - 1e6 * share).abs() < 4.0 * error,
                    "{key} {share}: {count}"
                );
            }
            assert!(drawn(&sampler, Action::Review, 1_000).is_empty());
        }
    }

    #[test]
    fn what_was_drawn_stands_for_all_that_could_have_been() {
        let sampler = sampler(1, &[]);
        let event = event("a");
        let stood = (0..200_000_u64).filter_map(|number| {
            let mut id = [0; 16];
            id[..8].copy_from_slice(&number.to_le_bytes());
            let draw = sampler.draw(EventId(id), &event, Action::Block);
            stands_for(Action::Block, draw.as_ref())
        });
        // 200 are drawn, each for 1,000: within four standard errors.
        let sum: f64 = stood.sum();
        assert!(
            (sum - 200_000.0).abs() < 4.0 * 1_000.0 * 200_f64.sqrt(),
            "{sum}"
        );
        assert_eq!(asked(Action::Review, None), (1.0, true));
        assert_eq!(asked(Action::Block, None), (0.0, false));
        let draw = Draw {
            would: Action::Allow,
            propensity: 0.01,
            drawn: false,
        };
        assert_eq!(asked(Action::Allow, Some(&draw)), (0.01, false));
        assert_eq!(stands_for(Action::Block, None), None);
        assert_eq!(stands_for(Action::Allow, None), Some(1.0));
        assert_eq!(stands_for(Action::Review, None), Some(1.0));
    }

    #[test]
    fn without_the_key_nobody_can_tell_and_with_it_the_draw_stays() {
        let one = drawn(&sampler(1, &[]), Action::Allow, 200_000);
        assert_eq!(one, drawn(&sampler(1, &[]), Action::Allow, 200_000));
        let other = drawn(&sampler(2, &[]), Action::Allow, 200_000);
        let both = one.iter().filter(|number| other.contains(number)).count();
        // Independent draws agree on 1 % of 1 %: 20 of 200,000.
        assert!(both < 45, "{both}");
    }

    #[test]
    fn what_must_be_blocked_is_never_drawn() {
        let sampler = sampler(1, &["host == 'bank'"]);
        let id = |number: u8| EventId([number; 16]);
        assert!((0..=255).all(|number| {
            sampler
                .draw(id(number), &event("bank"), Action::Block)
                .is_none()
        }));
        assert!(
            sampler
                .draw(id(1), &event("other"), Action::Block)
                .is_some()
        );
        // Whether it holds cannot be told: it may.
        let mut unnamed = event("x");
        unnamed.fields.clear();
        assert_eq!(sampler.draw(id(1), &unnamed, Action::Block), None);
    }

    #[test]
    fn odd_shares_and_conditions_are_refused() {
        for allowed in [-0.1, 0.51, f64::NAN] {
            let options = SampleOptions {
                allowed,
                ..SampleOptions::default()
            };
            assert!(matches!(
                Sampler::new(&options, [0; 32]),
                Err(SampleError::Share { .. })
            ));
        }
        let options = SampleOptions {
            never: vec!["host ==".to_owned()],
            ..SampleOptions::default()
        };
        assert!(matches!(
            Sampler::new(&options, [0; 32]),
            Err(SampleError::Condition { .. })
        ));
    }
}
