//! Who is told of flagged events: a file of one JSON object a line, and a webhook.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ringtrue_core::Action;
use serde::Deserialize;
use thiserror::Error;

use super::alert::Subject;
use super::webhook::Webhook;
use crate::clock::now;
use crate::engine::Told;
use crate::metrics::Metrics;

/// Who is told of what.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AlertOptions {
    /// What is done with events of which people are told.
    pub actions: Vec<Action>,
    /// A file to which alerts are added, one JSON object a line.
    pub file: Option<PathBuf>,
    /// A URL to which alerts are sent, one a request.
    pub webhook: Option<String>,
    /// A file with the secret that the webhook is sent as `Authorization: Bearer SECRET`.
    pub webhook_token: Option<PathBuf>,
}

impl Default for AlertOptions {
    fn default() -> Self {
        Self {
            actions: vec![Action::Review, Action::Block],
            file: None,
            webhook: None,
            webhook_token: None,
        }
    }
}

/// Why nobody can be told.
#[derive(Debug, Error)]
#[error("`{path}` cannot be used for alerts")]
pub struct AlertError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// A file of alerts.
struct AlertFile {
    file: File,
    /// Its last line may be a part of one.
    is_torn: bool,
}

impl AlertFile {
    /// Adds a line in one piece, so that whoever reads along sees whole lines.
    fn add(&mut self, alert: &str) -> io::Result<()> {
        let start = if self.is_torn { "\n" } else { "" };
        let written = self.file.write_all(format!("{start}{alert}\n").as_bytes());
        self.is_torn = written.is_err();
        written
    }
}

/// Tells of flagged events.
pub struct Alerter {
    actions: Vec<Action>,
    file: Option<Mutex<AlertFile>>,
    webhook: Option<Webhook>,
}

impl Alerter {
    /// Opens the file and starts the webhook's thread.
    ///
    /// # Errors
    ///
    /// [`AlertError`] if a file does not open or read.
    pub fn open(options: &AlertOptions) -> Result<Self, AlertError> {
        let file = options.file.as_ref().map(|path| {
            let opened = OpenOptions::new().append(true).create(true).open(path);
            let opened = opened.map(|file| AlertFile {
                file,
                is_torn: false,
            });
            opened.map(Mutex::new).map_err(|source| AlertError {
                path: path.clone(),
                source,
            })
        });
        let token = options.webhook_token.as_ref().map(|path| {
            let read = std::fs::read_to_string(path);
            read.map_err(|source| AlertError {
                path: path.clone(),
                source,
            })
        });
        let token = token.transpose()?;
        let webhook = options.webhook.as_ref().map(|url| {
            Webhook::start(url, token.as_deref().map(str::trim)).map_err(|source| AlertError {
                path: PathBuf::from(url),
                source,
            })
        });
        Ok(Self {
            actions: options.actions.clone(),
            file: file.transpose()?,
            webhook: webhook.transpose()?,
        })
    }

    /// Tells of a verdict, if it is one of those that people are told of.
    pub(super) fn tell(&self, metrics: &Metrics, subject: &Subject, told: &Told) {
        if !self.actions.contains(&told.answer.action) {
            return;
        }
        metrics.alert();
        let alert = subject.alert(told, now()).to_string();
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = file.add(&alert) {
                metrics.alert_lost();
                tracing::error!(error = %error, "an alert could not be written");
            }
        }
        if let Some(webhook) = &self.webhook
            && !webhook.send(alert)
        {
            metrics.alert_lost();
            tracing::error!("an alert found no room: the webhook does not take them");
        }
    }

    /// Gives the webhook so long to take what still waits.
    pub fn end(self, most: Duration) {
        if let Some(webhook) = self.webhook {
            webhook.end(most);
        }
    }
}
