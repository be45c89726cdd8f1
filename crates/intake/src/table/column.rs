//! One column's encoding: the signals and tokens of a value.

use std::cmp::Ordering;

use ringtrue_core::random::mix;
use ringtrue_core::signal::SignalType;
use ringtrue_core::{EventTime, Value};
use serde::{Deserialize, Serialize};

use super::SignalOf;

/// How a column's values become signals and tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "type")]
pub enum Encoding {
    /// The number itself; its bin is the token.
    Number {
        /// Upper edges of the bins, ascending, from the training events' quantiles.
        edges: Vec<f32>,
    },
    /// 0 or 1.
    Boolean,
    /// The position in the list of training values.
    Category {
        /// The training events' values, sorted.
        values: Vec<String>,
    },
    /// Hour of the day and day of the week; the date itself says only how old an event is.
    Time,
    /// Length, and how often training saw the value; its words are the tokens.
    Text {
        /// Training events by hash of their value: how many fell into each of the buckets.
        counts: Vec<u32>,
    },
}

/// Buckets of a text column's value counts.
pub(super) const COUNT_BUCKETS: usize = 1 << 14;
/// Words of one value that become tokens.
const WORDS_MAX: usize = 256;
const HOUR_MICROS: i64 = 3_600_000_000;

impl Encoding {
    pub(super) const fn signals_of(&self) -> &'static [SignalOf] {
        use SignalType::{Category, Flag, Number};
        match self {
            Self::Number { .. } => &[("", "the value of", "number", Number)],
            Self::Boolean => &[("", "the value of", "flag", Flag)],
            Self::Category { .. } => &[("", "the category of", "code", Category)],
            Self::Time => &[
                (".hour", "the hour of the day (UTC) of", "hours", Number),
                (
                    ".weekday",
                    "the day of the week (Monday is 0) of",
                    "days",
                    Number,
                ),
            ],
            Self::Text { .. } => &[
                (".length", "the length of", "characters", Number),
                (
                    ".seen",
                    "how often training saw this value of",
                    "log events",
                    Number,
                ),
            ],
        }
    }

    pub(super) fn signals(&self, value: &Value, row: &mut Vec<f32>) {
        match self {
            Self::Number { .. } => row.push(number(value).unwrap_or(f32::NAN)),
            Self::Boolean => row.push(boolean(value).map_or(f32::NAN, f32::from)),
            Self::Category { values } => row.push(category(value, values)),
            Self::Time => row.extend(clock(value)),
            Self::Text { counts } => row.extend(text_signals(value, counts)),
        }
    }

    pub(super) fn tokens(
        &self,
        value: &Value,
        seed: u64,
        word: &mut String,
        tokens: &mut Vec<u32>,
    ) {
        match self {
            Self::Number { edges } => {
                let bin = number(value).map_or(u64::MAX, |number| {
                    edges.partition_point(|edge| *edge < number) as u64
                });
                tokens.push(token(seed, bin));
            }
            Self::Boolean => {
                tokens.push(token(seed, boolean(value).map_or(u64::MAX, u64::from)));
            }
            Self::Category { .. } => {
                let hash = value.text().map_or(u64::MAX, |text| hash_text(&text));
                tokens.push(token(seed, hash));
            }
            Self::Time => {
                let [hour, weekday] = clock(value);
                tokens.push(token(seed, u64::from(hour.to_bits())));
                tokens.push(token(seed ^ 1, u64::from(weekday.to_bits())));
            }
            Self::Text { .. } => words(value, word, |text| {
                tokens.push(token(seed, hash_text(text)));
            }),
        }
    }
}

/// Returns the seed that keeps the tokens of column `position` apart from the other columns'.
pub(super) const fn seed(position: usize) -> u64 {
    mix((position as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// A token keeps the upper half of its hash.
const fn token(seed: u64, value: u64) -> u32 {
    (mix(seed ^ value) >> 32) as u32
}

/// FNV-1a, scattered.
pub(super) fn hash_text(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    mix(hash)
}

/// Returns the bucket of a text value's count.
pub(super) fn bucket(text: &str) -> usize {
    hash_text(text)
        .checked_rem(COUNT_BUCKETS as u64)
        .and_then(|bucket| usize::try_from(bucket).ok())
        .unwrap_or(0)
}

/// Reads a value as a number: digits in text count, infinities and NaN are missing.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rows hold f32; a larger number is missing"
)]
pub(super) fn number(value: &Value) -> Option<f32> {
    let number = match value {
        Value::Number(number) => *number,
        Value::Boolean(flag) => f64::from(u8::from(*flag)),
        Value::Text(text) => text.trim().parse().ok()?,
        Value::Missing => return None,
    };
    let number = number as f32;
    number.is_finite().then_some(number)
}

pub(super) fn boolean(value: &Value) -> Option<u8> {
    match value {
        Value::Boolean(flag) => Some(u8::from(*flag)),
        Value::Number(number) => [0_u8, 1]
            .into_iter()
            .find(|truth| number.partial_cmp(&f64::from(*truth)) == Some(Ordering::Equal)),
        Value::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "t" | "y" | "1" => Some(1),
            "false" | "no" | "f" | "n" | "0" => Some(0),
            _ => None,
        },
        Value::Missing => None,
    }
}

fn category(value: &Value, values: &[String]) -> f32 {
    let Some(text) = value.text() else {
        return f32::NAN;
    };
    values
        .binary_search_by(|known| known.as_str().cmp(&text))
        .map_or(f32::NAN, |code| {
            u16::try_from(code).map_or(f32::NAN, f32::from)
        })
}

fn clock(value: &Value) -> [f32; 2] {
    let time = value.text().and_then(|text| EventTime::parse(&text).ok());
    time.map_or([f32::NAN; 2], |(EventTime(micros), _)| {
        let hours = micros.div_euclid(HOUR_MICROS);
        // 1970-01-01 was a Thursday, day 3 from Monday.
        let weekday = hours.div_euclid(24).saturating_add(3).rem_euclid(7);
        [hours.rem_euclid(24) as f32, weekday as f32]
    })
}

#[expect(clippy::cast_possible_truncation, reason = "rows hold f32")]
fn text_signals(value: &Value, counts: &[u32]) -> [f32; 2] {
    value.text().map_or([f32::NAN; 2], |text| {
        let seen = counts.get(bucket(&text)).copied().unwrap_or(0);
        [text.chars().count() as f32, f64::from(seen).ln_1p() as f32]
    })
}

/// Calls `each` with the whole value and with its words in lower case.
fn words(value: &Value, word: &mut String, mut each: impl FnMut(&str)) {
    let Some(text) = value.text() else {
        return each("");
    };
    each(&text);
    for part in text
        .split(|letter: char| !letter.is_alphanumeric())
        .take(WORDS_MAX)
    {
        if !part.is_empty() {
            word.clear();
            word.extend(part.chars().flat_map(char::to_lowercase));
            each(word);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Value {
        Value::Text(value.into())
    }

    #[test]
    fn missing_stays_missing() {
        for encoding in [
            Encoding::Number { edges: vec![] },
            Encoding::Boolean,
            Encoding::Category {
                values: vec!["tcp".to_owned()],
            },
            Encoding::Time,
            Encoding::Text { counts: vec![] },
        ] {
            let mut row = Vec::new();
            encoding.signals(&Value::Missing, &mut row);
            assert_eq!(row.len(), encoding.signals_of().len());
            assert!(row.iter().all(|value| value.is_nan()), "{encoding:?}");
        }
    }

    #[test]
    fn values_are_read() {
        let mut row = Vec::new();
        Encoding::Number { edges: vec![] }.signals(&text(" 1e3 "), &mut row);
        Encoding::Boolean.signals(&text("Yes"), &mut row);
        let values = vec!["tcp".to_owned(), "udp".to_owned()];
        Encoding::Category { values }.signals(&text("udp"), &mut row);
        Encoding::Time.signals(&text("1970-01-02T05:00:00Z"), &mut row);
        assert_eq!(row, [1000.0, 1.0, 1.0, 5.0, 4.0]);
    }

    #[test]
    fn a_category_that_training_did_not_see_is_missing() {
        assert!(category(&text("icmp"), &["tcp".to_owned()]).is_nan());
        assert_eq!(number(&text("inf")), None);
    }
}
