//! Hand: whether a person types, or a program or a pasted script speaks.

use ringtrue_core::signal::{Movable, Privacy};
use strsim::osa_distance;

use super::{Signal, Theme};
use crate::session::facts::Step;

/// Programs that are of use only to who looks at a screen, in order.
const SCREEN_PROGRAMS: [&str; 22] = [
    "clear", "emacs", "exit", "fg", "help", "history", "htop", "info", "jobs", "less", "logout",
    "man", "micro", "more", "nano", "reset", "screen", "tmux", "top", "vi", "vim", "watch",
];
/// Longer names are not compared for slips.
const SLIP_BYTES_MAX: usize = 24;

/// What tells hands from programs, as numbers of commands.
#[derive(Default)]
pub(in crate::session) struct Hand {
    screen: usize,
    slips: usize,
    chained: usize,
    operators: usize,
    by_path: usize,
}

impl Hand {
    pub(in crate::session) fn read(steps: &[Step<'_>]) -> Self {
        let mut hand = Self::default();
        let add = |count: &mut usize, more: usize| *count = count.saturating_add(more);
        for step in steps {
            let is_screen = |program: &&str| SCREEN_PROGRAMS.binary_search(program).is_ok();
            add(
                &mut hand.screen,
                usize::from(step.programs.iter().any(is_screen)),
            );
            let operators = operators(step.text);
            add(&mut hand.operators, operators);
            add(&mut hand.chained, usize::from(operators > 0));
            let text = step.text.trim_start();
            let by_path = text.starts_with('/') || text.starts_with("./");
            add(&mut hand.by_path, usize::from(by_path));
        }
        let pairs = steps.iter().zip(steps.iter().skip(1));
        hand.slips = pairs.filter(|(one, next)| is_slip(one, next)).count();
        hand
    }
}

/// Returns how many `;`, `|`, `||`, `&` and `&&` stand in a text, quoted or not.
fn operators(text: &str) -> usize {
    let mut count = 0_usize;
    let mut before = b' ';
    for byte in text.bytes() {
        // A doubled mark is one operator, and `>&` sends an output to another.
        let opens = matches!(byte, b';' | b'|' | b'&') && byte != before && before != b'>';
        count = count.saturating_add(usize::from(opens));
        before = byte;
    }
    count
}

/// Returns whether a command is the one before it with a slip in the program's name mended (`sl -l`, `ls -l`).
fn is_slip(one: &Step<'_>, next: &Step<'_>) -> bool {
    let (Some(wrong), Some(right)) = (one.programs.first(), next.programs.first()) else {
        return false;
    };
    let sizes = [wrong.len(), right.len()];
    if wrong == right || !sizes.iter().all(|size| (2..=SLIP_BYTES_MAX).contains(size)) {
        return false;
    }
    let rests = (
        one.text.trim().strip_prefix(*wrong),
        next.text.trim().strip_prefix(*right),
    );
    matches!(rests, (Some(one), Some(next)) if one == next) && osa_distance(wrong, right) == 1
}

pub(in crate::session) const THEME: Theme = Theme {
    name: "session_hand",
    together: &["session_extent"],
    privacy: Privacy::Derived,
    cost_minutes: 1.0,
    signals: &[
        Signal::share(
            "session_screen_share",
            "of the commands that are of use only at a screen (`less`, `clear`)",
            |facts| facts.share(facts.hand.screen),
        )
        .movable(Movable::Up),
        Signal::count(
            "session_slips",
            "of how often a slip of the hand was mended",
            |facts| facts.hand.slips as f32,
        )
        .movable(Movable::Up),
        Signal::share(
            "session_chained_share",
            "of the commands that chain several into one line",
            |facts| facts.share(facts.hand.chained),
        ),
        Signal::count(
            "session_operators",
            "of the mean number of chains and pipes in a command",
            |facts| facts.share(facts.hand.operators),
        ),
        Signal::share(
            "session_path_share",
            "of the commands that call a program by its path",
            |facts| facts.share(facts.hand.by_path),
        ),
    ],
};
