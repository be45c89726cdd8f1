//! `ringtrue vet`: is this data fit to learn from?

use std::path::Path;

use ringtrue_core::task::Reader;
use ringtrue_core::{Limits, Task, View, plural};
use ringtrue_vet::{Profile, Verdict};

use crate::applied::write_derived;
use crate::args::{Vet, VetPart};
use crate::commands::ingest::LABELLED;
use crate::commands::note;
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::files::expand;
use crate::gathered::{Gathered, Passed, Way, pass};
use crate::input::Reading;
use crate::out_file;
use crate::page::{self, SheetTold, VetTold};
use crate::revealed::Revealed;
use crate::vetted::{self, Place, Setting};

/// Runs the verb.
pub(crate) fn run(arguments: &Vet) -> Outcome {
    let files = expand(&arguments.files)?;
    let is_sheet = arguments.only == Some(VetPart::Profile);
    if files.is_empty() && !is_sheet {
        return Err(Failure::new("no file of events is named")
            .hint("`--only profile` makes a data sheet of profiles alone"));
    }
    let way = Way {
        looking: &arguments.looking,
        files: &files,
        needed: if is_sheet { &[] } else { &LABELLED },
        each: Kept::observe,
    };
    let mut passed = pass(&way, |task| Kept::new(arguments, task, is_sheet))?;
    if let Some(out) = &arguments.profile_out {
        let cannot = || format!("cannot write the profile `{}`", out.display());
        let document = passed.kept.profile.document().or_fail(cannot)?;
        out_file::write(out, &document, "the profile", &files)?;
    }
    finish(arguments, passed)
}

/// Runs the checks on what passed by, or tells its profile alone.
fn finish(arguments: &Vet, passed: Passed<Kept>) -> Outcome {
    let Passed {
        kept: Kept { profile, gathered },
        reading,
        sentences,
        set_aside,
    } = passed;
    let looking = &arguments.looking;
    let revealed = Revealed::new(&reading.task, looking.reader.map(Reader::from));
    if let Some(gathered) = gathered {
        let told = Told {
            sentences,
            set_aside,
            profile,
        };
        return checked(arguments, &reading, gathered, told);
    }
    let sheet = page::revealed_sheet(profile.finish(), revealed);
    let told = SheetTold {
        name: reading.task.name.as_str(),
        assumed: &sentences,
        set_aside,
        sheet: &sheet,
    };
    page::hand_over(
        looking,
        &page::sheet_document(&told),
        &page::sheet_data(&told),
    )?;
    Ok(Exit::Done)
}

/// What is kept of the events that pass by: all are profiled, and some gathered for the checks.
struct Kept {
    profile: Profile,
    gathered: Option<Gathered>,
}

impl Kept {
    fn new(arguments: &Vet, task: &Task, is_sheet: bool) -> Outcome<Self> {
        let gathered = || Gathered::new(task, arguments.sample as usize);
        Ok(Self {
            profile: merged(&arguments.profile_in)?,
            gathered: (!is_sheet).then(gathered).transpose()?,
        })
    }

    fn observe(&mut self, row: u64, view: &View<'_>) {
        self.profile.observe(view);
        if let Some(gathered) = &mut self.gathered {
            gathered.observe(&view.event(), row);
        }
    }
}

const PROFILE_HINT: &str =
    "`ringtrue vet --only profile --profile-out FILE EVENTS...` writes a profile that can be read";

/// Reads profiles that were written before, and merges them in order.
fn merged(files: &[impl AsRef<Path>]) -> Outcome<Profile> {
    let limits = Limits::default();
    let mut profile = Profile::new(&limits);
    for file in files {
        let cannot = || format!("cannot read the profile `{}`", file.as_ref().display());
        let mend = |failure: Failure| failure.hint(PROFILE_HINT);
        let text = std::fs::read_to_string(file)
            .or_fail(cannot)
            .map_err(mend)?;
        let read = Profile::of_document(&text, &limits).or_fail(cannot);
        profile = profile.merge(read.map_err(mend)?);
    }
    Ok(profile)
}

/// What is told beside the checks.
struct Told {
    sentences: Vec<String>,
    set_aside: u64,
    profile: Profile,
}

/// Runs the checks on what was gathered.
fn checked(arguments: &Vet, reading: &Reading, gathered: Gathered, told: Told) -> Outcome {
    let looking = &arguments.looking;
    gathered.check_labelled()?;
    let Told {
        mut sentences,
        set_aside,
        profile,
    } = told;
    sentences.extend(gathered.sentences());
    let setting = Setting {
        task: &reading.task,
        now: reading.now,
        seed: looking.seed,
        threads: looking.threads,
        revealed: Revealed::new(&reading.task, looking.reader.map(Reader::from)),
        place: Place::OfInput,
    };
    let vetted = vetted::run(gathered, profile, &setting)?;
    sentences.extend(vetted.vetting.idle.iter().cloned());
    let told = VetTold {
        vetted: &vetted,
        task: &reading.task,
        assumed: &sentences,
        set_aside,
    };
    page::hand_over(looking, &page::vet_document(&told), &page::vet_data(&told))?;
    if let (true, Some(task)) = (arguments.apply, &looking.reading.task) {
        let written = write_derived(task, &vetted.derived)?;
        let columns = plural(written as u64, "derived column is", "derived columns are");
        note(&format!("{columns} written into `{}`", task.display()));
    }
    Ok(match vetted.vetting.verdict {
        Verdict::NotFit => Exit::No,
        Verdict::Fit | Verdict::FitWithAcceptedRisks => Exit::Done,
    })
}
