//! `ringtrue vet`: is this data fit to learn from?

use ringtrue_core::PseudonymKey;
use ringtrue_core::task::Reader;
use ringtrue_intake::mapping::Stated;
use ringtrue_vet::Verdict;

use crate::args::Vet;
use crate::commands::ingest::LABELLED;
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, Outcome};
use crate::files::expand;
use crate::input::{Assumed, Reading, read_file};
use crate::keys;
use crate::page::{self, VetTold};
use crate::progress::{Bar, called};
use crate::revealed::Revealed;
use crate::task_file;
use crate::vetted::{self, Gathered, Place, Setting};

/// Runs the verb.
pub(crate) fn run(arguments: &Vet) -> Outcome {
    let files = expand(&arguments.files)?;
    let chosen = task_file::choose(&arguments.reading, &files)?;
    let key = arguments.key.as_deref().map(keys::read).transpose()?;
    let reading = Reading {
        task: chosen.task,
        // Without a key of one's own, pseudonyms tell equal from different here and mean nothing elsewhere.
        key: key.unwrap_or_else(|| PseudonymKey::new([0; 32])),
        now: now()?,
        needed: LABELLED.to_vec(),
        stated: Stated::Needed,
    };
    let mut gathered = Gathered::new(&reading.task, arguments.sample as usize)?;
    let mut assumed = Assumed::default();
    let (mut set_aside, mut rows) = (0, 0);
    let bar = Bar::counter("reading");
    for file in &files {
        let mut in_file = 0;
        read_file(file, &reading, &mut assumed, &mut |batch| {
            bar.advance(batch.events.len() as u64);
            for row in &batch.aside {
                if set_aside < SHOWN_ASIDE {
                    note(&format!(
                        "set aside: {} line {}: {}",
                        called(file),
                        row.line,
                        row.reason
                    ));
                }
                set_aside += 1;
            }
            for (row, event) in &batch.events {
                gathered.observe(event, rows + row);
            }
            in_file = batch.events.last().map_or(in_file, |(row, _)| row + 1);
            Ok(())
        })?;
        assumed.check_privacy(&reading.task, &called(file))?;
        rows += in_file;
    }
    drop(bar);
    assumed.settle_names(&reading.task);
    if gathered.labelled() == 0 {
        return Err(Failure::cannot_tell("no event has a label").hint(
            "a label column named `label` with words such as benign, malicious, 0, 1 is recognised; others are named in a task.toml",
        ));
    }
    let mut sentences = chosen.assumed;
    sentences.extend(assumed.sentences);
    sentences.extend(gathered.sentences());
    let vetted = vetted::run(
        gathered,
        &Setting {
            task: &reading.task,
            now: reading.now,
            seed: arguments.seed,
            threads: arguments.threads,
            revealed: Revealed::new(&reading.task, arguments.reader.map(Reader::from)),
            place: Place::OfInput,
        },
    )?;
    tell(
        arguments,
        &VetTold {
            vetted: &vetted,
            task: &reading.task,
            assumed: &sentences,
            set_aside,
        },
    )?;
    Ok(match vetted.vetting.verdict {
        Verdict::NotFit => Exit::No,
        Verdict::Fit | Verdict::FitWithAcceptedRisks => Exit::Done,
    })
}

const SHOWN_ASIDE: u64 = 5;

fn tell(arguments: &Vet, told: &VetTold<'_>) -> Outcome<()> {
    let document = page::vet_document(told);
    if let Some(out) = &arguments.out {
        page::write(&document, out)?;
    }
    if arguments.json {
        print_json(&page::vet_data(told))
    } else {
        page::summarize(&document)
    }
}
