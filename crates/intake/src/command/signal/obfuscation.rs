//! Obfuscation: what the shell undoes before it runs the command, which people seldom write.

use ringtrue_core::signal::{Movable, Privacy};

use super::{Facts, Signal, Theme, flag, share};

pub(super) const THEME: Theme = Theme {
    name: "obfuscation",
    together: &["structure", "random"],
    privacy: Privacy::Derived,
    cost_minutes: 2.0,
    signals: &[
        Signal::count(
            "needless_escapes",
            "letters are escaped without need",
            |facts| facts.command.disguise.needless_escapes as f32,
        ),
        Signal::count("broken_words", "quotes break words apart", |facts| {
            facts.command.disguise.broken_words as f32
        }),
        Signal::count("numbered_letters", "letters are given by number", |facts| {
            facts.command.disguise.numbered_letters as f32
        }),
        Signal::count(
            "variables_put_in",
            "variables of the line hold its words",
            |facts| facts.command.disguise.variables as f32,
        ),
        Signal::count(
            "separator_variables",
            "a variable stands for blanks",
            |facts| facts.command.disguise.separators as f32,
        ),
        Signal::count("brace_words", "braces make words", |facts| {
            facts.command.disguise.braces as f32
        }),
        Signal::count(
            "resolved_substitutions",
            "substitutions print what they stand for",
            |facts| facts.command.disguise.resolved as f32,
        ),
        Signal::count(
            "wildcard_paths",
            "wildcards hide well-known files",
            |facts| facts.command.disguise.wildcards as f32,
        ),
        Signal::count("decoding_steps", "text is decoded on the way", |facts| {
            facts.command.disguise.decoded as f32
        }),
        Signal::share(
            "quoted_share",
            "of the share of it that is quoted",
            |facts| share_of_raw(facts, facts.command.disguise.quoted_bytes),
        ),
        Signal::share(
            "comment_share",
            "of the share of it that is comment",
            |facts| share_of_raw(facts, facts.command.disguise.comment_bytes),
        )
        .movable(Movable::Up),
        Signal::share(
            "normalised_share",
            "of how much shorter or longer it is once read",
            |facts| {
                let (read, written) = (
                    facts.command.text.len() as f32,
                    facts.command.raw.len() as f32,
                );
                share(read.min(written), read.max(written))
            },
        ),
        Signal::count("controls", "control characters stand in it", |facts| {
            facts.command.disguise.controls as f32
        }),
        Signal::count("non_ascii", "letters beyond ASCII stand in it", |facts| {
            facts.raw.non_ascii as f32
        }),
        Signal::count(
            "parse_issues",
            "the shell could not read it as it stands",
            |facts| facts.command.issues as f32,
        ),
        Signal::flag("recovered", "a quote hides where code starts", |facts| {
            flag(facts.grammar.recovered > 0)
        }),
    ],
};

/// Returns the share of a line that so many bytes are; some are seen twice, as part of code within code.
fn share_of_raw(facts: &Facts<'_>, bytes: u32) -> f32 {
    let whole = facts.command.raw.len() as f32;
    share((bytes as f32).min(whole), whole)
}
