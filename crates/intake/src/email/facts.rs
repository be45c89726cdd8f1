//! What several signals of one message look at, gathered once.
//!
//! ```text
//!   Mail, options ─► one reading for each theme that needs one ─► Facts ─► signals
//! ```

use super::mail::Mail;
use super::signal::{authentication, identity, language, link, route, sender, subject, url, words};
use ringtrue_core::task::EmailOptions;

/// Everything that signals read.
pub(super) struct Facts<'mail> {
    pub(super) mail: &'mail Mail,
    pub(super) sender: sender::Sender,
    pub(super) subject: subject::Reading,
    pub(super) text: language::Reading,
    pub(super) words: words::Reading,
    pub(super) links: link::Reading,
    pub(super) urls: url::Worst,
    pub(super) route: route::Route,
    pub(super) identity: identity::Reading,
    pub(super) authentication: authentication::Results,
}

impl<'mail> Facts<'mail> {
    pub(super) fn gather(mail: &'mail Mail, options: &EmailOptions) -> Self {
        let route = if options.header_shape {
            route::Route::read(mail)
        } else {
            route::Route::default()
        };
        Self {
            mail,
            sender: sender::Sender::read(mail),
            subject: subject::Reading::read(mail),
            text: language::Reading::read(mail),
            words: words::Reading::read(mail),
            links: link::Reading::read(mail),
            urls: url::Worst::read(mail),
            identity: identity::Reading::read(mail, &route),
            authentication: authentication::Results::read(mail, options),
            route,
        }
    }
}
