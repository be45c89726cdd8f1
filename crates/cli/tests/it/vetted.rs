//! Runs `ringtrue vet` for tests, and looks findings up in what it prints.

use std::path::PathBuf;

use serde_json::Value;

use crate::support::{folder, ringtrue};

/// What vetting printed.
pub(crate) struct Vetted(pub(crate) Value);

/// Vets files as a task says; `words` are further ones of the command line.
pub(crate) fn vet(task: &str, words: &str, files: &[PathBuf]) -> Vetted {
    let at = folder(&[("task.toml", task.as_bytes())]);
    let files: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    let line = format!("vet --task task.toml --json {words} {}", files.join(" "));
    let ran = ringtrue(at.path(), &line);
    Vetted(ran.json())
}

impl Vetted {
    /// Returns the findings of a check.
    pub(crate) fn of(&self, check: &str) -> Vec<&Value> {
        let findings = self.0["findings"].as_array().unwrap();
        findings.iter().filter(|it| it["check"] == check).collect()
    }

    /// Returns the findings with a code.
    pub(crate) fn coded(&self, code: &str) -> Vec<&Value> {
        let findings = self.0["findings"].as_array().unwrap();
        findings.iter().filter(|it| it["code"] == code).collect()
    }

    /// Returns the code and whether it blocks of the first finding of a check that names a column.
    pub(crate) fn about(&self, check: &str, column: &str) -> Option<(&str, bool)> {
        let names = |finding: &Value| {
            let columns = finding["subject"]["columns"].as_array();
            columns.is_some_and(|columns| columns.iter().any(|it| it == column))
        };
        let finding = self.of(check).into_iter().find(|it| names(it))?;
        Some((finding["code"].as_str()?, finding["blocking"].as_bool()?))
    }

    /// Returns the columns that findings of a check with these codes are about.
    pub(crate) fn columns(&self, codes: &[&str]) -> Vec<&str> {
        let found = codes.iter().flat_map(|code| self.coded(code));
        let columns = found.filter_map(|it| it["subject"]["columns"].as_array());
        columns.flatten().filter_map(Value::as_str).collect()
    }

    /// Returns the codes of a check's findings that block.
    pub(crate) fn blocking(&self, check: &str) -> Vec<&str> {
        let blocking = self
            .of(check)
            .into_iter()
            .filter(|it| it["blocking"] == true);
        blocking.filter_map(|it| it["code"].as_str()).collect()
    }
}
