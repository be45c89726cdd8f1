//! Gives the words of a statement their roles: what runs, what it is given, what belongs to the grammar.
//!
//! ```text
//!   then A=1 sudo -u joe /bin/sh -p x
//!   keyword assignment wrapper flag argument program flag argument
//! ```

use super::lexicon::{Wrapper, wrapper};
use super::variables::is_name;
use super::word::{Role, Word, base_name, cut};

/// What the next word may be.
#[derive(Clone, Copy)]
enum State {
    Start,
    /// Behind a wrapper: its options and own words come first.
    Wrapped {
        wrapper: &'static Wrapper,
        own: usize,
        value: bool,
    },
    /// Names only, as behind `for`.
    Names,
    Arguments,
}

/// Gives roles to `words` of one statement; those of redirections stay. Returns the place of the program.
pub(super) fn assign(text: &str, words: &mut [Word]) -> Option<usize> {
    let (mut state, mut program, mut last_wrapper) = (State::Start, None, None);
    for (place, word) in words.iter_mut().enumerate() {
        if matches!(word.role, Role::Redirection | Role::Target | Role::Keyword) {
            continue;
        }
        let letters = cut(text, word.start, word.end);
        (word.role, state) = step(state, letters, word.quoted);
        match word.role {
            Role::Program => program = Some(place),
            Role::Wrapper => last_wrapper = Some(place),
            _ => {}
        }
    }
    if program.is_none()
        && let Some(place) = last_wrapper
        && let Some(word) = words.get_mut(place)
    {
        word.role = Role::Program;
        program = last_wrapper;
    }
    program
}

fn step(state: State, letters: &str, quoted: bool) -> (Role, State) {
    match state {
        State::Arguments => (flag_or_argument(letters), State::Arguments),
        State::Names => (Role::Argument, State::Names),
        State::Start if !quoted && is_keyword(letters) => {
            let names = matches!(letters, "for" | "case" | "select" | "function");
            (
                Role::Keyword,
                if names { State::Names } else { State::Start },
            )
        }
        State::Start if is_assignment(letters) => (Role::Assignment, State::Start),
        State::Wrapped {
            wrapper,
            own,
            value: true,
        } => (
            Role::Argument,
            State::Wrapped {
                wrapper,
                own,
                value: false,
            },
        ),
        State::Wrapped { wrapper, own, .. } if letters.starts_with('-') => {
            let option = letters.trim_start_matches('-');
            let value = letters.len() == 2 && wrapper.values.contains(option);
            (
                Role::Flag,
                State::Wrapped {
                    wrapper,
                    own,
                    value,
                },
            )
        }
        State::Wrapped { .. } if is_assignment(letters) => (Role::Assignment, state),
        State::Wrapped {
            wrapper,
            own,
            value,
        } if own > 0 => (
            Role::Argument,
            State::Wrapped {
                wrapper,
                own: own.saturating_sub(1),
                value,
            },
        ),
        State::Start | State::Wrapped { .. } => match wrapper(base_name(letters)) {
            Some(wrapper) => (
                Role::Wrapper,
                State::Wrapped {
                    wrapper,
                    own: wrapper.own,
                    value: false,
                },
            ),
            None => (Role::Program, State::Arguments),
        },
    }
}

fn flag_or_argument(letters: &str) -> Role {
    if letters.len() > 1 && letters.starts_with(['-', '+']) {
        Role::Flag
    } else {
        Role::Argument
    }
}

fn is_keyword(letters: &str) -> bool {
    matches!(
        letters,
        "if" | "then"
            | "else"
            | "elif"
            | "fi"
            | "do"
            | "done"
            | "while"
            | "until"
            | "for"
            | "select"
            | "case"
            | "esac"
            | "in"
            | "{"
            | "}"
            | "!"
            | "function"
            | "coproc"
    )
}

fn is_assignment(letters: &str) -> bool {
    letters.split_once('=').is_some_and(|(name, _)| {
        let name = name.strip_suffix('+').unwrap_or(name);
        is_name(name.split_once('[').map_or(name, |(name, _)| name))
    })
}
