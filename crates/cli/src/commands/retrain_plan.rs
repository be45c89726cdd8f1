//! `ringtrue retrain --plan`: how often a detector is trained anew, by what it would have cost.
//!
//! ```text
//!   files, or log, labels and events of a store ──► History ──retraining::plan──► CadenceTold ──► page, JSON, list
//! ```

use ringtrue_core::Task;

use crate::args::RetrainPlan;
use crate::commands::{now, print, serve};
use crate::detector_folder;
use crate::failure::{Exit, OrFail, Outcome};
use crate::journey::all_threads;
use crate::label_input::LabelSource;
use crate::label_store::existing;
use crate::page::{self, CadenceTold, Turned};
use crate::progress::Bar;
use crate::registry::Named;
use crate::retraining::{Gathering, Grid, History, Known, Replaying, WindowDays, replayed};

/// Runs the verb: 0 a cadence is recommended, 3 the history cannot tell.
pub(crate) fn run(arguments: &RetrainPlan) -> Outcome {
    let Read {
        events,
        task,
        assumed,
    } = read(arguments)?;
    let history = History::of(events, arguments.label_delay)?;
    let grid = Grid::over(
        &history,
        &arguments.cadences,
        (arguments.from, arguments.until),
    )?;
    let mut windows: Vec<WindowDays> = arguments.windows.clone();
    windows.sort_unstable();
    windows.dedup();
    let turned = Turned {
        looks: arguments.looks,
        review: task.costs.review,
        beside: arguments.training_cost,
    };
    let replaying = Replaying {
        task: &task,
        history: &history,
        grid: &grid,
        windows: &windows,
        floor: arguments.floor as usize,
        training: turned.cost(),
        seed: arguments.looking.seed,
    };
    let threads = arguments.looking.threads.unwrap_or_else(all_threads);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads as usize);
    let pool = pool
        .build()
        .or_fail(|| format!("{threads} threads cannot be started"))?;
    let bar = Bar::new("replaying", (grid.starts.len() * windows.len()) as u64);
    let planned = pool.install(|| replayed(&replaying, &|| bar.advance(1)))?;
    let told = CadenceTold {
        task: &task,
        history: &history,
        grid: &grid,
        planned: &planned,
        turned,
        floor: arguments.floor,
        assumed: &assumed,
    };
    let (document, data) = (page::cadence_document(&told), page::cadence_data(&told));
    page::hand_over(&arguments.looking, &document, &data)?;
    if !arguments.looking.json {
        print(&page::cadence_list(&told))?;
    }
    Ok(match planned.recommended {
        Some(_) => Exit::Done,
        None => Exit::CannotTell,
    })
}

/// What is replayed.
struct Read {
    events: Vec<Known>,
    task: Task,
    /// What was assumed, in sentences.
    assumed: Vec<String>,
}

fn read(arguments: &RetrainPlan) -> Outcome<Read> {
    let Some(store) = &arguments.store else {
        return of_files(arguments);
    };
    let named = Named {
        name: &arguments.against,
        store: Some(store),
    };
    let task = detector_folder::read(named, None)?.task;
    let gathering = Gathering {
        store: &existing(store)?,
        log: &serve::folder(arguments.log.as_deref(), Some(store))?,
        task: &task,
        as_of: now()?,
        // The window is what is asked about.
        window_days: 0,
        floor: 0,
        last: None,
    };
    Ok(Read {
        events: gathering.all()?,
        assumed: task.assumptions(),
        task,
    })
}

fn of_files(arguments: &RetrainPlan) -> Outcome<Read> {
    let source = LabelSource {
        looking: &arguments.looking,
        store: None,
        files: &arguments.files,
        sample: u32::MAX,
        needed: &[],
        as_of: None,
    };
    let read = source.read(None)?;
    let known = |event| Known {
        event,
        stands_for: 1.0,
    };
    Ok(Read {
        events: read.events.into_iter().map(|it| known(it.event)).collect(),
        task: read.task,
        assumed: read.assumed,
    })
}
