//! Writes an example page, to look at: `cargo run --release -p ringtrue-report --example preview -- page.html`.
//!
//! The figures are invented, in the shape of a trial of a URL detector. With `--format json|markdown|junit|terminal` before
//! the path, the other renderings are written.

mod plots;
mod sections;

use std::process::ExitCode;

use ringtrue_report::terminal::Colour;
use ringtrue_report::{html, json, junit, markdown, terminal};

#[expect(clippy::print_stderr, reason = "an example is a program of its own")]
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (format, path) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [path] => ("html", path.to_owned()),
        ["--format", format, path] => (format, path.to_owned()),
        _ => {
            eprintln!("usage: preview [--format html|json|markdown|junit|terminal] PATH");
            return ExitCode::from(2);
        }
    };
    let document = sections::document();
    let text = match format {
        "json" => json::render(&document).unwrap_or_default(),
        "markdown" => markdown::render(&document),
        "junit" => junit::render(&document),
        "terminal" => terminal::render(&document, Colour::Never),
        _ => html::render(&document),
    };
    match std::fs::write(&path, text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write `{path}`: {error}");
            ExitCode::from(2)
        }
    }
}
