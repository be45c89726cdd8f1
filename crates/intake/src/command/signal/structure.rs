//! How the command is built: statements, pipes, redirections, code within code.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Signal, Theme, share};

pub(super) const THEME: Theme = Theme {
    name: "structure",
    together: &["names"],
    privacy: Privacy::Derived,
    cost_minutes: 1.0,
    signals: &[
        Signal::bytes("command_bytes", "of the command's length", |facts| {
            facts.command.bytes as f32
        })
        .movable(Movable::Up),
        Signal::count("words", "of the number of words", |facts| {
            facts.grammar.words as f32
        })
        .movable(Movable::Up),
        Signal::count("statements", "of the number of statements", |facts| {
            facts.command.statements.len() as f32
        })
        .movable(Movable::Up),
        Signal::count(
            "longest_statement",
            "of the words of the longest statement",
            |facts| facts.grammar.longest_statement as f32,
        ),
        Signal::count(
            "pipeline",
            "of the length of the longest pipeline",
            |facts| facts.grammar.pipeline as f32,
        ),
        Signal::count("redirections", "of the number of redirections", |facts| {
            facts.grammar.redirections as f32
        }),
        Signal::count("descriptors", "file descriptors are joined", |facts| {
            facts.grammar.descriptors as f32
        }),
        Signal::count("silenced", "output is thrown away", |facts| {
            facts.grammar.to_null as f32
        }),
        Signal::count("background", "programs are left running", |facts| {
            facts.grammar.background as f32
        }),
        Signal::count(
            "alternatives",
            "something is done where something else fails",
            |facts| facts.grammar.alternatives as f32,
        ),
        Signal::count(
            "conjunctions",
            "something is done where something else works",
            |facts| facts.grammar.conjunctions as f32,
        ),
        Signal::count("sequences", "several things are done in turn", |facts| {
            facts.grammar.sequences as f32
        })
        .movable(Movable::Up),
        Signal::count(
            "keywords",
            "it is a script with choices or loops",
            |facts| facts.grammar.keywords as f32,
        ),
        Signal::count("nested_code", "code stands within code", |facts| {
            facts.grammar.nested as f32
        }),
        Signal::count(
            "code_depth",
            "of how deep code stands within code",
            |facts| facts.grammar.depth as f32,
        ),
        Signal::count("live_words", "parts are known only when it runs", |facts| {
            facts.grammar.live_words as f32
        }),
        Signal::share(
            "flag_share",
            "of the share of options among its words",
            |facts| share(facts.grammar.flags as f32, facts.grammar.words as f32),
        ),
        Signal::bytes(
            "longest_word",
            "of the length of its longest word",
            |facts| facts.grammar.longest_word as f32,
        ),
    ],
};
