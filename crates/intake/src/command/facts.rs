//! What several signals of one command look at, gathered once.
//!
//! ```text
//!   Command ─► counts of its grammar, tallies of its letters, its addresses and names ─► Facts ─► signals
//! ```

use super::action::Action;
use super::address::{self, Address};
use super::lexicon::{Class, class_of};
use super::parse::Command;
use super::shape::shortened;
use super::word::{Joint, Origin, Role, base_name};
use crate::url::randomness::likelihood;
use crate::url::tally::{Tally, tally};

/// Everything that signals read.
pub(super) struct Facts<'c> {
    pub(super) command: &'c Command,
    pub(super) raw: Tally,
    pub(super) grammar: Grammar,
    pub(super) network: Network,
    pub(super) names: Names,
}

/// How the command is built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Grammar {
    pub(super) words: u32,
    pub(super) longest_word: usize,
    pub(super) longest_statement: usize,
    pub(super) pipeline: u32,
    pub(super) redirections: u32,
    pub(super) descriptors: u32,
    pub(super) to_null: u32,
    pub(super) background: u32,
    pub(super) alternatives: u32,
    pub(super) conjunctions: u32,
    pub(super) sequences: u32,
    pub(super) live_words: u32,
    pub(super) flags: u32,
    pub(super) keywords: u32,
    pub(super) depth: usize,
    pub(super) nested: u32,
    pub(super) recovered: u32,
}

/// Where it leads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) addresses: u32,
    pub(super) disguised: u32,
    pub(super) internal: u32,
    pub(super) ports: u32,
    pub(super) unusual_ports: u32,
    pub(super) urls: u32,
    pub(super) address_urls: u32,
    pub(super) script_urls: u32,
    pub(super) user_hosts: u32,
}

/// What runs, and on what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Names {
    pub(super) first: Class,
    pub(super) last: Class,
    pub(super) kinds: u32,
    pub(super) unknown: u32,
    pub(super) absolute: u32,
    pub(super) relative: u32,
    pub(super) temporary: u32,
    pub(super) hidden: u32,
    pub(super) system: u32,
    pub(super) paths: u32,
    pub(super) wrappers: u32,
    pub(super) shells: u32,
    /// Bits a letter of the least wordlike name, NaN if none is long enough.
    pub(super) likelihood: f32,
    pub(super) program_likelihood: f32,
    pub(super) consonants: u32,
    pub(super) longest_mixed: u32,
}

const fn add(count: &mut u32, when: bool) {
    if when {
        *count = count.saturating_add(1);
    }
}

impl<'c> Facts<'c> {
    pub(super) fn gather(command: &'c Command) -> Self {
        Self {
            command,
            raw: tally(&command.raw),
            grammar: Grammar::look(command),
            network: Network::look(command),
            names: Names::look(command),
        }
    }

    pub(super) const fn has(&self, action: Action) -> bool {
        self.command.findings.all.has(action)
    }

    pub(super) fn any(&self, actions: &[Action]) -> bool {
        actions.iter().any(|action| self.has(*action))
    }
}

impl Grammar {
    fn look(command: &Command) -> Self {
        let mut found = Self {
            words: u32::try_from(command.words.len()).unwrap_or(u32::MAX),
            ..Self::default()
        };
        for word in &command.words {
            found.word(command.letters(word), word.role, word.live);
        }
        let mut run = 0_u32;
        for statement in &command.statements {
            run = if statement.joint == Joint::Pipe {
                run.saturating_add(1)
            } else {
                1
            };
            found.pipeline = found.pipeline.max(run);
            found.longest_statement = found
                .longest_statement
                .max(statement.last.saturating_sub(statement.first));
        }
        for layer in command.layers.iter().skip(1) {
            found.depth = found.depth.max(layer.depth);
            add(&mut found.nested, layer.origin != Origin::Recovered);
            add(&mut found.recovered, layer.origin == Origin::Recovered);
        }
        found
    }

    fn word(&mut self, letters: &str, role: Role, live: bool) {
        match role {
            Role::Operator => match letters {
                "&" => add(&mut self.background, true),
                "||" => add(&mut self.alternatives, true),
                "&&" => add(&mut self.conjunctions, true),
                ";" => add(&mut self.sequences, true),
                _ => {}
            },
            Role::Redirection => {
                add(&mut self.redirections, true);
                add(
                    &mut self.descriptors,
                    letters.ends_with('&') || letters.contains("<>"),
                );
            }
            Role::Target => add(&mut self.to_null, letters == "/dev/null"),
            Role::Flag => add(&mut self.flags, true),
            Role::Keyword => add(&mut self.keywords, true),
            _ => {}
        }
        add(&mut self.live_words, live);
        if role != Role::Body {
            self.longest_word = self.longest_word.max(letters.len());
        }
    }
}

/// Addresses that are read of one word.
const ADDRESSES_MAX: usize = 8;

impl Network {
    fn look(command: &Command) -> Self {
        let mut found = Self::default();
        let mut layers = command.layers.iter().skip(1).peekable();
        let mut is_seen = false;
        for (place, word) in command.words.iter().enumerate() {
            while let Some(layer) = layers.next_if(|layer| layer.first_word <= place) {
                // The text of other layers stands in a word of the layer around them, too.
                is_seen = !matches!(layer.origin, Origin::Decoded | Origin::Fed);
            }
            if is_seen || word.role == Role::Operator {
                continue;
            }
            let letters = command.letters(word);
            if letters.bytes().any(|byte| byte.is_ascii_digit()) {
                found.addresses_of(letters);
            }
            found.places(letters);
        }
        found
    }

    fn addresses_of(&mut self, letters: &str) {
        let mut from = 0_usize;
        for _ in 0..ADDRESSES_MAX {
            let Some(address) = address::find(letters, from) else {
                return;
            };
            from = address.end;
            self.see(&address, letters);
        }
    }

    fn see(&mut self, address: &Address, letters: &str) {
        add(&mut self.addresses, true);
        add(&mut self.disguised, address.spelling.is_disguised());
        add(&mut self.internal, address.is_internal());
        add(&mut self.ports, address.port.is_some());
        let usual = |port| {
            matches!(
                port,
                21 | 22 | 25 | 53 | 80 | 110 | 143 | 443 | 3_306 | 5_432 | 6_379 | 8_080 | 8_443
            )
        };
        add(
            &mut self.unusual_ports,
            address.port.is_some_and(|port| !usual(port)),
        );
        let before = letters.get(..address.start).unwrap_or("");
        add(&mut self.address_urls, before.ends_with("://"));
    }

    fn places(&mut self, letters: &str) {
        if let Some((_, behind)) = letters.split_once("://") {
            add(&mut self.urls, true);
            let end = behind
                .split(['?', '#', ' ', '"', '\''])
                .next()
                .unwrap_or("");
            let is_script = [".sh", ".py", ".pl", ".elf", ".bin", ".php", ".txt"]
                .iter()
                .any(|end_of| end.ends_with(end_of));
            add(&mut self.script_urls, is_script);
        } else if let Some((user, host)) = letters.split_once('@') {
            add(
                &mut self.user_hosts,
                !user.is_empty() && !host.is_empty() && !letters.contains(' '),
            );
        }
    }
}

/// Letters that a name must have for its likelihood to mean something.
const LETTERS_MIN: usize = 5;
/// Bytes of a name that are looked at.
const NAME_BYTES_MAX: usize = 64;

impl Names {
    fn look(command: &Command) -> Self {
        let mut found = Self {
            first: Class::Unknown,
            last: Class::Unknown,
            kinds: 0,
            unknown: 0,
            absolute: 0,
            relative: 0,
            temporary: 0,
            hidden: 0,
            system: 0,
            paths: 0,
            wrappers: 0,
            shells: 0,
            likelihood: f32::NAN,
            program_likelihood: f32::NAN,
            consonants: 0,
            longest_mixed: 0,
        };
        let mut kinds = 0_u64;
        let mut is_first = true;
        for word in &command.words {
            let letters = command.letters(word);
            match word.role {
                Role::Program => {
                    let class = class_of(base_name(letters));
                    if is_first {
                        found.first = class;
                    }
                    is_first = false;
                    found.last = class;
                    kinds |= 1_u64.wrapping_shl(class as u32);
                    found.program(letters, class);
                }
                Role::Wrapper => add(&mut found.wrappers, true),
                Role::Argument | Role::Target => found.argument(letters),
                _ => {}
            }
        }
        found.kinds = kinds.count_ones();
        found
    }

    fn program(&mut self, letters: &str, class: Class) {
        add(&mut self.unknown, class == Class::Unknown);
        add(&mut self.shells, class == Class::Shell);
        add(&mut self.absolute, letters.starts_with('/'));
        add(&mut self.relative, letters.starts_with("./"));
        self.argument(letters);
        if class == Class::Unknown {
            let name = base_name(letters);
            let value = likelihood(
                &shortened(name, NAME_BYTES_MAX).to_ascii_lowercase(),
                LETTERS_MIN,
            );
            self.program_likelihood = self.program_likelihood.min(value);
        }
    }

    fn argument(&mut self, letters: &str) {
        add(&mut self.paths, letters.contains('/'));
        if letters.starts_with('/') {
            let lies_in =
                |folders: &[&str]| folders.iter().any(|folder| letters.starts_with(folder));
            add(
                &mut self.temporary,
                lies_in(&["/tmp", "/var/tmp", "/dev/shm"]),
            );
            let is_system = lies_in(&[
                "/etc/", "/proc/", "/var/log", "/root", "/boot", "/sys/", "/dev/",
            ]);
            add(&mut self.system, is_system && letters != "/dev/null");
        }
        let name = base_name(letters);
        add(
            &mut self.hidden,
            name.len() > 2 && name.starts_with('.') && name != "..",
        );
        if name.len() < LETTERS_MIN || letters.contains([' ', '(']) {
            return;
        }
        let counts = tally(shortened(name, NAME_BYTES_MAX));
        self.consonants = self.consonants.max(counts.consonant_run);
        self.longest_mixed = self.longest_mixed.max(counts.case_switches);
        let stem = name.split('.').next().unwrap_or("");
        if stem
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        {
            self.likelihood = self
                .likelihood
                .min(likelihood(shortened(stem, NAME_BYTES_MAX), LETTERS_MIN));
        }
    }
}
