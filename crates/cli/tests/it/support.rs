//! What the tests share: the program, generated events, one trained detector.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::UNIX_EPOCH;

use tempfile::TempDir;

/// What a run of the program left.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Returns standard output as one JSON document.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout, self.stderr))
    }

    /// Checks the exit status, and shows what was said if it is another.
    pub(crate) fn exits(self, status: i32) -> Self {
        assert_eq!(self.status, status, "{}{}", self.stdout, self.stderr);
        self
    }

    /// Returns exit status and standard error without the usual assumptions, for a snapshot.
    pub(crate) fn told(&self) -> String {
        let mut told = format!("exit {}\n", self.status);
        for line in self.stderr.lines() {
            if !line.starts_with("assumed: ") {
                writeln!(told, "{line}").unwrap();
            }
        }
        told
    }
}

/// Puts `line [N]` for each line number.
pub(crate) fn without_line_numbers(text: &str) -> String {
    let mut parts = text.split("line ");
    let mut masked = parts.next().unwrap().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|character: char| character.is_ascii_digit());
        masked.push_str("line ");
        masked.push_str(if rest.len() < part.len() { "[N]" } else { "" });
        masked.push_str(rest);
    }
    masked
}

/// Returns the program, to be run in `folder`.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringtrue"));
    command
        .current_dir(folder)
        .env_remove("NO_COLOR")
        .stdin(Stdio::null());
    command
}

/// Runs the program in `folder` with these words, split at spaces.
pub(crate) fn ringtrue(folder: &Path, words: &str) -> Ran {
    Ran::of(
        program(folder)
            .args(words.split_whitespace())
            .output()
            .unwrap(),
    )
}

/// Runs a command that was made ready by [`program`].
pub(crate) fn run(command: &mut Command) -> Ran {
    Ran::of(command.output().unwrap())
}

/// Runs the program with these bytes on standard input.
pub(crate) fn ringtrue_fed(folder: &Path, words: &str, input: &[u8]) -> Ran {
    let mut child = program(folder)
        .args(words.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    feed(&mut child, input);
    Ran::of(child.wait_with_output().unwrap())
}

fn feed(child: &mut Child, input: &[u8]) {
    let mut stdin = child.stdin.take().unwrap();
    // A program that refuses early closes its end; what it says is what is tested.
    drop(stdin.write_all(input));
}

/// Returns an empty folder with these files in it.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// Returns every file under `root` by its path from there.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().display().to_string();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// Checks that a run without a result left no detector, no report and no event: only an empty store,
/// if that.
pub(crate) fn left_nothing(out: &Path) {
    let left: Vec<String> = tree(out).into_keys().collect();
    let whole = |name: &String| {
        name.starts_with("store/")
            && !["staging/", "segments/", "index/"]
                .iter()
                .any(|part| name.contains(part))
    };
    assert!(left.iter().all(whole), "half-written: {left:?}");
    assert_no_result(out);
}

/// Checks that there is neither detector nor report, whole or in part.
pub(crate) fn assert_no_result(out: &Path) {
    let left: Vec<String> = tree(out).into_keys().collect();
    assert!(
        left.iter()
            .all(|name| name.starts_with("store/") && !name.contains("staging/")),
        "half-written: {left:?}"
    );
}

/// Checks that two detectors are the same in every byte of every file.
pub(crate) fn assert_same_detector(one: &Path, other: &Path) {
    let (one, other) = (tree(one), tree(other));
    assert!(one.contains_key("detector.json"), "{:?}", one.keys());
    let differing: Vec<&String> = one
        .iter()
        .filter(|(name, bytes)| other.get(*name) != Some(bytes))
        .map(|(name, _)| name)
        .collect();
    assert!(differing.is_empty(), "these differ: {differing:?}");
    assert_eq!(one.len(), other.len());
}

/// What is made once.
pub(crate) struct Shared {
    root: PathBuf,
}

impl Shared {
    /// 6,000 simulated events over 6 months.
    pub(crate) fn events(&self) -> PathBuf {
        self.root.join("events.csv")
    }

    /// 2,500 simulated events over 4 months.
    pub(crate) fn few(&self) -> PathBuf {
        self.root.join("few.csv")
    }

    /// The folder of a run on [`Shared::events`].
    pub(crate) fn out(&self) -> PathBuf {
        self.root.join("out")
    }

    /// The detector of that run.
    pub(crate) fn detector(&self) -> PathBuf {
        self.root.join("out/detector")
    }
}

/// Events and a run on them, for all tests to read.
pub(crate) static SHARED: LazyLock<Shared> = LazyLock::new(|| {
    let root = made_once("shared", |root| {
        let words = "simulate url --events 6000 --months 6 --out events.csv";
        ringtrue(root, words).exits(0);
        let words = "simulate url --events 2500 --months 4 --out few.csv";
        ringtrue(root, words).exits(0);
        ringtrue(root, "run --kind url --out out events.csv").exits(0);
    });
    Shared { root }
});

/// The detector of a run on [`Shared::few`].
pub(crate) static FEW_DETECTOR: LazyLock<PathBuf> = LazyLock::new(|| {
    // Both are made under one lock.
    let events = SHARED.few();
    let root = made_once("few", |root| {
        let words = format!("run --kind url --out few {}", events.display());
        ringtrue(root, &words).exits(0);
    });
    root.join("few/detector")
});

/// Returns a folder that `make` has filled: by this process, or by an earlier one that ran the same program. Each test may be a
/// process of its own.
pub(crate) fn made_once(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ringtrue-it");
    let built = fs::metadata(env!("CARGO_BIN_EXE_ringtrue")).unwrap();
    let since = built.modified().unwrap().duration_since(UNIX_EPOCH);
    let key = format!("{}-{}", built.len(), since.unwrap().as_nanos());
    let root = all.join(&key).join(name);
    let done = all.join(&key).join(format!("{name}.done"));
    fs::create_dir_all(&all).unwrap();
    let lock = File::create(all.join("lock")).unwrap();
    lock.lock().unwrap();
    if !done.exists() {
        // What programs before this one made, or a process that was killed left, is of no use.
        let entries = fs::read_dir(&all).unwrap().flatten();
        for entry in entries.filter(|it| it.path().is_dir() && it.file_name() != key.as_str()) {
            fs::remove_dir_all(entry.path()).unwrap();
        }
        drop(fs::remove_dir_all(&root));
        fs::create_dir_all(&root).unwrap();
        make(&root);
        fs::write(&done, "").unwrap();
    }
    root
}

/// Returns the JSON documents of a text, one a line.
pub(crate) fn lines(stdout: &str) -> Vec<serde_json::Value> {
    stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}
