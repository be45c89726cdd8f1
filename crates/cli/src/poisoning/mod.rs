//! Poisoning tried on a team's own events: plant, screen, learn, ask.
//!
//! ```text
//!   Ground (events to learn from, later ones to ask about) ──Aim──► planted events ──screen (vetting)──► what is learned
//!                                                                                                             │
//!                              Answer: share of what was to be hidden that passes ◄── detector, threshold ◄───┘
//! ```

mod aim;
mod ground;
mod lesson;

pub(crate) use aim::{Aim, Goal, column_of_words, largest_family};
pub(crate) use ground::Ground;
pub(crate) use lesson::{Lesson, Screens, Taught};
