//! Commands: shell lines, scripts and argument vectors, read as a shell would, turned into signals.
//!
//! ```text
//!   text ──Lexer──► words, statements ──► nested code (arguments, substitutions, decoded) ──Lexer──► ...
//!                        └─► actions of each statement (ATT&CK) ─► Facts ─► one value per declared signal
//! ```
//!
//! Nothing here runs, resolves or opens anything. Every walk is bounded by [`ringtrue_core::Limits`].

mod action;
mod address;
mod assembly;
mod braces;
mod code;
mod copies;
mod decode;
mod facts;
mod lexer;
mod lexicon;
mod parameter;
mod parse;
mod pipeline;
mod roles;
mod shape;
mod show;
mod signal;
mod stage;
pub mod text;
mod variables;
mod word;

pub use action::{KnownStatements, Technique};
pub use parse::{Command, ParseIssue};
pub use signal::{schema, signals, signals_of};
pub use word::Role;
