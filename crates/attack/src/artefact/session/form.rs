//! A session's text as its lines, and back in the same form.
//!
//! Intake reads it; what is changed is written where it stood, so that keys, times and other members stay.

use serde_json::Value;

/// A session that can be written again.
pub(super) enum Form {
    /// A JSON list of texts or objects.
    List(Vec<Value>),
    /// One command a line.
    Lines(Vec<String>),
}

/// Keys of an object that hold its command, in the order in which intake looks for them.
const KEYS: [&str; 6] = [
    "command",
    "cmd",
    "input",
    "command_line",
    "commandline",
    "text",
];

impl Form {
    /// Reads a session.
    pub(super) fn read(text: &str) -> Self {
        let list = text
            .trim_start()
            .starts_with('[')
            .then(|| serde_json::from_str(text).ok());
        list.flatten().map_or_else(
            || Self::Lines(text.lines().map(str::to_owned).collect()),
            Self::List,
        )
    }

    /// Returns the places of commands with their texts.
    pub(super) fn commands(&self) -> Vec<(usize, &str)> {
        let commands: Vec<(usize, &str)> = match self {
            Self::List(members) => members
                .iter()
                .enumerate()
                .filter_map(|(place, member)| Some((place, command(member)?)))
                .collect(),
            Self::Lines(lines) => lines.iter().map(String::as_str).enumerate().collect(),
        };
        commands
            .into_iter()
            .filter(|(_, text)| !text.trim().is_empty())
            .collect()
    }

    /// Writes the session with another command at a place; `None` if the form cannot hold it.
    pub(super) fn with(self, place: usize, text: String) -> Option<String> {
        match self {
            Self::List(mut members) => {
                let member = members.get_mut(place)?;
                match member {
                    Value::Object(fields) => {
                        let key = KEYS
                            .iter()
                            .find(|key| fields.get(**key).is_some_and(Value::is_string))?;
                        fields.insert((*key).to_owned(), Value::String(text));
                    }
                    _ => *member = Value::String(text),
                }
                serde_json::to_string(&members).ok()
            }
            Self::Lines(mut lines) => {
                let line = lines.get_mut(place).filter(|_| !text.contains('\n'))?;
                *line = text;
                Some(lines.join("\n"))
            }
        }
    }

    /// Writes the session with one more command before a place. It has the time of the one that stands there.
    pub(super) fn with_more(self, place: usize, text: String) -> Option<String> {
        match self {
            Self::List(mut members) => {
                let copy = members.get(place)?.clone();
                members.insert(place, copy);
                Self::List(members).with(place, text)
            }
            Self::Lines(mut lines) => {
                lines.insert(place.min(lines.len()), String::new());
                Self::Lines(lines).with(place, text)
            }
        }
    }
}

/// Returns the command of a member of a list.
fn command(member: &Value) -> Option<&str> {
    match member {
        Value::String(text) => Some(text),
        Value::Object(fields) => KEYS.iter().find_map(|key| fields.get(*key)?.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ringtrue_core::Limits;
    use ringtrue_intake::session::Session;

    use super::*;

    fn lines(text: &str) -> Vec<(String, bool)> {
        let (session, _) = Session::parse(text, &Limits::default());
        session
            .lines
            .iter()
            .map(|line| (line.text.to_string(), line.time.is_some()))
            .collect()
    }

    #[test]
    fn intake_reads_what_was_changed_and_the_rest_as_it_was() {
        for text in [
            "[\"id\", \"ls -l\", \"w\"]",
            "[{\"time\": \"2024-05-01\", \"cmd\": \"id\"}, {\"ts\": 5, \"command\": \"ls -l\"}, \"w\"]",
            "id\nls -l\nw",
        ] {
            let before = lines(text);
            let form = Form::read(text);
            assert_eq!(
                form.commands()
                    .iter()
                    .map(|(_, text)| *text)
                    .collect::<Vec<_>>(),
                ["id", "ls -l", "w"]
            );
            let changed = lines(&form.with(1, "l''s".to_owned()).unwrap());
            assert_eq!(changed.len(), 3);
            assert_eq!((&changed[0], &changed[2]), (&before[0], &before[2]));
            assert_eq!(changed[1], ("l''s".to_owned(), before[1].1));
            let longer = lines(&Form::read(text).with_more(1, "df".to_owned()).unwrap());
            assert_eq!(longer[1], ("df".to_owned(), before[1].1));
            assert_eq!((&longer[0], &longer[2..]), (&before[0], &before[1..]));
        }
        assert_eq!(Form::read("a\nb").with(0, "x\ny".to_owned()), None);
    }
}
