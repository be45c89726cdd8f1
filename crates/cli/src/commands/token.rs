//! `ringtrue token`: a secret that allows to ask a server. It is shown once and kept nowhere.

use ringtrue_core::Digest;
use ringtrue_store::{FileSystem as _, RealFileSystem};
use serde_json::json;

use crate::args::{ScopeName, Token};
use crate::commands::{print, print_json};
use crate::failure::{Exit, Failure, OrFail, Outcome};

/// Runs the verb.
pub(crate) fn run(arguments: &Token) -> Outcome {
    let name = &arguments.name;
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Failure::new("a token needs a name that reads in one line"));
    }
    let random = RealFileSystem.random();
    let random = random.or_fail(|| "cannot draw a secret".to_owned())?;
    let secret = Digest::from_bytes(random).to_string();
    let digest = Digest::of(secret.as_bytes());
    let scopes: Vec<&str> = arguments.scopes.iter().map(|scope| word(*scope)).collect();
    let lines = format!(
        "[[tokens]]\nname = {}\ndigest = \"{digest}\"\nscopes = {}\n",
        json!(name),
        json!(scopes)
    );
    if arguments.json {
        print_json(&json!({"secret": secret, "configuration": lines}))?;
    } else {
        print(&format!(
            "the secret, which is shown once: {secret}\n\nfor the server's configuration:\n\n{lines}"
        ))?;
    }
    Ok(Exit::Done)
}

const fn word(scope: ScopeName) -> &'static str {
    match scope {
        ScopeName::Score => "score",
        ScopeName::Explain => "explain",
        ScopeName::Feedback => "feedback",
        ScopeName::Verdicts => "verdicts",
        ScopeName::Metrics => "metrics",
    }
}
