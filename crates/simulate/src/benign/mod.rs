//! Benign habits: one file per kind of site, each of which writes one URL of a site.
//!
//! ```text
//!   site (number) + scene (day, season, fashion) + random source ──► habit ──► URL text
//! ```

mod api;
mod asset;
mod device;
mod forum;
mod habit;
mod hosted;
mod login;
mod news;
mod portal;
mod shop;
mod shortener;
mod tracking;
mod wiki;

pub(crate) use habit::Habit;
