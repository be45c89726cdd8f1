//! What sessions and histories owe, whatever the bytes are.

use ringtrue_core::Limits;
use ringtrue_intake::history::{History, HistoryKey, HistoryParameters, Observation};
use ringtrue_intake::session::{Form, Session, Step, append_signals, schema};

/// Reads a session under two sets of limits, and makes its row.
pub fn session(text: &str) {
    let small = Limits {
        session_commands_max: 3,
        ..Limits::default()
    };
    for limits in [small, Limits::default()] {
        let (session, issues) = Session::parse(text, &limits);
        assert_eq!(issues, Session::parse(text, &limits).1);
        assert!(session.lines.len() <= limits.session_commands_max);
        assert!(issues.len() <= 3, "one issue of a kind");
        for line in &session.lines {
            assert!(!line.text.trim().is_empty());
            assert!(session.form == Form::List || text.contains(&*line.text));
        }
        let programs: Vec<Vec<&str>> = session
            .lines
            .iter()
            .map(|line| line.text.split(' ').collect())
            .collect();
        let steps: Vec<Step<'_>> = session
            .lines
            .iter()
            .zip(&programs)
            .map(|(line, programs)| Step {
                text: &line.text,
                programs,
                time: line.time,
                ..Step::default()
            })
            .collect();
        let mut row = Vec::new();
        append_signals(&steps, &mut row);
        assert_eq!(row.len(), schema().signals.len());
        assert!(!row.iter().any(|value| value.is_infinite()));
    }
}

/// Reads a history back: what is read is written the same, and goes on.
pub fn history(bytes: &[u8]) {
    let Ok(mut history) = History::from_bytes(bytes, HistoryKey::public()) else {
        return;
    };
    assert_eq!(history.to_bytes(), bytes);
    let novelty = history.observe(&Observation {
        user: Some("ada"),
        host: Some("web"),
        names: &["ls", "id", "ls"],
        time: None,
    });
    assert!(novelty.user.events >= 0.0);
    assert!(History::from_bytes(&history.to_bytes(), HistoryKey::public()).is_ok());
}

/// Returns the bytes of a small history, to be damaged.
#[must_use]
pub fn sample_history() -> Vec<u8> {
    let parameters = HistoryParameters::default();
    let mut history = History::new(HistoryKey::public(), parameters, &Limits::default());
    for user in ["ada", "bob"] {
        history.observe(&Observation {
            user: Some(user),
            host: Some("web"),
            names: &["ls", "id", "make"],
            time: Some(ringtrue_core::EventTime::from_date(2024, 5, 1)),
        });
    }
    history.to_bytes()
}
