//! A server from its start to its end: log, engine, listener, and other detectors that take over.
//!
//! ```text
//!   start ─► log opened ─► engine ─► listening, following ─┬─ SIGHUP ─► configuration, certificates and detectors anew
//!                                               ├─ the alias stands for another detector ─► load, swap
//!                                               ├─ other stopgaps stand ─► put in force
//!                                               └─ SIGTERM, SIGINT ─► drain ─► engine ends ─► log synced
//! ```

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use ringtrue_core::{Digest, Kind};
use ringtrue_store::StoreError;
use ringtrue_store::filesystem::{FileSystem as _, RealFileSystem, write_secret};
use thiserror::Error;
use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};

use crate::clock::now;
use crate::config::{Config, ConfigError};
use crate::engine::{Detectors, Engine};
use crate::http::{Certificates, Listener, Server, serve};
use crate::ledger::Ledger;
use crate::metrics::Metrics;
use crate::milter;
use crate::retention::{self, Keeper, Policy, TakenOut};
use crate::settings::Settings;
use crate::stopgaps::Stopgaps;
use crate::stream::{
    AlertError, Alerter, FollowError, FollowOptions, StandardError, Stop, follow, standard,
};

/// How often it is asked whether the alias stands for another detector by now.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// Where detectors come from.
pub trait Origin: Send + Sync + 'static {
    /// Reads the detectors as they are now.
    ///
    /// # Errors
    ///
    /// Why not, in a sentence.
    fn load(&self) -> Result<Detectors, String>;

    /// Reads the configuration as it is now.
    ///
    /// # Errors
    ///
    /// Why not, in a sentence.
    fn config(&self) -> Result<Config, String>;

    /// Returns what is to decide now of the events of a task; `None` if nobody can tell.
    fn standing(&self, task: &str) -> Option<Standing>;
}

/// What is to decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The id of the detector; `None` if only [`Origin::load`] tells.
    pub champion: Option<Digest>,
    /// What is stopped beside it.
    pub stopgaps: Stopgaps,
}

/// What a server is made of.
pub struct Setup {
    /// How it behaves.
    pub config: Config,
    /// The folder of the verdict log, which is made if need be.
    pub log: PathBuf,
    /// The folder of the store that keeps what events were ([`crate::feedback`]); `None` if nobody is asked.
    pub labels: Option<PathBuf>,
    /// The detectors that it starts with.
    pub detectors: Detectors,
    /// Where others come from.
    pub origin: Arc<dyn Origin>,
    /// By what it is asked.
    pub door: Door,
}

/// By what a server is asked.
pub enum Door {
    /// HTTP, and mail servers if the configuration says so; this is told where it listens, once it does.
    Http(Box<dyn FnOnce(&Listening)>),
    /// Standard input, one JSON object a line, until it ends; verdicts go here.
    Standard(Box<dyn Write + Send>),
}

/// Where a server listens.
#[derive(Clone, Debug)]
pub struct Listening {
    /// For HTTP.
    pub http: SocketAddr,
    /// For mail servers, as the configuration writes it; `None` if none asks.
    pub milter: Option<String>,
}

/// Why a server did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Its configuration does not hold.
    #[error("the configuration does not hold")]
    Config(#[from] ConfigError),
    /// The verdict log does not open.
    #[error("the verdict log in `{path}` does not open")]
    Log {
        /// Its folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: Box<StoreError>,
    },
    /// It cannot listen.
    #[error("cannot listen at `{at}`")]
    Listen {
        /// Where.
        at: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It cannot listen for mail servers.
    #[error("cannot listen for mail servers, as `milter.listen` says")]
    Milter(#[source] io::Error),
    /// Mail servers ask, and the detector knows nothing of mails.
    #[error("the detector reads events of the kind `{0}`, and mail servers ask about mails")]
    NoMails(Kind),
    /// Nobody can be told of alerts.
    #[error(transparent)]
    Alerts(#[from] AlertError),
    /// A followed log cannot be read.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Standard input or output failed.
    #[error(transparent)]
    Standard(#[from] StandardError),
    /// The system refuses threads or signals.
    #[error("the system refuses what a server needs")]
    System(#[from] io::Error),
}

/// Serves until somebody asks for an end.
///
/// # Errors
///
/// [`StartError`] if it does not come to serving; after that nothing ends it but SIGTERM and SIGINT.
pub fn run(setup: Setup) -> Result<(), StartError> {
    setup.config.check()?;
    let kind = setup.detectors.champion.task.kind;
    if setup.config.milter.is_some() && kind != Kind::Email {
        return Err(StartError::NoMails(kind));
    }
    let waiting_max = setup.config.bounds.waiting;
    let metrics = Arc::new(Metrics::default());
    let opened = Ledger::open(Arc::new(RealFileSystem), &setup.log, Arc::clone(&metrics));
    let (ledger, torn) = opened.map_err(|source| StartError::Log {
        path: setup.log.clone(),
        source: Box::new(source),
    })?;
    if let Some(torn) = torn {
        tracing::warn!(
            bytes = torn.bytes,
            "an interrupted write at the end of the verdict log was cut off"
        );
    }
    let key = sample_key(&setup.log).map_err(|source| StartError::Log {
        path: setup.log.clone(),
        source: Box::new(source),
    })?;
    let settings = Settings::of(setup.config, key)?;
    let ledger = Arc::new(ledger);
    let engine = Engine::start(
        setup.detectors,
        Arc::clone(&ledger),
        Arc::clone(&metrics),
        waiting_max,
    )?;
    let alerter = Alerter::open(&settings.config.alerts)?;
    let state = setup.log.clone();
    let kept = Arc::clone(&ledger);
    let log = (ledger, setup.log);
    let server = Server::new(engine, log, metrics, settings, setup.labels);
    let running = Running {
        server: Arc::new(server),
        origin: setup.origin,
        key,
        stop: Arc::new(Stop::default()),
    };
    // Which detector decides was settled before.
    running.standing();
    let runtime = Builder::new_multi_thread().enable_all().build()?;
    let ended = thread::scope(|scope| {
        running.look_after_log(scope, &kept, &state);
        let followed = running.follow_logs(scope, &alerter, &state);
        let ended = match setup.door {
            Door::Http(listening) => runtime.block_on(running.serve(listening)),
            Door::Standard(output) => runtime.block_on(running.stand(output)),
        };
        running.stop.end();
        let followed = followed
            .into_iter()
            .map(|thread| thread.join().unwrap_or(Ok(())));
        let followed: Result<Vec<()>, FollowError> = followed.collect();
        ended.and_then(|()| Ok(followed.map(drop)?))
    });
    let drain = running.server.settings().get().config.bounds.drain_seconds;
    alerter.end(Duration::from_secs(drain));
    // A thread may still wait for standard input.
    runtime.shutdown_background();
    tracing::info!("ended");
    ended
}

/// Returns the secret that draws the audit sample: it stays with the log, so that an event is drawn after a new start as before.
fn sample_key(log: &Path) -> Result<[u8; 32], StoreError> {
    let path = log.join("sample.key");
    let failed = |source| StoreError::Io {
        action: "read",
        path: path.clone(),
        source,
    };
    match std::fs::read(&path) {
        Ok(bytes) => bytes.try_into().map_err(|_| {
            let source = io::Error::new(io::ErrorKind::InvalidData, "it has not 32 bytes");
            failed(source)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = RealFileSystem.random().map_err(failed)?;
            write_secret(&path, &key)?;
            Ok(key)
        }
        Err(error) => Err(failed(error)),
    }
}

/// A server while it runs.
#[derive(Clone)]
struct Running {
    server: Arc<Server>,
    origin: Arc<dyn Origin>,
    /// Draws the audit sample, also under another configuration.
    key: [u8; 32],
    stop: Arc<Stop>,
}

/// Ends whoever follows, once it goes.
struct Ends<'a>(&'a Stop);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Running {
    /// Follows each log on a thread of its own. One that cannot be followed is told, and ends the server.
    fn follow_logs<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        alerter: &'scope Alerter,
        state: &'scope Path,
    ) -> Vec<thread::ScopedJoinHandle<'scope, Result<(), FollowError>>> {
        let settings = self.server.settings().get();
        let logs = settings.config.follow.clone().into_iter();
        let start = |options: FollowOptions| {
            scope.spawn(move || {
                // Also if it panics.
                let _ends = Ends(&self.stop);
                follow((&self.server, &self.stop), &options, alerter, state)
            })
        };
        logs.map(start).collect()
    }

    /// Takes out of the log what it keeps no longer, on a thread of its own.
    fn look_after_log<'scope>(
        &'scope self,
        scope: &'scope thread::Scope<'scope, '_>,
        ledger: &'scope Ledger,
        log: &'scope Path,
    ) {
        scope.spawn(move || {
            let mut keeper = Keeper::new(Arc::new(RealFileSystem), log);
            loop {
                self.take_out(&mut keeper, ledger);
                if self.stop.wait(retention::EVERY) {
                    return;
                }
            }
        });
    }

    fn take_out(&self, keeper: &mut Keeper, ledger: &Ledger) {
        let detectors = self.server.engine().detectors();
        let policy = Policy {
            log: self.server.settings().get().config.log,
            task: &detectors.champion.task,
        };
        let now = now();
        if keeper.closes(&policy, now) {
            ledger.close_file();
        }
        match keeper.apply(&policy, now) {
            Ok(TakenOut {
                events: 0,
                files: 0,
            }) => {}
            Ok(TakenOut { events, files }) => {
                self.server.metrics().taken_out(events);
                tracing::info!(
                    events,
                    files,
                    "what the verdict log keeps no longer was taken out"
                );
            }
            Err(error) => {
                tracing::error!(error = %error, "the verdict log keeps what it should keep no longer");
            }
        }
    }

    /// Answers HTTP until somebody asks for an end.
    async fn serve(&self, listening: Box<dyn FnOnce(&Listening)>) -> Result<(), StartError> {
        let end = self.end()?;
        let hangup = signal(SignalKind::hangup())?;
        let settings = self.server.settings().get();
        let at = settings.config.listen;
        let failed = |source| StartError::Listen { at, source };
        let listener = Listener::bind(at, settings.config.tls.as_ref()).await;
        let listener = listener.map_err(failed)?;
        let address = listener.address().map_err(failed)?;
        let certificates = Some(listener.certificates());
        let following = tokio::spawn(follow_origin(self.clone(), certificates, hangup));
        let mails = settings.config.milter.as_ref().map(milter::Listener::bind);
        let mails = mails.transpose().map_err(StartError::Milter)?;
        let at = Listening {
            http: address,
            milter: mails.as_ref().map(milter::Listener::address).transpose()?,
        };
        tracing::info!(%address, milter = at.milter, "listening");
        listening(&at);
        let server = || Arc::clone(&self.server);
        let filtering = match mails {
            Some(mails) => {
                let filtering = milter::serve(server(), mails, self.end()?);
                Some(tokio::spawn(filtering))
            }
            None => None,
        };
        serve(server(), listener, end).await;
        if let Some(filtering) = filtering {
            // A panic of the task was told where it happened.
            drop(filtering.await);
        }
        following.abort();
        Ok(())
    }

    /// Answers on standard output until standard input ends or somebody asks for an end.
    async fn stand(&self, mut output: Box<dyn Write + Send>) -> Result<(), StartError> {
        let end = self.end()?;
        let hangup = signal(SignalKind::hangup())?;
        let following = tokio::spawn(follow_origin(self.clone(), None, hangup));
        let (server, stop) = (Arc::clone(&self.server), Arc::clone(&self.stop));
        let standing = tokio::task::spawn_blocking(move || {
            standard(&server, &stop, io::stdin(), &mut *output)
        });
        let stood = tokio::select! {
            stood = standing => stood.unwrap_or(Ok(())),
            () = end => Ok(()),
        };
        following.abort();
        Ok(stood?)
    }

    /// Waits until somebody asks for an end, or a log cannot be followed any more.
    fn end(&self) -> io::Result<impl Future<Output = ()> + use<>> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let stop = Arc::clone(&self.stop);
        Ok(async move {
            let stopped = async {
                while !stop.wait(Duration::ZERO) {
                    tokio::time::sleep(ASK_AGAIN).await;
                }
            };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
                () = stopped => {}
            }
        })
    }
}

/// Takes over what is new, at SIGHUP and when the alias stands for another detector. What cannot be used changes nothing.
async fn follow_origin(
    running: Running,
    certificates: Option<Arc<Certificates>>,
    mut hangup: tokio::signal::unix::Signal,
) {
    // What could not be loaded is not tried again until the alias moves on.
    let mut refused = None;
    loop {
        let is_asked = tokio::select! {
            _ = hangup.recv() => true,
            () = tokio::time::sleep(ASK_AGAIN) => false,
        };
        let (running, certificates) = (running.clone(), certificates.clone());
        let looking = move || {
            if is_asked {
                running.reconfigure(certificates.as_deref());
            }
            running.reload(is_asked, refused)
        };
        refused = tokio::task::spawn_blocking(looking).await.unwrap_or(None);
    }
}

impl Running {
    /// Puts the configuration in force as it is now, with the certificates.
    fn reconfigure(&self, certificates: Option<&Certificates>) {
        let settings = self.origin.config().and_then(|config| {
            let now = self.server.settings().get();
            for name in now.needs_new_start(&config) {
                tracing::warn!(name, "takes a new start, and stays as it is until then");
            }
            let settings = Settings::of(config, self.key).map_err(|error| in_line(&error))?;
            if let (Some(tls), Some(certificates)) = (&settings.config.tls, certificates) {
                let read = certificates.reload(tls);
                read.map_err(|error| format!("the certificate does not read: {error}"))?;
            }
            Ok(settings)
        });
        match settings {
            Ok(settings) => {
                self.server.settings().replace(settings);
                tracing::info!("the configuration was read anew");
            }
            Err(reason) => tracing::error!(reason, "the configuration in use stays"),
        }
    }

    /// Puts the stopgaps that stand in force, and returns the detector that is to decide now. Where nobody can tell, those in force stay.
    fn standing(&self) -> Option<Digest> {
        let engine = self.server.engine();
        let detectors = engine.detectors();
        let Standing { champion, stopgaps } = self
            .origin
            .standing(&detectors.champion.detector.card.name)?;
        if *engine.stopgaps() != stopgaps {
            let count = stopgaps.len();
            engine.stop(stopgaps);
            tracing::info!(count, "other stopgaps are in force");
        }
        champion
    }

    /// Lets other detectors take over, if there are others or somebody asks for it; returns the one that could not be used.
    fn reload(&self, is_asked: bool, refused: Option<Digest>) -> Option<Digest> {
        let wanted = self.standing();
        let now = self.server.engine().detectors().champion.id;
        let is_new = wanted.is_some() && wanted != now && wanted != refused;
        if !(is_asked || is_new) {
            return refused;
        }
        match self.origin.load() {
            Ok(detectors) => {
                let id = detectors.champion.id.map(|id| id.short());
                self.server.engine().swap(detectors);
                tracing::info!(detector = id, "another detector took over");
                None
            }
            Err(reason) => {
                tracing::error!(reason, "the detector in use stays");
                wanted
            }
        }
    }
}

/// Returns an error with its causes in one line.
fn in_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let lines: Vec<String> = causes.map(ToString::to_string).collect();
    lines.join(": ")
}

/// Tells what happens to standard error, one JSON object a line, without anything of an event.
pub fn log_to_stderr() {
    let told = tracing_subscriber::fmt()
        .json()
        .with_writer(io::stderr)
        .with_target(false)
        .try_init();
    if let Err(error) = told {
        // Somebody in the process listens already: they are told.
        tracing::debug!(error = %error, "a listener was there");
    }
}
