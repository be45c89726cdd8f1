//! Rule files by their names: folders are looked through, each file is read once, and what cannot be read is told.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ringtrue_label::rules::{FILE_BYTES_MAX, RuleError, RuleSet};

use crate::failure::{Failure, OrFail, Outcome};

/// Returns the rule files that `names` stand for: files, and folders in which they end in `.toml`, at any depth.
pub(crate) fn files(names: &[PathBuf]) -> Outcome<Vec<PathBuf>> {
    let mut found = Found::default();
    for name in names {
        if name.is_dir() {
            let before = found.files.len();
            found.look_into(name)?;
            if found.files.len() == before {
                return Err(Failure::new(format!(
                    "the folder `{}` holds no rule file",
                    name.display()
                ))
                .hint("rule files end in .toml; `docs/guides/rules.md` shows one"));
            }
        } else {
            found.add(name)?;
        }
    }
    Ok(found.files)
}

/// Reads the rules of files.
pub(crate) fn read(files: &[PathBuf]) -> Outcome<RuleSet> {
    let mut texts = Vec::new();
    for file in files {
        texts.push((file.display().to_string(), text(file)?));
    }
    let texts = texts
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()));
    RuleSet::parse(texts).map_err(|errors| refused(&errors))
}

/// Reads a text that is no longer than a rule file may be: what is longer is cut one byte beyond, which its parser refuses.
pub(crate) fn text(file: &Path) -> Outcome<String> {
    let cannot = || format!("cannot read `{}`", file.display());
    let bytes_max = FILE_BYTES_MAX as u64 + 1;
    let mut bytes = Vec::new();
    let opened = File::open(file).or_fail(cannot)?;
    opened
        .take(bytes_max)
        .read_to_end(&mut bytes)
        .or_fail(cannot)?;
    let is_cut = bytes.len() > FILE_BYTES_MAX;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // A letter may have been cut in two, and its parser refuses the length.
        Err(error) if is_cut => Ok(String::from_utf8_lossy(error.as_bytes()).into_owned()),
        Err(error) => Err(Failure::new(cannot()).because(&error)),
    }
}

/// What was found, each file and folder once, by whatever names.
#[derive(Default)]
struct Found {
    files: Vec<PathBuf>,
    seen: BTreeSet<PathBuf>,
}

impl Found {
    fn is_new(&mut self, path: &Path) -> Outcome<bool> {
        let whole =
            fs::canonicalize(path).or_fail(|| format!("cannot read `{}`", path.display()))?;
        Ok(self.seen.insert(whole))
    }

    fn add(&mut self, file: &Path) -> Outcome<()> {
        if self.is_new(file)? {
            self.files.push(file.to_owned());
        }
        Ok(())
    }

    fn look_into(&mut self, folder: &Path) -> Outcome<()> {
        if !self.is_new(folder)? {
            return Ok(());
        }
        let cannot = || format!("cannot list the folder `{}`", folder.display());
        let mut entries = Vec::new();
        for entry in fs::read_dir(folder).or_fail(cannot)? {
            entries.push(entry.or_fail(cannot)?.path());
        }
        entries.sort();
        for path in entries {
            if path.is_dir() {
                self.look_into(&path)?;
            } else if path.extension().is_some_and(|it| it == "toml") {
                self.add(&path)?;
            }
        }
        Ok(())
    }
}

/// Problems that are shown.
const SHOWN_MAX: usize = 20;

/// Says that rules cannot be used, and why.
pub(crate) fn refused(errors: &[RuleError]) -> Failure {
    let mut failure = Failure::new("the rules cannot be used");
    let shown = errors.iter().take(SHOWN_MAX);
    failure.causes = shown.map(ToString::to_string).collect();
    let more = errors.len().saturating_sub(SHOWN_MAX);
    if more > 0 {
        failure.causes.push(format!("and {more} more"));
    }
    failure
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn folders_that_lead_to_themselves_are_looked_into_once() {
        let at = tempfile::tempdir().unwrap();
        let deep = (0..12).fold(at.path().to_owned(), |folder, _| folder.join("in"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("deep.toml"), "").unwrap();
        fs::write(at.path().join("flat.toml"), "").unwrap();
        for name in ["a", "b", "c"] {
            symlink(at.path(), deep.join(name)).unwrap();
        }
        let found = files(&[at.path().to_owned(), at.path().join("flat.toml")]).unwrap();
        let names: Vec<_> = found.iter().map(|it| it.file_name().unwrap()).collect();
        assert_eq!(names, ["flat.toml", "deep.toml"]);
    }

    #[test]
    fn a_link_to_nothing_is_told() {
        let at = tempfile::tempdir().unwrap();
        symlink("nowhere", at.path().join("lost.toml")).unwrap();
        let told = files(&[at.path().to_owned()]).unwrap_err().to_string();
        assert!(told.contains("lost.toml"), "{told}");
    }

    #[test]
    fn what_has_no_end_is_read_to_its_limit() {
        let text = text(Path::new("/dev/zero")).unwrap();
        assert_eq!(text.len(), FILE_BYTES_MAX + 1);
    }
}
