//! The functions that expressions have beyond CEL's own: text, time and logarithm.
//!
//! All take and give texts and numbers; what they cannot read is missing.
#![expect(
    clippy::needless_pass_by_value,
    reason = "the interpreter calls functions with their arguments by value"
)]

use std::sync::{Arc, LazyLock};

use cel::common::types::{CelDouble, CelString, DOUBLE_TYPE, STRING_TYPE};
use cel::common::value::CowVal;
use cel::{DeclarationError, Env, ExecutionError};

use crate::time::EventTime;

/// Every function an expression may call, by the name people write.
pub(super) const NAMES: [&str; 14] = [
    "contains",
    "days_between",
    "double",
    "endsWith",
    "hour",
    "int",
    "log",
    "lower",
    "matches",
    "size",
    "startsWith",
    "string",
    "weekday",
    "has",
];

const DAY_MICROS: i64 = 86_400_000_000;
const HOUR_MICROS: i64 = 3_600_000_000;

type Arguments<'b, 'v> = Vec<CowVal<'b, 'v>>;
type Outcome<'b, 'v> = Result<CowVal<'b, 'v>, ExecutionError>;

/// Returns the environment that all expressions share: CEL's standard one and our functions.
pub(super) fn environment() -> Result<Arc<Env>, DeclarationError> {
    static SHARED: LazyLock<Result<Arc<Env>, DeclarationError>> = LazyLock::new(|| {
        let mut env = Env::stdlib();
        let text = || vec![STRING_TYPE];
        env.add_overload("lower", "lower_string", text(), lower)?;
        env.add_overload("hour", "hour_string", text(), hour)?;
        env.add_overload("weekday", "weekday_string", text(), weekday)?;
        env.add_overload("log", "log_double", vec![DOUBLE_TYPE], log)?;
        env.add_overload(
            "days_between",
            "days_between_string_string",
            vec![STRING_TYPE, STRING_TYPE],
            days_between,
        )?;
        Ok(Arc::new(env))
    });
    SHARED.clone()
}

fn lower<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let lowered = text(&arguments, 0, "lower")?.to_lowercase();
    Ok(CowVal::owned(CelString::from(lowered)))
}

fn hour<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let time = time(&arguments, 0, "hour")?;
    Ok(number((time.0.rem_euclid(DAY_MICROS) / HOUR_MICROS) as f64))
}

/// 1970-01-01 was a Thursday, the fourth day of its week.
fn weekday<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let time = time(&arguments, 0, "weekday")?;
    let days = time.0.div_euclid(DAY_MICROS);
    Ok(number(((days + 3).rem_euclid(7) + 1) as f64))
}

fn days_between<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let earlier = time(&arguments, 0, "days_between")?;
    let later = time(&arguments, 1, "days_between")?;
    Ok(number(later.days_since(earlier)))
}

fn log<'b, 'v>(arguments: Arguments<'b, 'v>) -> Outcome<'b, 'v> {
    let value = arguments
        .first()
        .and_then(|value| value.downcast_ref::<CelDouble>())
        .ok_or_else(|| refused("log"))?;
    Ok(number(value.inner().ln()))
}

fn number<'b, 'v>(value: f64) -> CowVal<'b, 'v> {
    CowVal::owned(CelDouble::from(value))
}

fn text<'a>(
    arguments: &'a [CowVal<'_, '_>],
    index: usize,
    function: &str,
) -> Result<&'a str, ExecutionError> {
    arguments
        .get(index)
        .and_then(|value| value.downcast_ref::<CelString>())
        .map(CelString::inner)
        .ok_or_else(|| refused(function))
}

fn time(
    arguments: &[CowVal<'_, '_>],
    index: usize,
    function: &str,
) -> Result<EventTime, ExecutionError> {
    let (time, _zone) =
        EventTime::parse(text(arguments, index, function)?).map_err(|_| refused(function))?;
    Ok(time)
}

fn refused(function: &str) -> ExecutionError {
    ExecutionError::function_error(function, "the argument cannot be read")
}
