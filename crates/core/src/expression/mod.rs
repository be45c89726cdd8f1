//! The one expression language (CEL): derived columns, slices, rules, gate conditions.
//!
//! ```text
//!   text ──► parse (the `cel` crate) ──► lower: names to slots, one number type ──► Expression
//!   Expression + Event (+ signals) ──► true or false, or a Value
//! ```
//!
//! What differs from plain CEL, so that it fits columns of data:
//!
//! - there is one number type, as in the data: `1` and `1.0` are the same, and `7 / 2` is 3.5;
//! - files without types (CSV) hold numbers as text, so text that reads as a number is that number
//!   beside a number, in arithmetic, and beside another field (`sent + received`); beside text it
//!   stays text (`port == '80'`, `string(a) + string(b)`). Likewise `true` and `false` where a truth
//!   value is meant;
//! - a name is a field of the event, in any case where none has exactly this name. `time` (RFC 3339 text in UTC, so `time >= "2019-07-01"`
//!   works), `source`, `trust`, `family`, `group` and `kind` are the event's own; `fields["a b"]`
//!   reaches names that are no identifiers and fields that those words hide; `signals.name`
//!   reaches a signal where signals are given; `label` is refused, because it would leak;
//! - missing stays missing. What is computed from a missing field is missing, unless the rest
//!   decides alone: `user == "root" || port > 1024` is true for a port of 8080 and no user. A
//!   condition that is missing does not hold. `has(fields.user)` asks whether something stands
//!   there;
//! - a number that cannot be computed (a division by zero, `double` of text that is no number) is
//!   missing; an operator between types that it does not take is an error, which callers count;
//! - functions: `size`, `contains`, `startsWith`, `endsWith`, `matches` (a quoted regular
//!   expression), `lower`, `string`, `double`, `int`, `log`, `hour`, `weekday` (1 is Monday),
//!   `days_between`, and the macros `has`, `exists`, `exists_one` and `all` over a list in place.
//!
//! It refuses what could take unbounded time or memory: long and deep texts, nested macros, `map`
//! and `filter`. An error never quotes an event's content.

mod compile;
mod error;
mod evaluate;
mod functions;
mod reference;
mod tally;
#[cfg(test)]
mod tests;
mod typing;

pub use compile::Expression;
pub use error::ExpressionError;
pub use evaluate::Signals;
pub use reference::Reference;
pub use tally::Tally;
