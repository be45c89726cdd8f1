//! `ringtrue label agreement`: how far those who labelled the same events agree, and on what they do not.

use ringtrue_core::{EventId, plural};
use ringtrue_label::decided::{Agreement, Agreements, State, agreements};
use ringtrue_report::visible;
use serde_json::{Value, json};

use crate::args::LabelAgreement;
use crate::commands::{note, print, print_json};
use crate::decisions::Decisions;
use crate::failure::{Exit, Outcome};
use crate::label_store;

/// Runs the verb.
pub(crate) fn run(arguments: &LabelAgreement) -> Outcome {
    let store = label_store::existing(&arguments.store)?;
    let task = label_store::task(&store, &arguments.reading)?;
    let decisions = Decisions::of(&store, &task, None)?;
    for sentence in decisions.sentences() {
        note(&format!("warning: {sentence}"));
    }
    let mut states = decisions.states(&store)?;
    states.retain(|_, (state, _)| matches!(state, State::Disputed { .. }));
    let disputed: Vec<&EventId> = states.keys().collect();
    let Agreements {
        pairs,
        not_compared,
    } = agreements(&decisions.ledger);
    if arguments.json {
        let pairs: Vec<Value> = pairs.iter().map(data).collect();
        print_json(&json!({ "pairs": pairs, "not_compared": not_compared, "disputed": disputed }))?;
        return Ok(Exit::Done);
    }
    let mut text: String = pairs.iter().map(line).collect();
    if pairs.is_empty() {
        text.push_str("no two people or programs labelled the same event\n");
    }
    if not_compared > 0 {
        let others = plural(not_compared as u64, "other", "others");
        text.extend([
            others.as_str(),
            " who labelled fewer events: not compared\n",
        ]);
    }
    let events = plural(disputed.len() as u64, "event is", "events are");
    let ids = disputed
        .iter()
        .flat_map(|event| ["  ".to_owned(), event.to_string(), "\n".to_owned()]);
    text.extend([events.as_str(), " disputed\n"]);
    text.extend(ids);
    print(&text)?;
    Ok(Exit::Done)
}

fn line(pair: &Agreement) -> String {
    let kappa = match &pair.kappa {
        Ok((kappa, low, high)) => format!("kappa {kappa:.2} ({low:.2} to {high:.2})"),
        Err(why) => format!("no kappa: {why}"),
    };
    format!(
        "{} and {}: the same on {} of {}, {kappa}\n",
        visible::line(&pair.one),
        visible::line(&pair.other),
        pair.same,
        plural(pair.events, "event", "events")
    )
}

fn data(pair: &Agreement) -> Value {
    let kappa = pair.kappa.as_ref().ok();
    json!({
        "one": pair.one,
        "other": pair.other,
        "events": pair.events,
        "same": pair.same,
        "kappa": kappa.map(|(value, low, high)| json!({ "value": value, "low": low, "high": high })),
        "reason": pair.kappa.as_ref().err().map(ToString::to_string),
    })
}
