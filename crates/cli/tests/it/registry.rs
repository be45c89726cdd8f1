//! The registry from outside: detectors under ids, signatures, promotions, going back, and a record that shows every hand that
//! was laid on it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::LazyLock;

use insta::assert_snapshot;
use ringtrue_core::audit::{Alias, Authority, Entry, Move, Moved, Payload};
use ringtrue_core::metrics::Rate;
use ringtrue_core::{Digest, EventTime, Label, Task};
use ringtrue_store::{Decided, Store};
use ringtrue_trial::compare::Comparison;
use ringtrue_trial::compare::report::{Flip, FlipCounts, FlipKind};
use ringtrue_trial::gate::{Decision, GateCheck, GateReport, JudgedEvents, Side, Unit};
use tempfile::TempDir;

use crate::support::{SHARED, folder, made_once, program, ringtrue, tree};

const TASK: &str = "format = 1
name = \"links\"
kind = \"url\"

[gate.sign_offs]
task = [\"analyst\"]
gate = [\"analyst\", \"approver\"]
";

/// Three detectors of one task, for all tests to read.
static THREE: LazyLock<PathBuf> = LazyLock::new(|| {
    // Both are made under one lock.
    let events = SHARED.few();
    made_once("registry", |root| {
        fs::write(root.join("task.toml"), TASK).unwrap();
        for seed in 1..=3 {
            let words = format!(
                "run --task task.toml --retrain 0 --seed {seed} --out {seed} {}",
                events.display()
            );
            ringtrue(root, &words).exits(0);
        }
    })
});

/// A store with people and their keys.
pub(crate) struct Desk {
    at: TempDir,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let at = folder(&[("task.toml", TASK.as_bytes())]);
        let mut people = "format = 1\n".to_owned();
        for (name, role) in [
            ("ann", "analyst"),
            ("dan", "data_scientist"),
            ("cleo", "approver"),
        ] {
            let words = format!("sign --new-key {name}.key --as {name} --role {role}");
            people.push_str(&ringtrue(at.path(), &words).exits(0).stdout);
        }
        fs::write(at.path().join("people.toml"), people).unwrap();
        Self { at }
    }

    pub(crate) fn path(&self) -> &Path {
        self.at.path()
    }

    pub(crate) fn run(&self, words: &str) -> crate::support::Ran {
        ringtrue(self.path(), words)
    }

    fn detector(number: u8) -> String {
        THREE
            .join(format!("{number}/detector"))
            .display()
            .to_string()
    }

    /// Adds a detector and returns its id.
    pub(crate) fn add(&self, number: u8) -> String {
        let words = format!("detectors add {} --store s", Self::detector(number));
        self.run(&words).exits(0).stdout.trim().to_owned()
    }

    /// Writes a gate's report as the gate would.
    fn gate(&self, name: &str, old: &str, new: &str, passed: Option<bool>) {
        self.gate_of(TASK, name, (old, new), passed);
    }

    fn gate_of(&self, task: &str, name: &str, (old, new): (&str, &str), passed: Option<bool>) {
        let side = |id: &str| Side {
            detector: id.parse().unwrap(),
            name: "links".to_owned(),
            dataset: Digest::of(b"dataset"),
        };
        let judged = JudgedEvents {
            digest: Digest::of(b"events"),
            malicious: 300,
            benign: 3_000,
            unsure: 0,
        };
        let must_keep = Task::parse(task).unwrap().gate.must_keep;
        let check = |code: &str, subject: Option<String>| GateCheck {
            code: code.to_owned(),
            name: "asked".to_owned(),
            subject,
            passed,
            measured: Some(0.0),
            low: None,
            high: Some(0.01),
            limit: Some(0.01),
            unit: Unit::Share,
            more_events: None,
            says: "nothing is lost".to_owned(),
        };
        let always = ["G001", "G010", "G011", "G020", "G030"];
        let mut checks = always.map(|code| check(code, None)).to_vec();
        checks.extend(must_keep.into_iter().map(|name| check("G050", Some(name))));
        let mut comparison = Comparison::nothing(side(old), side(new), judged);
        comparison.counts = FlipCounts {
            newly_caught: 2,
            ..FlipCounts::default()
        };
        comparison.flips = vec![flip()];
        comparison.negative_flip_rate = None::<Rate>;
        let report = GateReport {
            format: 1,
            decision: ringtrue_trial::gate::decision(&checks),
            old: side(old),
            new: side(new),
            judged,
            task: Task::parse(task).unwrap().digest(),
            version: "0.0.0".to_owned(),
            checks,
            comparison,
        };
        assert_eq!(report.decision == Decision::Pass, passed == Some(true));
        fs::write(self.path().join(name), report.to_json().unwrap()).unwrap();
    }

    fn sign(&self, name: &str, what: &str) -> crate::support::Ran {
        self.run(&format!(
            "sign --as {name} --key {name}.key --store s {what}"
        ))
    }

    /// Adds a detector and makes it the champion, all demands met.
    fn crown(&self, number: u8) -> String {
        let id = self.add(number);
        self.gate("gate.json", &before(), &id, Some(true));
        self.sign("ann", "task=task.toml gate=gate.json").exits(0);
        self.sign("cleo", "gate=gate.json").exits(0);
        self.run(&format!("promote {id} --store s --gate gate.json"))
            .exits(0);
        id
    }

    fn verify(&self) -> crate::support::Ran {
        self.run("audit verify --store s --json")
    }

    /// Returns the codes of all that does not hold.
    fn codes(&self) -> Vec<String> {
        let found = self.verify().exits(1).json();
        let problems = found["problems"].as_array().unwrap();
        let codes = problems
            .iter()
            .map(|it| it["code"].as_str().unwrap().to_owned());
        codes.collect()
    }

    fn log(&self) -> PathBuf {
        self.path().join("s/logs/audit/00000000000000000000.log")
    }

    fn champion(&self) -> String {
        let shown = self
            .run("detectors show champion --store s --json")
            .exits(0);
        shown.json()["id"].as_str().unwrap().to_owned()
    }
}

/// Returns the id of what decided before there was a store.
fn before() -> String {
    Digest::of(b"imported").to_string()
}

fn flip() -> Flip {
    use ringtrue_core::{Action, EventId};
    Flip {
        id: EventId([1; 16]),
        kind: FlipKind::NewlyCaught,
        time: None,
        label: Label::Malicious,
        family: Some("credential phishing".to_owned()),
        source: None,
        old_score: 0.1,
        new_score: 0.9,
        old_action: Action::Allow,
        new_action: Action::Block,
        shown: "http://login.example/<b>".to_owned(),
        cause: None,
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn from_a_folder_to_a_champion_and_back() {
    let desk = Desk::new();
    let old = desk.crown(1);
    assert_eq!(desk.champion(), old);
    let new = desk.add(2);
    assert_ne!(old, new);
    let few = SHARED.few().display().to_string();
    let words = format!("compare champion {new} --store s --json --on {few}");
    let compared = desk.run(&words).exits(0).json();
    assert_eq!(compared["old"]["detector"], *old);
    assert_eq!(compared["new"]["detector"], *new);
    desk.gate("gate2.json", &old, &new, Some(true));
    let refused = desk.run("promote 2 --store s --gate gate2.json");
    assert_eq!(refused.status, 2, "one digit is no id: {}", refused.stderr);
    let refused = desk
        .run(&format!("promote {new} --store s --gate gate2.json"))
        .exits(1);
    assert!(
        refused
            .stderr
            .contains("cause: P005: no analyst has signed the gate"),
        "{}",
        refused.stderr
    );
    assert!(
        refused
            .stderr
            .contains("cause: P005: no approver has signed the gate")
    );
    assert_eq!(desk.champion(), old);
    desk.sign("ann", "gate=gate2.json").exits(0);
    desk.sign("cleo", "gate=gate2.json").exits(0);
    // The report that was signed last for it is found by itself.
    let done = desk
        .run(&format!("promote {new} --store s --out note --json"))
        .exits(0);
    assert_eq!(done.json()["promoted"], true);
    assert_eq!(done.json()["from"], *old);
    assert_eq!(desk.champion(), new);
    let note = fs::read_to_string(desk.path().join("note/release-note.md")).unwrap();
    for words in [
        "Newly caught",
        "2 events",
        "hxxp",
        "credential phishing",
        "Known not to work",
    ] {
        assert!(note.contains(words), "{words}: {note}");
    }
    assert!(desk.path().join("note/release-note.html").is_file());
    let words = "detectors rollback --store s --reason blocks-invoices";
    desk.run(words).exits(2);
    desk.run(&format!("{words} --by ann --key ann.key"))
        .exits(0);
    assert_eq!(desk.champion(), old);
    let nothing = desk
        .run(&format!("{words} --by ann --key ann.key"))
        .exits(2);
    assert!(
        nothing
            .stderr
            .contains("nothing stood before the champion of `links`")
    );
    let history = desk
        .run("detectors history --store s --json")
        .exits(0)
        .json();
    let moves = history["moves"].as_array().unwrap();
    let stood: Vec<&str> = moves
        .iter()
        .map(|it| it["detector"].as_str().unwrap())
        .collect();
    assert_eq!(stood, [&old, &new, &old]);
    let shown = desk
        .run("audit show --store s --what rolled_back --who ann")
        .exits(0);
    assert!(
        shown.stdout.contains("ann went back: blocks-invoices"),
        "{}",
        shown.stdout
    );
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
}

#[test]
fn a_detector_goes_by_its_alias_and_by_the_first_digits_of_its_id() {
    let desk = Desk::new();
    let id = desk.crown(1);
    let short = id.get(..12).unwrap();
    let few = SHARED.few().display().to_string();
    let of = |name: &str| {
        let words = format!("score --detector {name} --store s --reasons 0 {few}");
        desk.run(&words).exits(0).stdout
    };
    let by_alias = of("champion");
    let first = crate::support::lines(&by_alias).remove(0);
    assert_eq!(first["detector"], *short);
    assert!(by_alias == of(short) && by_alias == of("links:champion"));
    assert!(by_alias == of(&Desk::detector(1)));
    let explained = desk
        .run("explain --detector champion --store s http://a.example/login")
        .exits(0);
    assert!(!explained.stdout.is_empty());
    let tried = desk.run(&format!("try --detector champion --store s --json {few}"));
    assert!(tried.json().is_object());
    assert_snapshot!(desk.run("score --detector champion urls.txt").told(), @r"
    exit 2
    error: cannot use the detector `champion`: there is no such folder

    hint: name the store that knows `champion` with `--store DIR`
    ");
    assert_snapshot!(desk.run("score --detector shadow --store s urls.txt").told(), @r"
    exit 2
    error: the store `s` has no shadow

    hint: `ringtrue promote DETECTOR --store DIR` makes one
    ");
    assert_snapshot!(desk.run("score --detector ffffffff --store s urls.txt").told(), @r"
    exit 2
    error: the store `s` has no detector whose id starts with `ffffffff`

    hint: `ringtrue detectors list --store DIR` lists them, `ringtrue detectors add FOLDER` adds one
    ");
    assert_snapshot!(desk.run("score --detector champion --store nowhere urls.txt").told(), @r"
    exit 2
    error: there is no store in `nowhere`

    hint: `ringtrue ingest --store STORE FILE` makes one; `run --out OUT` has one in OUT/store
    ");
}

#[test]
fn what_a_detector_learned_from_is_found_from_its_verdict() {
    let at = folder(&[("task.toml", TASK.as_bytes())]);
    let few = SHARED.few().display().to_string();
    let words = format!("run --task task.toml --retrain 0 --out o --store o/store {few}");
    ringtrue(at.path(), &words).exits(0);
    let scored = ringtrue(
        at.path(),
        &format!("score --detector o/detector --reasons 0 {few}"),
    )
    .exits(0);
    let id = crate::support::lines(&scored.stdout)[0]["detector"]
        .as_str()
        .unwrap()
        .to_owned();
    let show = |rest: &str| {
        ringtrue(
            at.path(),
            &format!("detectors show {id} --store o/store {rest}"),
        )
        .exits(0)
    };
    let shown = show("--json").json();
    let events = shown["dataset"]["events"].as_u64().unwrap();
    let rows = show("--rows").stdout;
    assert_eq!(rows.lines().count() as u64, events);
    let scored: std::collections::BTreeSet<String> = crate::support::lines(&scored.stdout)
        .iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect();
    for row in crate::support::lines(&rows) {
        assert!(scored.contains(row["id"].as_str().unwrap()));
    }
    assert!(show("").stdout.contains("`--rows` lists them"));
    assert_eq!(shown["entries"][0]["said"]["origin"], "run");
}

#[test]
fn detectors_differ_in_the_parts_that_differ() {
    let desk = Desk::new();
    let (old, new) = (desk.add(1), desk.add(2));
    let diff = |one: &str, other: &str| {
        let words = format!("detectors diff {one} {other} --store s --json");
        desk.run(&words).exits(0).json()
    };
    let found = diff(&old, &new);
    let differing: Vec<&str> = found["differing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it.as_str().unwrap())
        .collect();
    assert!(
        differing.contains(&"seed") && differing.contains(&"model"),
        "{differing:?}"
    );
    for same in ["dataset", "task", "version"] {
        assert!(!differing.contains(&same), "{differing:?}");
    }
    assert_eq!(diff(&old, &old)["differing"], serde_json::json!([]));
    let said = desk
        .run(&format!("detectors diff {old} {old} --store s"))
        .exits(0);
    assert!(said.stdout.contains("the same in every byte"));
    let listed = desk.run("detectors list --store s --json").exits(0).json();
    assert_eq!(listed["detectors"].as_array().unwrap().len(), 2);
    assert_eq!(listed["detectors"][0]["id"], *old);
    // Adding it again changes nothing.
    assert_eq!(desk.add(1), old);
    let entries = desk.run("audit show --store s").exits(0).stdout;
    assert_eq!(entries.lines().count(), 2, "{entries}");
}

#[test]
fn each_demand_that_is_not_met_is_told_by_its_code() {
    let desk = Desk::new();
    let old = desk.crown(1);
    let (new, third) = (desk.add(2), desk.add(3));
    let promote = |gate: &str| {
        let words = format!("promote {new} --store s {gate} --json");
        let refused = desk.run(&words).exits(1).json();
        assert_eq!(refused["promoted"], false);
        let unmet = refused["unmet"].as_array().unwrap();
        let codes: Vec<String> = unmet
            .iter()
            .map(|it| it["code"].as_str().unwrap().to_owned())
            .collect();
        codes
    };
    assert_eq!(promote(""), ["P001", "P005", "P005"]);
    let mut told = Vec::new();
    for (old, new, passed) in [
        (&old, &new, Some(false)),
        (&old, &new, None),
        (&old, &third, Some(true)),
        (&third, &new, Some(true)),
    ] {
        desk.gate("g.json", old, new, passed);
        desk.sign("ann", "gate=g.json").exits(0);
        desk.sign("cleo", "gate=g.json").exits(0);
        told.extend(promote("--gate g.json"));
    }
    assert_eq!(told, ["P002", "P002", "P003", "P004"]);
    assert_eq!(desk.champion(), old);
    let again = desk
        .run(&format!("promote {old} --store s --gate gate.json"))
        .exits(1);
    assert!(
        again.stderr.contains("is the champion of `links` already"),
        "{}",
        again.stderr
    );
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
}

#[test]
fn a_report_of_which_a_word_was_changed_is_refused() {
    let desk = Desk::new();
    let old = desk.crown(1);
    let new = desk.add(2);
    desk.gate("g.json", &old, &new, Some(false));
    let text = fs::read_to_string(desk.path().join("g.json")).unwrap();
    let changed = text.replacen("\"refuse\"", "\"pass\"", 1);
    for bytes in [
        changed.as_bytes(),
        &text.as_bytes()[..100],
        b"",
        &[0xff; 64],
        b"{\"format\":9}",
    ] {
        fs::write(desk.path().join("g.json"), bytes).unwrap();
        let refused = desk
            .run(&format!("promote {new} --store s --gate g.json"))
            .exits(2);
        assert!(
            refused
                .stderr
                .contains("error: cannot use the gate's report"),
            "{}",
            refused.stderr
        );
        desk.sign("ann", "gate=g.json").exits(2);
    }
    // Signed as it was, and changed on purpose afterwards: the signature is of another.
    desk.gate("g.json", &old, &new, Some(true));
    desk.sign("ann", "gate=g.json").exits(0);
    desk.sign("cleo", "gate=g.json").exits(0);
    let path = desk.path().join("g.json");
    let text = fs::read_to_string(&path)
        .unwrap()
        .replacen("3000", "3001", 1);
    fs::write(&path, text).unwrap();
    let refused = desk
        .run(&format!("promote {new} --store s --gate g.json"))
        .exits(1);
    assert!(refused.stderr.contains("P005"), "{}", refused.stderr);
}

#[test]
fn who_may_not_sign_is_told_why() {
    let desk = Desk::new();
    desk.add(1);
    let told = |words: &str| {
        let ran = desk.run(words).exits(2);
        ran.stderr.lines().next().unwrap().to_owned()
    };
    let sign = "sign --store s task=task.toml";
    assert_eq!(
        told(&format!("{sign} --as bob --key ann.key")),
        "error: `bob` is not in the file of people"
    );
    assert_eq!(
        told(&format!("{sign} --as ann --key dan.key")),
        "error: the key `dan.key` is not that of `ann`"
    );
    assert_eq!(
        told(&format!("{sign} --as ann --key task.toml")),
        "error: cannot use the key `task.toml`: others may read it (mode 644)"
    );
    let key = desk.path().join("ann.key");
    assert_eq!(
        fs::metadata(&key).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(
        told("sign --new-key ann.key --as ann --role analyst"),
        "error: cannot make the key `ann.key`"
    );
    assert_eq!(
        told("sign --new-key s/logs/eve.key --as eve --role approver"),
        format!(
            "error: cannot make the key `s/logs/eve.key`: it would stand in the store `{}`",
            desk.path().join("s").canonicalize().unwrap().display()
        )
    );
    let people = fs::read_to_string(desk.path().join("people.toml")).unwrap();
    let revoked = people.replacen(
        "[[people]]\nname = \"dan\"",
        "revoked = \"2020-01-01\"\n[[people]]\nname = \"dan\"",
        1,
    );
    fs::write(desk.path().join("people.toml"), &revoked).unwrap();
    assert_eq!(
        told(&format!("{sign} --as ann --key ann.key")),
        "error: the key of `ann` is revoked from 2020-01-01T00:00:00Z on"
    );
    for odd in [
        "format = 1\n[[people]]\nname = 3\n",
        "",
        "\u{0}",
        "format = 1\npeople = 1\n",
    ] {
        fs::write(desk.path().join("people.toml"), odd).unwrap();
        assert_eq!(
            told(&format!("{sign} --as ann --key ann.key")),
            "error: cannot use the file of people `people.toml`"
        );
    }
    let secret = fs::read_to_string(&key).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    for (name, bytes) in tree(&desk.path().join("s")) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains(secret), "{name} holds a secret key");
    }
}

#[test]
fn a_disagreement_is_on_record_and_told() {
    let desk = Desk::new();
    let old = desk.crown(1);
    let new = desk.add(2);
    desk.gate("g.json", &old, &new, Some(true));
    desk.sign("ann", "gate=g.json").exits(0);
    desk.sign("cleo", "gate=g.json").exits(0);
    desk.sign("dan", "gate=g.json --disagree too-few-events")
        .exits(0);
    let done = desk
        .run(&format!("promote {new} --store s --gate g.json"))
        .exits(0);
    let words = "on record: dan (data_scientist) disagrees with the gate: too-few-events";
    assert!(done.stderr.contains(words), "{}", done.stderr);
    let shown = desk.run("audit show --store s --who dan --json").exits(0);
    let kinds: Vec<String> = crate::support::lines(&shown.stdout)
        .iter()
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["signed_off", "promoted"]);
}

#[test]
fn only_an_approver_overrides_and_it_is_told_for_how_long() {
    let desk = Desk::new();
    let id = desk.add(1);
    let words = |name: &str, until: &str| {
        format!(
            "promote {id} --store s --override a-campaign-runs --by {name} --key {name}.key --until {until}"
        )
    };
    let refused = desk.run(&words("ann", "2999-01-01")).exits(2);
    assert!(
        refused
            .stderr
            .contains("`ann` is analyst and cannot override"),
        "{}",
        refused.stderr
    );
    let refused = desk.run(&words("cleo", "2020-01-01")).exits(2);
    assert!(
        refused
            .stderr
            .contains("the override ends before it begins")
    );
    desk.run(&format!("promote {id} --store s --override because"))
        .exits(2);
    desk.run("detectors show champion --store s").exits(2);
    let done = desk.run(&words("cleo", "2999-01-01")).exits(0);
    assert!(
        done.stderr
            .contains("overridden: P001: there is no report of the gate"),
        "{}",
        done.stderr
    );
    assert_eq!(desk.champion(), id);
    let shown = desk.run("audit show --store s --what overridden").exits(0);
    assert!(
        shown
            .stdout
            .contains("cleo answers for it until 2999-01-01T23:59:59.999999Z: a-campaign-runs"),
        "{}",
        shown.stdout
    );
    assert!(shown.stdout.contains("no approver has signed the gate"));
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
}

#[test]
fn two_promotions_at_once_give_one_winner_and_one_refusal() {
    let desk = Desk::new();
    let old = desk.crown(1);
    let ids = [desk.add(2), desk.add(3)];
    for (name, id) in ["g2.json", "g3.json"].iter().zip(&ids) {
        desk.gate(name, &old, id, Some(true));
        desk.sign("ann", &format!("gate={name}")).exits(0);
        desk.sign("cleo", &format!("gate={name}")).exits(0);
    }
    let children: Vec<_> = ids
        .iter()
        .map(|id| {
            program(desk.path())
                .args(["promote", id, "--store", "s"])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let outputs: Vec<_> = children
        .into_iter()
        .map(|it| it.wait_with_output().unwrap())
        .collect();
    let statuses: Vec<_> = outputs.iter().map(|it| it.status.code()).collect();
    assert!(
        statuses == [Some(0), Some(1)] || statuses == [Some(1), Some(0)],
        "{statuses:?}"
    );
    let winner = statuses.iter().position(|it| *it == Some(0)).unwrap();
    assert_eq!(desk.champion(), ids[winner]);
    let told = String::from_utf8(outputs[1 - winner].stderr.clone()).unwrap();
    let is_clear = told.contains("another promotion came first")
        || told.contains("P004: the gate compared it with");
    assert!(is_clear, "{told}");
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
}

#[test]
#[expect(clippy::too_many_lines, reason = "one story, told in order")]
fn whatever_is_tampered_with_is_found_and_named() {
    let desk = Desk::new();
    let id = desk.crown(1);
    let head = desk
        .run("audit head --store s --by cleo --key cleo.key")
        .exits(0);
    fs::write(desk.path().join("head.json"), &head.stdout).unwrap();
    desk.run("audit verify --store s --head head.json").exits(0);
    let log = fs::read(desk.log()).unwrap();

    // A line of the log.
    let at = log
        .windows(11)
        .position(|it| it == b"\"registered")
        .unwrap();
    let mut changed = log.clone();
    changed[at + 3] ^= 1;
    fs::write(desk.log(), &changed).unwrap();
    let found = desk.verify().exits(1).json();
    assert_eq!(found["problems"][0]["code"], "A001");
    let says = found["problems"][0]["says"].as_str().unwrap();
    assert!(says.contains("record 0 at byte 0"), "{says}");
    // Nobody uses a champion of a log that was tampered with.
    let refused = desk
        .run("score --detector champion --store s x.csv")
        .exits(2);
    assert!(
        refused.stderr.contains("cannot rely on the audit log"),
        "{}",
        refused.stderr
    );

    // Its end is gone.
    let store = Store::open(&desk.path().join("s")).unwrap();
    fs::write(desk.log(), &log).unwrap();
    let last = log.windows(4).rposition(|it| it == b"RTLC").unwrap();
    fs::write(desk.log(), &log[..last]).unwrap();
    desk.run("audit verify --store s").exits(0);
    let found = desk.run("audit verify --store s --head head.json").exits(1);
    // Cut within an entry, nobody can tell whether that was ever acknowledged.
    fs::write(desk.log(), &log[..last + 9]).unwrap();
    let open = desk.verify().exits(3);
    assert_eq!(open.json()["holds"], serde_json::Value::Null);
    assert!(
        open.stderr
            .contains("it was acknowledged and lost its end; a head"),
        "{}",
        open.stderr
    );
    desk.run("audit verify --store s --head head.json").exits(1);
    assert!(
        found.stdout.contains("A009 the log ends after"),
        "{}",
        found.stdout
    );
    fs::write(desk.log(), &log).unwrap();

    // The detector.
    let file = desk
        .path()
        .join("s/detectors")
        .join(&id)
        .join("detector.json");
    let document = fs::read(&file).unwrap();
    fs::write(&file, b"{}").unwrap();
    assert_eq!(desk.codes(), ["A011"]);
    fs::write(&file, document).unwrap();

    // The gate's report.
    let documents = desk.path().join("s/documents");
    let gate = Digest::of(&fs::read(desk.path().join("gate.json")).unwrap());
    let kept = documents.join(gate.to_string());
    let bytes = fs::read(&kept).unwrap();
    fs::remove_file(&kept).unwrap();
    assert_eq!(desk.codes(), ["A012"]);
    fs::write(&kept, bytes).unwrap();

    // The key of somebody, and the head.
    let people = fs::read_to_string(desk.path().join("people.toml")).unwrap();
    let other = ringtrue(
        desk.path(),
        "sign --new-key other.key --as ann --role analyst",
    )
    .exits(0)
    .stdout;
    let dan = people.find("[[people]]\nname = \"dan\"").unwrap();
    fs::write(
        desk.path().join("people.toml"),
        format!("format = 1\n{other}{}", people.get(dan..).unwrap()),
    )
    .unwrap();
    let found = desk.verify().exits(1).json();
    let says = found["problems"][0]["says"].as_str().unwrap();
    assert_eq!(
        says,
        "nobody in the file of people has the key that signed for `ann`"
    );
    fs::write(desk.path().join("people.toml"), &people).unwrap();
    fs::write(
        desk.path().join("head.json"),
        head.stdout.replacen("\"entries\": ", "\"entries\": 1", 1),
    )
    .unwrap();
    desk.run("audit verify --store s --head head.json").exits(1);
    fs::write(desk.path().join("head.json"), "{}").unwrap();
    desk.run("audit verify --store s --head head.json").exits(2);
    assert_eq!(desk.verify().exits(0).json()["holds"], true);

    // A promotion that no gate carries, by somebody who writes entries and signs nothing.
    let other = desk.add(2);
    desk.gate("forged.json", &id, &other, Some(true));
    let report = store
        .put_document(&fs::read(desk.path().join("forged.json")).unwrap())
        .unwrap();
    let sound = fs::read(desk.log()).unwrap();
    let done = store.append_audit(|audit| {
        Ok::<_, ()>(Decided {
            time: audit.entries.last().unwrap().time,
            payloads: vec![Payload::unsigned(Entry::Moved(Moved {
                step: Move {
                    task: "links".to_owned(),
                    alias: Alias::Champion,
                    from: Some(id.parse().unwrap()),
                    to: other.parse().unwrap(),
                },
                by: Authority::Gate { report },
                objections: Vec::new(),
                note: None,
            }))],
            told: (),
        })
    });
    done.unwrap().unwrap();
    assert_eq!(
        desk.codes(),
        ["A014", "A014"],
        "both signatures under the gate"
    );
    fs::write(desk.log(), sound).unwrap();

    // The clock: somebody wrote tomorrow.
    let tomorrow = EventTime(4_102_444_800_000_000);
    let done = store.append_audit(|audit| {
        Ok::<_, ()>(Decided {
            time: tomorrow,
            payloads: vec![audit.entries[0].payload.clone()],
            told: (),
        })
    });
    done.unwrap().unwrap();
    let told = desk.sign("dan", "task=task.toml").exits(0);
    assert!(
        told.stderr.contains("warning: the clock says"),
        "{}",
        told.stderr
    );
    assert_eq!(desk.codes(), ["A008"]);
}

#[test]
fn a_log_that_somebody_wrote_anew_without_the_keys_is_found() {
    let desk = Desk::new();
    desk.crown(1);
    let store = Store::open(&desk.path().join("s")).unwrap();
    let entries = store.audit().unwrap().entries;
    // Every entry but the first, chained anew: the signed heads are of other entries.
    fs::remove_dir_all(desk.path().join("s/logs/audit")).unwrap();
    for recorded in &entries[1..] {
        let done = store.append_audit(|_| {
            Ok::<_, ()>(Decided {
                time: recorded.time,
                payloads: vec![recorded.payload.clone()],
                told: (),
            })
        });
        done.unwrap().unwrap();
    }
    let codes = desk.codes();
    assert!(codes.contains(&"A006".to_owned()), "{codes:?}");
}

#[test]
fn a_detector_leaves_only_if_no_alias_stands_for_it_and_somebody_answers() {
    let desk = Desk::new();
    let (champion, other) = (desk.crown(1), desk.add(2));
    let remove = |id: &str, by: &str| {
        let words = format!("detectors remove {id} --store s --reason its-memory {by}");
        desk.run(&words)
    };
    remove(&other, "").exits(2);
    let refused = remove(&champion, "--by ann --key ann.key").exits(2);
    assert!(
        refused.stderr.contains("is the champion of `links`"),
        "{}",
        refused.stderr
    );
    remove(&other, "--by ann --key ann.key").exits(0);
    assert!(!desk.path().join("s/detectors").join(&other).exists());
    let shown = desk.run("audit show --store s --what removed").exits(0);
    assert!(
        shown.stdout.contains("was taken out by ann: its-memory"),
        "{}",
        shown.stdout
    );
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
    // Added again, it must be there again.
    assert_eq!(desk.add(2), other);
    fs::remove_dir_all(desk.path().join("s/detectors").join(&other)).unwrap();
    assert_eq!(desk.codes(), ["A011"]);
}

#[test]
fn examples_stay_out_of_a_note_if_not_everybody_may_see_them() {
    let desk = Desk::new();
    let task = format!("{TASK}\n[privacy.reveal]\nurl = \"analyst\"\n");
    fs::write(desk.path().join("task.toml"), &task).unwrap();
    let words = format!(
        "run --task task.toml --retrain 0 --out o {}",
        SHARED.few().display()
    );
    desk.run(&words).exits(0);
    let id = desk
        .run("detectors add o/detector --store s")
        .exits(0)
        .stdout
        .trim()
        .to_owned();
    desk.gate_of(&task, "gate.json", (&before(), &id), Some(true));
    desk.sign("ann", "task=task.toml gate=gate.json").exits(0);
    desk.sign("cleo", "gate=gate.json").exits(0);
    desk.run(&format!("promote {id} --store s --out note"))
        .exits(0);
    for name in ["note/release-note.md", "note/release-note.html"] {
        let note = fs::read_to_string(desk.path().join(name)).unwrap();
        assert!(note.contains("Examples are left out"), "{note}");
        assert!(!note.contains("login.example"), "{note}");
    }
}

#[test]
fn a_promotion_keeps_its_detector_and_the_record_holds() {
    let desk = Desk::new();
    let old = desk.crown(1);
    // Neither detector was added before: the promotion and the signature of its card do that.
    let elsewhere = |number: u8| {
        let words = format!("detectors add {} --store other", Desk::detector(number));
        desk.run(&words).exits(0).stdout.trim().to_owned()
    };
    let (new, third) = (elsewhere(2), elsewhere(3));
    desk.gate("g.json", &old, &new, Some(true));
    desk.sign("ann", "gate=g.json").exits(0);
    desk.sign("cleo", "gate=g.json").exits(0);
    let words = format!("promote {} --store s --gate g.json", Desk::detector(2));
    desk.run(&words).exits(0);
    assert_eq!(desk.champion(), new);
    desk.sign("dan", &format!("card={}", Desk::detector(3)))
        .exits(0);
    assert!(desk.path().join("s/detectors").join(&third).exists());
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
}

#[test]
fn a_laxer_task_needs_the_word_of_those_who_answer_for_the_champions() {
    let desk = Desk::new();
    let old = desk.crown(1);
    let lax = "format = 1\nname = \"links\"\nkind = \"url\"\n[gate]\nrecall_drop_max = 1.0\nmust_keep = [\"a.csv\"]\n";
    fs::write(desk.path().join("lax.toml"), lax).unwrap();
    let words = format!(
        "run --task lax.toml --retrain 0 --seed 4 --out o --store s {}",
        SHARED.few().display()
    );
    desk.run(&words).exits(0);
    let listed = desk.run("detectors list --store s --json").exits(0).json();
    let new = listed["detectors"][1]["id"].as_str().unwrap().to_owned();
    desk.gate_of(lax, "g.json", (&old, &new), Some(true));
    let words = format!("promote {new} --store s --gate g.json");
    let refused = desk.run(&words).exits(1);
    for said in [
        "P008: its task changes what the champion is held to, and no analyst has signed that task",
        "`gate.recall_drop_max` from no limit to 1.0",
        "`gate.sign_offs.gate`",
    ] {
        assert!(refused.stderr.contains(said), "{said}: {}", refused.stderr);
    }
    assert!(!refused.stderr.contains("P009"), "{}", refused.stderr);
    // A report that says nothing of the must-keep set is not that of this task.
    let text = fs::read_to_string(desk.path().join("g.json")).unwrap();
    fs::write(desk.path().join("g.json"), text.replace("a.csv", "b.csv")).unwrap();
    let refused = desk.run(&words).exits(1);
    assert!(refused.stderr.contains("P009: "), "{}", refused.stderr);
    desk.gate_of(lax, "g.json", (&old, &new), Some(true));
    desk.sign("ann", "task=lax.toml").exits(0);
    let done = desk.run(&words).exits(0);
    let said = "its task changes what the champion was held to: `gate.must_keep`";
    assert!(done.stderr.contains(said), "{}", done.stderr);
    assert_eq!(desk.champion(), new);
}

#[test]
fn a_damaged_report_is_found_and_stops_no_other_promotion() {
    let desk = Desk::new();
    let old = desk.crown(1);
    let (new, third) = (desk.add(2), desk.add(3));
    for (name, id) in [("g.json", &new), ("other.json", &third)] {
        desk.gate(name, &old, id, Some(true));
        desk.sign("ann", &format!("gate={name}")).exits(0);
        desk.sign("cleo", &format!("gate={name}")).exits(0);
    }
    let other = Digest::of(&fs::read(desk.path().join("other.json")).unwrap());
    fs::remove_file(desk.path().join("s/documents").join(other.to_string())).unwrap();
    assert_eq!(desk.codes(), ["A012"]);
    let done = desk.run(&format!("promote {new} --store s")).exits(0);
    assert!(done.stderr.contains("is passed over"), "{}", done.stderr);
    assert_eq!(desk.champion(), new);
    // What has no end is refused before it fills the memory.
    for words in [
        format!("promote {third} --store s --gate /dev/zero"),
        "sign --as ann --key ann.key --store s gate=/dev/zero".to_owned(),
        "audit verify --store s --head /dev/zero".to_owned(),
        "audit verify --store s --people /dev/zero".to_owned(),
        "import /dev/zero --out i".to_owned(),
    ] {
        let refused = desk.run(&words).exits(2);
        assert!(
            refused.stderr.contains("it has more than"),
            "{words}: {}",
            refused.stderr
        );
    }
}

#[test]
fn going_back_passes_over_what_was_taken_out() {
    let desk = Desk::new();
    let first = desk.crown(1);
    let override_to = |id: &str| {
        let words = format!(
            "promote {id} --store s --override urgent --by cleo --key cleo.key --until 9999-12-31"
        );
        desk.run(&words).exits(0);
    };
    let (second, third) = (desk.add(2), desk.add(3));
    override_to(&second);
    override_to(&third);
    let by = "--store s --by ann --key ann.key --reason blocks-invoices";
    desk.run(&format!("detectors remove {second} {by}"))
        .exits(0);
    let refused = desk
        .run(&format!("detectors rollback --to {second} {by}"))
        .exits(2);
    assert!(
        refused.stderr.contains("was taken out of the store"),
        "{}",
        refused.stderr
    );
    let done = desk.run(&format!("detectors rollback {by}")).exits(0);
    assert!(done.stderr.contains("it is passed over"), "{}", done.stderr);
    assert_eq!(desk.champion(), first);
    override_to(&third);
    assert_eq!(desk.add(2), second);
    override_to(&second);
    let short = first.get(..12).unwrap();
    desk.run(&format!("detectors rollback --to {short} {by}"))
        .exits(0);
    assert_eq!(desk.champion(), first);
    assert_eq!(desk.verify().exits(0).json()["holds"], true);
}

#[test]
fn what_a_registry_learned_from_forgotten_events_is_marked_there() {
    let at = folder(&[("task.toml", TASK.as_bytes())]);
    let run = |words: &str| ringtrue(at.path(), words);
    let few = SHARED.few();
    let words = format!(
        "run --task task.toml --retrain 0 --out one --store registry {}",
        few.display()
    );
    run(&words).exits(0);
    let text = fs::read_to_string(few).unwrap();
    let plain = |host: &&str| host.bytes().all(|it| it.is_ascii_lowercase() || it == b'.');
    let mut hosts = text
        .split("://")
        .skip(1)
        .filter_map(|rest| rest.split('/').next())
        .filter(plain);
    let host = hosts.next().unwrap();
    let marks = || {
        Store::open(&at.path().join("registry"))
            .unwrap()
            .marks()
            .unwrap()
    };
    let words = format!("forget {host} --store one/store --json");
    // Whoever does not name the registry is not told of it, and may say so later.
    run(&format!("{words} --registry registry --dry-run")).exits(0);
    run(&words).exits(0);
    assert!(marks().is_empty());
    let told = run(&format!("{words} --registry registry")).exits(0);
    let told = told.json();
    let detectors = told["detectors"].as_array().unwrap();
    let place = "the store `registry`";
    let there = detectors.iter().find(|it| it["place"] == place).unwrap();
    assert_eq!(marks().len(), 1);
    assert_eq!(there["digest"], marks()[0].digest.to_string());
    run(&format!("{words} --registry registry")).exits(0);
    assert_eq!(marks().len(), 1);
    let id = marks()[0].digest.to_string();
    let shown = run(&format!("detectors show {id} --store registry --json")).exits(0);
    assert_eq!(shown.json()["forgotten_since"].as_array().unwrap().len(), 1);
    // Looked at alone, the registry says whose events are elsewhere.
    let alone = run(&format!("forget {host} --store registry --dry-run")).exits(0);
    assert!(
        alone
            .stderr
            .contains("whose events are in none of these stores"),
        "{}",
        alone.stderr
    );
}

/// Returns the commands of a guide's console blocks, section by section.
fn commands_of(guide: &str) -> Vec<(String, Vec<String>)> {
    let mut sections = vec![(String::new(), Vec::new())];
    let mut is_console = false;
    let mut open = false;
    for line in guide.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            sections.push((title.to_owned(), Vec::new()));
        } else if line.starts_with("```") {
            is_console = line == "```console";
        } else if is_console {
            let commands = &mut sections.last_mut().unwrap().1;
            match line.strip_prefix("$ ") {
                Some(command) => commands.push(command.to_owned()),
                None if open => commands.last_mut().unwrap().push_str(line),
                None => {}
            }
            open = line.ends_with('\\');
            if open {
                commands.last_mut().unwrap().pop();
            }
        }
    }
    sections
}

#[test]
fn the_story_of_the_guide_runs_as_it_stands_there() {
    let at = folder(&[]);
    let guide = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/guides/promote.md");
    let desk = Desk { at };
    let sections = commands_of(&fs::read_to_string(guide).unwrap());
    assert!(sections.iter().map(|it| it.1.len()).sum::<usize>() > 20);
    for (title, commands) in sections {
        for (number, command) in commands.iter().enumerate() {
            if command.starts_with("ringtrue gate") {
                // The gate has tests of its own: what it writes stands in for it.
                let listed = desk
                    .run("detectors list --store registry --json")
                    .exits(0)
                    .json();
                let ids =
                    [0, 1].map(|at| listed["detectors"][at]["id"].as_str().unwrap().to_owned());
                let task = fs::read_to_string(desk.path().join("task.toml")).unwrap();
                desk.gate_of(
                    &task,
                    "two/detector/gate.json",
                    (&ids[0], &ids[1]),
                    Some(true),
                );
                continue;
            }
            let program = Path::new(env!("CARGO_BIN_EXE_ringtrue")).parent().unwrap();
            let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
            let output = std::process::Command::new("sh")
                .args(["-c", command])
                .current_dir(desk.path())
                .env("PATH", path)
                .output()
                .unwrap();
            let is_refused = title == "The first champion" && number == 0;
            let expected = Some(i32::from(is_refused));
            let told = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), expected, "{title}: {command}\n{told}");
        }
        if title.is_empty() {
            // The reader states who must sign.
            let task = desk.path().join("task.toml");
            let text = fs::read_to_string(&task).unwrap();
            let (before, roles) = text.split_once("[gate.sign_offs]\n").unwrap();
            fs::write(
                &task,
                format!("{before}[gate.sign_offs]\n{}", roles.replace("# ", "")),
            )
            .unwrap();
        }
    }
}
