//! Personal data in what comes in: told before it is taken in, and rewritten inside mails.

pub mod inspect;
pub mod mail;
pub mod personal;
