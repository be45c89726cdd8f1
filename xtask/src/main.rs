//! The project's chores, one file a verb; `./x VERB` runs them with the tools in place.
//!
//! Everything that must hold before a change is merged is `test`, cheapest first. Nothing here is
//! linked into the product.

mod bench;
mod conformance;
mod demo;
mod layers;
mod process;
mod purity;
mod sources;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process::Project;

const HELP: &str = "\
./x demo            simulate nine months of URLs, train and judge a detector, write its report
./x test            everything a change must pass: format, tidy, layers, clippy, tests, documents
./x test --quick    the tests alone
./x ci              the same as `test`
./x layers          are the crates' dependencies the allowed ones, and the pure crates pure?
./x tidy            the rules of the source text
./x bench           run the benches";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            process::complain(&format!("error: {error:#}"));
            ExitCode::from(2)
        }
    }
}

fn run(words: &[&str]) -> Result<()> {
    if let [] | ["help" | "--help" | "-h"] = words {
        process::say(HELP);
        return Ok(());
    }
    let project = Project::find()?;
    match words {
        ["demo"] => demo::run(&project),
        ["test" | "ci"] => test::run(&project, test::Extent::Everything),
        ["test" | "ci", "--quick"] => test::run(&project, test::Extent::TestsOnly),
        ["layers"] => layers::run(&project),
        ["tidy"] => tidy::run(&project),
        ["bench"] => bench::run(&project),
        _ => bail!("unknown verb: {}\n\n{HELP}", words.join(" ")),
    }
}
