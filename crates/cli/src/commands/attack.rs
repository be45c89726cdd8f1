//! `ringtrue attack`: what it costs to get past a detector, proven over its rows or found on artefacts themselves.

use std::io::{self, Write};

use ringtrue_attack::threat::Line as Sentence;
use ringtrue_core::Action;
use ringtrue_model::Detector;
use serde::Serialize;

use crate::args::Attack;
use crate::commands::{attack_artefacts, attack_distance, note, print};
use crate::detector_folder;
use crate::failure::{Failure, OrFail, Outcome};
use crate::interrupt;

/// Runs the verb.
pub(crate) fn run(arguments: &Attack) -> Outcome {
    let loaded = detector_folder::read(&arguments.detector, arguments.key.as_deref())?;
    match arguments.distance {
        Some(distance) => attack_distance::run(arguments, &loaded, distance),
        None => attack_artefacts::run(arguments, &loaded),
    }
}

/// Says who attacks, before anything else; beside JSON on standard error.
pub(crate) fn tell_threat(sentences: &[Sentence], json: bool) -> Outcome<()> {
    let sentences = sentences
        .iter()
        .map(|line| format!("the attacker {} [{}]", line.text, line.name));
    if json {
        sentences.for_each(|sentence| note(&sentence));
        return Ok(());
    }
    print(&format!("{}\n\n", sentences.collect::<Vec<_>>().join("\n")))
}

/// Returns the greatest margin that a detector allows: what was asked for, else what lies below its threshold for review.
pub(crate) fn allowed(detector: &Detector, stated: Option<f64>) -> Outcome<f64> {
    if let Some(margin) = stated {
        return Ok(margin);
    }
    let is_allowed = |margin: f64| detector.answer(margin).action == Action::Allow;
    let (mut low, mut high) = (f64::MIN, f64::MAX);
    if !is_allowed(low) || is_allowed(high) {
        return Err(Failure::new("the detector treats all events alike")
            .hint("say with `--threshold-margin` which raw scores are flagged"));
    }
    loop {
        let middle = midway(low, high);
        if middle <= low || middle >= high {
            return Ok(low);
        }
        if is_allowed(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Returns the float in the middle of those between two, by their number.
fn midway(low: f64, high: f64) -> f64 {
    if low < 0.0 && high > 0.0 {
        return 0.0;
    }
    let [one, other] = [low, high].map(|value| value.abs().to_bits());
    let middle = f64::from_bits(u64::midpoint(one, other));
    if low < 0.0 { -middle } else { middle }
}

/// Writes a line, as an object or as `told` says it to people; false once the reader has gone, for whom nothing more is searched.
pub(crate) fn write<L: Serialize>(
    out: &mut impl Write,
    line: &L,
    told: impl FnOnce(&L) -> String,
    json: bool,
) -> Outcome<bool> {
    let mut text = if json {
        serde_json::to_string(line).or_fail(|| "cannot write a row".to_owned())?
    } else {
        told(line)
    };
    text.push('\n');
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
            interrupt::request();
            Ok(false)
        }
        other => other
            .map(|()| true)
            .or_fail(|| "cannot write to standard output".to_owned()),
    }
}
