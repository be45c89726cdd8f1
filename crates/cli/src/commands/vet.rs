//! `ringtrue vet`: is this data fit to learn from?

use std::path::Path;

use ringtrue_core::task::Reader;
use ringtrue_core::{Limits, PseudonymKey, Task, View, plural};
use ringtrue_intake::mapping::{Role, Stated};
use ringtrue_store::atomic_write;
use ringtrue_vet::profile::Summary;
use ringtrue_vet::{Profile, Verdict};

use crate::applied::write_derived;
use crate::args::{Vet, VetPart};
use crate::commands::ingest::{LABELLED, store_failure};
use crate::commands::{note, now, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::expand;
use crate::input::{Aside, Assumed, Met, Passing, Reading, pass_file};
use crate::keys;
use crate::page::{self, SheetTold, VetTold};
use crate::progress::{Bar, called};
use crate::revealed::Revealed;
use crate::task_file;
use crate::vetted::{self, Gathered, Place, Setting};

/// Runs the verb.
pub(crate) fn run(arguments: &Vet) -> Outcome {
    let files = expand(&arguments.files)?;
    let is_sheet = arguments.only == Some(VetPart::Profile);
    if files.is_empty() && !is_sheet {
        return Err(Failure::new("no file of events is named")
            .hint("`--only profile` makes a data sheet of profiles alone"));
    }
    let chosen = task_file::choose(&arguments.reading, &files)?;
    let key = arguments.key.as_deref().map(keys::read).transpose()?;
    let needed: &[Role] = if is_sheet { &[] } else { &LABELLED };
    let reading = Reading {
        task: chosen.task,
        // Without a key of one's own, pseudonyms tell equal from different here and mean nothing elsewhere.
        key: key.unwrap_or_else(|| PseudonymKey::new([0; 32])),
        now: now()?,
        needed: needed.to_vec(),
        stated: Stated::Needed,
    };
    let mut pass = Pass::new(arguments, &reading.task, is_sheet)?;
    let mut assumed = Assumed::default();
    for file in &files {
        pass.file = called(file);
        pass_file(file, &reading, &mut assumed, &mut pass)?;
        assumed.check_privacy(&reading.task, &pass.file)?;
        pass.before += std::mem::take(&mut pass.in_file);
    }
    assumed.settle_names(&reading.task);
    if let Some(out) = &arguments.profile_out {
        write(&mut pass.profile, out)?;
    }
    let mut sentences = chosen.assumed;
    sentences.extend(assumed.sentences);
    finish(arguments, &reading, pass, sentences)
}

/// Runs the checks on what passed by, or tells its profile alone.
fn finish(arguments: &Vet, reading: &Reading, pass: Pass, sentences: Vec<String>) -> Outcome {
    let Pass {
        profile,
        gathered,
        set_aside,
        bar,
        ..
    } = pass;
    drop(bar);
    let revealed = Revealed::new(&reading.task, arguments.reader.map(Reader::from));
    let sheet = page::revealed_sheet(profile.finish(), revealed);
    if let Some(gathered) = gathered {
        let told = Told {
            sentences,
            set_aside,
            sheet,
        };
        return checked(arguments, reading, gathered, told);
    }
    let told = SheetTold {
        name: reading.task.name.as_str(),
        assumed: &sentences,
        set_aside,
        sheet: &sheet,
    };
    tell_sheet(arguments, &told).map(|()| Exit::Done)
}

/// The events as they pass by: all are profiled, and some kept for the checks.
struct Pass {
    profile: Profile,
    gathered: Option<Gathered>,
    file: String,
    /// Rows of the files before, and of this one up to its last event.
    before: u64,
    in_file: u64,
    bar: Bar,
    passed: u64,
    set_aside: u64,
}

impl Pass {
    fn new(arguments: &Vet, task: &Task, is_sheet: bool) -> Outcome<Self> {
        let gathered = || Gathered::new(task, arguments.sample as usize);
        Ok(Self {
            profile: merged(&arguments.profile_in)?,
            gathered: (!is_sheet).then(gathered).transpose()?,
            file: String::new(),
            before: 0,
            in_file: 0,
            bar: Bar::counter("reading"),
            passed: 0,
            set_aside: 0,
        })
    }
}

impl Passing for Pass {
    fn event(&mut self, row: u64, view: &View<'_>) {
        self.profile.observe(view);
        if let Some(gathered) = &mut self.gathered {
            gathered.observe(&view.event(), self.before + row);
        }
        self.in_file = row + 1;
        self.passed += 1;
    }

    fn aside(&mut self, aside: Aside) {
        if self.set_aside < SHOWN_ASIDE {
            let Aside { line, reason, .. } = aside;
            note(&format!("set aside: {} line {line}: {reason}", self.file));
        }
        self.set_aside += 1;
    }

    fn pause(&mut self, _: &Met<'_>) -> Outcome<()> {
        self.bar.advance(std::mem::take(&mut self.passed));
        Ok(())
    }
}

const SHOWN_ASIDE: u64 = 5;

/// Reads profiles that were written before, and merges them in order.
fn merged(files: &[impl AsRef<Path>]) -> Outcome<Profile> {
    let limits = Limits::default();
    let mut profile = Profile::new(&limits);
    for file in files {
        let cannot = || format!("cannot read the profile `{}`", file.as_ref().display());
        let text = std::fs::read_to_string(file).or_fail(cannot)?;
        profile = profile.merge(Profile::of_document(&text, &limits).or_fail(cannot)?);
    }
    Ok(profile)
}

fn write(profile: &mut Profile, file: &Path) -> Outcome<()> {
    let cannot = || format!("cannot write the profile `{}`", file.display());
    let document = profile.document().or_fail(cannot)?;
    atomic_write(file, document.as_bytes()).map_err(|error| store_failure(&cannot(), &error))
}

/// What is told beside the checks.
struct Told {
    sentences: Vec<String>,
    set_aside: u64,
    sheet: Summary,
}

/// Runs the checks on what was gathered.
fn checked(arguments: &Vet, reading: &Reading, gathered: Gathered, told: Told) -> Outcome {
    if gathered.labelled() == 0 {
        return Err(Failure::cannot_tell("no event has a label").hint(
            "a label column named `label` with words such as benign, malicious, 0, 1 is recognised; others are named in a task.toml",
        ));
    }
    let Told {
        mut sentences,
        set_aside,
        sheet,
    } = told;
    sentences.extend(gathered.sentences());
    let setting = Setting {
        task: &reading.task,
        now: reading.now,
        seed: arguments.seed,
        threads: arguments.threads,
        revealed: Revealed::new(&reading.task, arguments.reader.map(Reader::from)),
        place: Place::OfInput,
    };
    let vetted = vetted::run(gathered, &setting)?;
    let told = VetTold {
        vetted: &vetted,
        task: &reading.task,
        assumed: &sentences,
        set_aside,
        sheet: &sheet,
    };
    tell(arguments, &told)?;
    if let (true, Some(task)) = (arguments.apply, &arguments.reading.task) {
        let written = write_derived(task, &vetted.derived)?;
        let columns = plural(written as u64, "derived column is", "derived columns are");
        note(&format!("{columns} written into `{}`", task.display()));
    }
    Ok(match vetted.vetting.verdict {
        Verdict::NotFit => Exit::No,
        Verdict::Fit | Verdict::FitWithAcceptedRisks => Exit::Done,
    })
}

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

fn tell_sheet(arguments: &Vet, told: &SheetTold<'_>) -> Outcome<()> {
    let document = page::sheet_document(told);
    if let Some(out) = &arguments.out {
        page::write(&document, out)?;
    }
    if arguments.json {
        print_json(&page::sheet_data(told))
    } else {
        page::summarize(&document)
    }
}
