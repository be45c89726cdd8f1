//! `ringtrue serve`: verdicts over HTTP, on standard output and of followed logs, each logged before it is told.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_server::config::Config;
use ringtrue_server::engine::Detectors;
use ringtrue_server::run::{Door, Listening, Origin, Setup, Standing, StartError, log_to_stderr};
use ringtrue_server::stream::FollowOptions;
use ringtrue_store::StoreError;
use serde_json::json;

use crate::args::Serve;
use crate::commands::{note, print};
use crate::detector_folder::{self, Loaded};
use crate::failure::{Exit, Failure, OrFail, Outcome};
use crate::registry::{Named, promoted, standing, why_unfit};

/// The folder of a store's verdict log, in it.
pub(crate) const VERDICTS: &str = "logs/verdicts";

/// Runs the verb, until somebody asks for an end.
pub(crate) fn run(arguments: &Serve) -> Outcome {
    let log = folder(arguments.log.as_deref(), arguments.which.store.as_deref())?;
    let origin = Arc::new(Typed::of(arguments));
    // Read here, so that what is wrong with them is told in full.
    let config = origin.config()?;
    let detectors = origin.detectors()?;
    log_to_stderr();
    let is_json = arguments.json;
    let setup = Setup {
        config,
        log,
        labels: arguments.which.store.clone(),
        detectors,
        origin,
        door: if arguments.stdio {
            Door::Standard(Box::new(io::stdout()))
        } else {
            Door::Http(Box::new(move |at| tell(at, is_json)))
        },
    };
    ringtrue_server::run::run(setup).map_err(|error| {
        let hint = hint(&error);
        let failure = Failure::new("cannot serve").because(&error);
        match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    })?;
    Ok(Exit::Done)
}

fn tell(at: &Listening, is_json: bool) {
    let (http, milter) = (at.http.to_string(), at.milter.as_ref());
    let told = match (is_json, milter) {
        (true, None) => format!("{}\n", json!({"listening": http})),
        (true, Some(milter)) => format!("{}\n", json!({"listening": http, "milter": milter})),
        (false, None) => format!("listening on {http}\n"),
        (false, Some(milter)) => format!("listening on {http}, and for mail servers on {milter}\n"),
    };
    // Nobody who has gone ends a server.
    drop(print(&told));
}

const fn hint(error: &StartError) -> Option<&'static str> {
    match error {
        StartError::Listen { .. } => Some("choose another address with `--listen`"),
        StartError::Milter(_) => Some(
            "one server listens at an address, and a Unix socket needs a folder that it may write to",
        ),
        StartError::Log { source, .. } if matches!(**source, StoreError::Busy { .. }) => {
            Some("one server writes a log: name another folder with `--log`, or end the other one")
        }
        StartError::Log { .. } => Some(
            "`ringtrue doctor` with the same words looks at the log; verdicts that were told stand in it, so that no new one should take its place unlooked",
        ),
        StartError::Config(_) => Some("the guide `serve` lists what a configuration may say"),
        _ => None,
    }
}

/// Returns the folder of the verdict log.
pub(crate) fn folder(log: Option<&Path>, store: Option<&Path>) -> Outcome<PathBuf> {
    match (log, store) {
        (Some(log), _) => Ok(log.to_path_buf()),
        (None, Some(store)) => Ok(store.join(VERDICTS)),
        (None, None) => Err(Failure::new("there is no folder for the verdict log")
            .hint("name one with `--log DIR`, or the detector's store with `--store STORE`")),
    }
}

/// Detectors by what somebody typed.
pub(crate) struct Typed {
    champion: PathBuf,
    shadows: Vec<PathBuf>,
    canary: Option<PathBuf>,
    store: Option<PathBuf>,
    key: Option<PathBuf>,
    config: Option<PathBuf>,
    listen: Option<SocketAddr>,
    follow: Vec<FollowOptions>,
    is_unsigned: bool,
}

impl Typed {
    pub(crate) fn of(arguments: &Serve) -> Self {
        Self {
            champion: arguments.which.detector.clone(),
            shadows: arguments.shadow.clone(),
            canary: arguments.canary.clone(),
            store: arguments.which.store.clone(),
            key: arguments.key.clone(),
            config: arguments.config.clone(),
            listen: arguments.listen,
            follow: arguments.follow.clone(),
            is_unsigned: arguments.unsigned,
        }
    }

    fn named<'a>(&'a self, name: &'a Path) -> Named<'a> {
        Named {
            name,
            store: self.store.as_deref(),
        }
    }

    /// Reads the configuration.
    pub(crate) fn config(&self) -> Outcome<Config> {
        let mut config = match &self.config {
            None => Config::default(),
            Some(path) => {
                let cannot = || format!("cannot use the configuration `{}`", path.display());
                let text = std::fs::read_to_string(path).or_fail(cannot)?;
                Config::parse(&text).or_fail(cannot)?
            }
        };
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        config.follow.extend(self.follow.iter().cloned());
        if config.canary.share > 0.0 && self.canary.is_none() {
            return Err(
                Failure::new("`canary.share` is for a detector that is not named")
                    .hint("name it with `--canary DETECTOR`"),
            );
        }
        Ok(config)
    }

    /// Reads the detectors, and refuses what must not decide.
    pub(crate) fn detectors(&self) -> Outcome<Detectors> {
        let champion = self.read(&self.champion)?;
        if promoted(self.named(&self.champion))?.is_none() {
            self.may_be_tried(&self.champion, &champion)?;
        }
        let beside = |name: &PathBuf| {
            let loaded = self.read(name)?;
            if loaded.task.kind == champion.task.kind {
                return Ok(loaded);
            }
            Err(Failure::new(format!(
                "`{}` reads events of the kind `{}`, and the one that decides reads `{}`",
                name.display(),
                loaded.task.kind,
                champion.task.kind
            )))
        };
        let canary = self.canary.as_ref().map(|name| {
            let loaded = beside(name)?;
            is_fit(name, &loaded)?;
            Ok(loaded)
        });
        Ok(Detectors {
            canary: canary.transpose()?,
            shadows: self.shadows.iter().map(beside).collect::<Outcome<_>>()?,
            champion,
        })
    }

    fn read(&self, name: &Path) -> Outcome<Loaded> {
        detector_folder::read(self.named(name), self.key.as_deref())
    }

    /// Refuses what nobody promoted: unfit always, and fit unless it is to be tried.
    fn may_be_tried(&self, name: &Path, loaded: &Loaded) -> Outcome<()> {
        is_fit(name, loaded)?;
        if self.is_unsigned {
            note("warning: nobody promoted this detector: its verdicts are for trying");
            return Ok(());
        }
        let mut failure =
            Failure::new(format!("nobody promoted the detector `{}`", name.display()));
        failure.exit = Exit::No;
        Err(failure.hint(
            "`ringtrue promote` makes a detector the `champion` of a store; `--unsigned` serves one for trying",
        ))
    }
}

/// Refuses what is not fit to decide of anything.
fn is_fit(name: &Path, loaded: &Loaded) -> Outcome<()> {
    if loaded.detector.card.fit {
        return Ok(());
    }
    let name = name.display();
    let mut failure = Failure::new(format!("the detector `{name}` is not fit to be served"));
    failure.causes.push(why_unfit(&loaded.detector.card.gaps));
    failure.exit = Exit::No;
    Err(failure.hint("its report says what to mend"))
}

impl Origin for Typed {
    fn load(&self) -> Result<Detectors, String> {
        self.detectors().map_err(|failure| failure.in_line())
    }

    fn config(&self) -> Result<Config, String> {
        self.config().map_err(|failure| failure.in_line())
    }

    fn standing(&self, task: &str) -> Option<Standing> {
        standing(self.named(&self.champion), task).ok()
    }
}
