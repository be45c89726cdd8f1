//! The report of a run or a trial: one document, four files.

use std::io::IsTerminal;
use std::path::Path;

use ringtrue_core::CostSheet;
use ringtrue_model::{Detector, Rung};
use ringtrue_report::terminal::{self, Colour};
use ringtrue_report::{
    Document, Fact, Outcome as Answer, Status, Text, html, json, junit, markdown,
};
use ringtrue_store::atomic_write;
use ringtrue_trial::{Choice, Judgement};
use ringtrue_vet::Verdict;
use serde_json::{Map, Value, json};

use super::figures::{judgement_json, trial_json};
use super::{hardening, robustness, sections, vet};
use crate::args::Looking;
use crate::commands::ingest::store_failure;
use crate::commands::{print, print_json};
use crate::evasion::Robustness;
use crate::failure::{OrFail, Outcome};
use crate::hardening::Hardened;
use crate::journey::{Rolling, Trial};
use crate::vetted::Vetted;

/// Events that nobody decided on and that are not judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Undecided {
    pub(crate) events: usize,
    /// What reviewing them would cost.
    pub(crate) review_cost: f64,
}

/// What a report tells beside the trial itself.
pub(crate) struct Told<'a> {
    pub(crate) title: String,
    pub(crate) question: String,
    pub(crate) detector: &'a Detector,
    pub(crate) sheet: &'a CostSheet,
    pub(crate) trial: &'a Trial,
    /// The ladder, for a run that trained one.
    pub(crate) ladder: Option<(&'a Choice, &'a [(Rung, Judgement)])>,
    /// Whether the data was fit to learn from, for a run.
    pub(crate) vetted: Option<&'a Vetted>,
    /// What training again would catch, for a run over several months.
    pub(crate) rolling: Option<&'a Rolling>,
    /// What evasion costs.
    pub(crate) robustness: &'a Robustness,
    /// What makes it dearer, for a run that was asked to try.
    pub(crate) hardened: Option<&'a Hardened>,
    pub(crate) assumed: Vec<String>,
    pub(crate) waived: Vec<String>,
    pub(crate) not_tested: Vec<String>,
    /// Undecided events that were there to train on, for a run.
    pub(crate) undecided: Option<Undecided>,
    pub(crate) facts: Vec<(&'static str, String)>,
}

/// Makes the document.
pub(crate) fn document(told: &Told<'_>) -> Document {
    let mut document = Document::new(told.title.clone(), status(told));
    document.subtitle.clone_from(&told.question);
    document.headline = sections::headline(told.trial, told.sheet);
    document
        .headline
        .extend(robustness::headline(told.robustness));
    let texts = |sentences: &[String]| sentences.iter().map(|s| Text::plain(s.clone())).collect();
    document.caveats.assumed = texts(&told.assumed);
    document.caveats.waived = texts(&told.waived);
    document.caveats.not_tested = texts(&told.not_tested);
    if let Some((choice, rungs)) = told.ladder {
        document
            .sections
            .push(sections::ladder(choice, rungs, told.sheet));
    }
    document
        .sections
        .push(sections::quality(told.trial, told.detector, told.sheet));
    document
        .sections
        .push(sections::thresholds(told.detector, told.sheet));
    document
        .sections
        .extend(sections::windows(told.trial, told.sheet));
    document.sections.extend(
        told.rolling
            .map(|rolling| super::rolling::section(rolling, told.sheet)),
    );
    document
        .sections
        .extend(robustness::section(told.robustness));
    document.sections.extend(
        told.hardened
            .map(|hardened| hardening::section(hardened, told.sheet)),
    );
    document
        .sections
        .extend(sections::segments(told.trial, told.sheet));
    document
        .sections
        .push(sections::mistakes(told.trial, told.sheet));
    document
        .sections
        .extend(told.vetted.into_iter().flat_map(vet::sections));
    document.facts = told
        .facts
        .iter()
        .map(|(name, value)| Fact::new(*name, value.clone()))
        .collect();
    document.data = Value::Object(data(told));
    document
}

fn status(told: &Told<'_>) -> Status {
    if let Some(vetted) = told
        .vetted
        .filter(|it| it.vetting.verdict == Verdict::NotFit)
    {
        return vet::status(vetted);
    }
    match told.ladder {
        Some((choice, _)) if choice.rung.is_none() => {
            Status::new(Answer::CannotTell, choice.why.clone())
        }
        Some((choice, _)) => Status::new(Answer::Informs, format!("recommended: {}", choice.why)),
        None => Status::new(Answer::Informs, "how the detector did on these events"),
    }
}

/// Returns the figures under the names that scripts rely on.
pub(crate) fn data(told: &Told<'_>) -> Map<String, Value> {
    let mut data = trial_json(told.trial, told.detector.thresholds(), &told.waived);
    if let Some((choice, rungs)) = told.ladder {
        let rungs: Vec<Value> = rungs
            .iter()
            .map(|(rung, judgement)| {
                // Each rung has its own thresholds; only the recommended one's are in the detector.
                let mut figures = judgement_json(judgement, None);
                figures.shift_insert(0, "rung".to_owned(), json!(rung));
                Value::Object(figures)
            })
            .collect();
        data.insert("recommended".to_owned(), json!(choice.rung));
        data.insert("why".to_owned(), json!(choice.why));
        data.insert("ladder".to_owned(), json!(rungs));
    }
    if let Some(vetted) = told.vetted {
        data.insert("vetting".to_owned(), vet::vetting_json(vetted));
    }
    let rolling = told.rolling.map(super::rolling::data);
    data.insert("rolling".to_owned(), json!(rolling));
    let robustness = robustness::data(told.robustness);
    data.insert("robustness".to_owned(), robustness);
    data.insert("hardening".to_owned(), hardening::data(told.hardened));
    if let Some(undecided) = told.undecided {
        let figures = json!({
            "events": undecided.events,
            "review_cost": undecided.review_cost,
        });
        data.insert("unsure_not_judged".to_owned(), figures);
    }
    data.insert("assumed".to_owned(), json!(told.assumed));
    data.insert("not_tested".to_owned(), json!(told.not_tested));
    data
}

/// Writes `report.html`, `report.json` and `report.md` into a folder.
pub(crate) fn write(document: &Document, folder: &Path) -> Outcome<()> {
    let cannot = || format!("cannot write the report into `{}`", folder.display());
    std::fs::create_dir_all(folder).or_fail(cannot)?;
    let json = json::render(document).or_fail(cannot)?;
    let pages = [
        ("report.html", html::render(document)),
        ("report.json", json),
        ("report.md", markdown::render(document)),
    ];
    for (name, text) in pages {
        atomic_write(&folder.join(name), text.as_bytes())
            .map_err(|error| store_failure(&cannot(), &error))?;
    }
    Ok(())
}

/// Writes `junit.xml` into a folder, for systems that count tests.
pub(crate) fn write_junit(document: &Document, folder: &Path) -> Outcome<()> {
    let cannot = || format!("cannot write the report into `{}`", folder.display());
    atomic_write(
        &folder.join("junit.xml"),
        junit::render(document).as_bytes(),
    )
    .map_err(|error| store_failure(&cannot(), &error))
}

/// Hands over what was found as it was asked for: pages in a folder, and figures or the summary on standard output.
pub(crate) fn hand_over(
    looking: &Looking,
    document: &Document,
    data: &Map<String, Value>,
) -> Outcome<()> {
    if let Some(out) = &looking.out {
        write(document, out)?;
    }
    if looking.json {
        print_json(data)
    } else {
        summarize(document)
    }
}

/// Prints the terminal summary.
pub(crate) fn summarize(document: &Document) -> Outcome<()> {
    let is_plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stdout().is_terminal();
    let colour = if is_plain {
        Colour::Never
    } else {
        Colour::Ansi
    };
    print(&terminal::render(document, colour))
}
