//! Files that come and go: downloads, what is run of them, uploads.

use ringtrue_core::signal::Privacy;

use super::{Signal, Theme, flag};
use crate::command::action::Action;

pub(super) const THEME: Theme = Theme {
    name: "transfer",
    together: &["behaviour", "network"],
    privacy: Privacy::Derived,
    cost_minutes: 20.0,
    signals: &[
        Signal::flag("download", "it downloads something", |facts| {
            flag(facts.any(&[Action::Download, Action::DownloadByCode]))
        }),
        Signal::flag(
            "download_from_address",
            "it downloads from a bare address",
            |facts| flag(facts.any(&[Action::DownloadFromAddress])),
        )
        .raises(),
        Signal::flag(
            "download_to_temporary",
            "it downloads into a temporary folder, or a file for many processors",
            |facts| flag(facts.any(&[Action::DownloadToTemporary])),
        )
        .raises(),
        Signal::flag("download_run", "what it downloads is run", |facts| {
            flag(facts.any(&[Action::DownloadRun, Action::DownloadFileRun]))
        })
        .raises(),
        Signal::flag(
            "download_alternatives",
            "it tries several ways to download",
            |facts| flag(facts.any(&[Action::DownloadAlternatives])),
        )
        .raises(),
        Signal::flag(
            "legacy_transfer",
            "it fetches by a protocol that few use",
            |facts| flag(facts.any(&[Action::LegacyTransfer, Action::ScpProtocol])),
        ),
        Signal::flag("upload", "it sends a file away", |facts| {
            flag(facts.any(&[Action::Upload, Action::UploadOut, Action::DropSite]))
        }),
        Signal::flag("serve", "it offers files or a tunnel to others", |facts| {
            flag(facts.any(&[Action::Serve, Action::Tunnel]))
        }),
    ],
};
