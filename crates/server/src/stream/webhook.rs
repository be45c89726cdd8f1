//! Alerts by HTTP, away from who makes them: one that is not taken is sent again, later and later, and meanwhile others wait.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use ureq::Agent;

use super::tail::Stop;

/// Alerts that may wait.
const WAITING_MAX: usize = 10_000;
/// For one request, from its first byte to the answer.
const REQUEST: Duration = Duration::from_secs(10);
/// Before the first repetition; each further one waits for twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Before any repetition, at most.
const LAST_WAIT: Duration = Duration::from_mins(1);

/// The thread that sends.
pub(super) struct Webhook {
    sender: SyncSender<String>,
    thread: JoinHandle<()>,
    stop: Arc<Stop>,
}

impl Webhook {
    /// Starts to send to this URL.
    pub(super) fn start(url: &str, token: Option<&str>) -> io::Result<Self> {
        let (sender, alerts) = sync_channel(WAITING_MAX);
        let stop = Arc::new(Stop::default());
        let sending = Sending {
            agent: Agent::config_builder()
                .timeout_global(Some(REQUEST))
                .max_redirects(0)
                .build()
                .into(),
            url: url.to_owned(),
            authorization: token.map(|token| format!("Bearer {token}")),
            stop: Arc::clone(&stop),
        };
        let thread = std::thread::Builder::new().name("webhook".to_owned());
        let thread = thread.spawn(move || sending.run(&alerts))?;
        Ok(Self {
            sender,
            thread,
            stop,
        })
    }

    /// Hands over an alert; returns whether there was room.
    pub(super) fn send(&self, alert: String) -> bool {
        self.sender.try_send(alert).is_ok()
    }

    /// Waits until all are sent, but no longer than that.
    pub(super) fn end(self, most: Duration) {
        drop(self.sender);
        let (done, waiting) = sync_channel::<()>(1);
        let stop = self.stop;
        let joining = self.thread;
        let joined = std::thread::spawn(move || {
            drop(joining.join());
            drop(done);
        });
        if waiting.recv_timeout(most) == Err(RecvTimeoutError::Timeout) {
            stop.end();
        }
        drop(joined.join());
    }
}

struct Sending {
    agent: Agent,
    url: String,
    authorization: Option<String>,
    stop: Arc<Stop>,
}

impl Sending {
    fn run(&self, alerts: &Receiver<String>) {
        for alert in alerts {
            if !self.send(&alert) {
                let alerts = 1 + alerts.try_iter().count();
                tracing::error!(
                    alerts,
                    "the webhook was not told of these: the end came before"
                );
                return;
            }
        }
    }

    /// Sends an alert until it is taken; returns whether it was before the end.
    fn send(&self, alert: &str) -> bool {
        let mut wait = FIRST_WAIT;
        let mut is_over = self.stop.wait(Duration::ZERO);
        while !is_over {
            let Err(error) = self.post(alert) else {
                return true;
            };
            tracing::warn!(error = %error, "the webhook did not take an alert");
            is_over = self.stop.wait(wait);
            wait = (2 * wait).min(LAST_WAIT);
        }
        false
    }

    fn post(&self, alert: &str) -> Result<(), ureq::Error> {
        let mut request = self.agent.post(&self.url).content_type("application/json");
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        request.send(alert).map(drop)
    }
}
