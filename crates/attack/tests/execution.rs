//! Runs harmless commands in a sandbox, as they are and after each attack, and compares what they print and how they end.
//!
//! The sandbox is Debian's `bubblewrap`: no network, nothing to write to but memory. Where it cannot run, the test says so
//! and checks nothing.

#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test fails by a panic, and says when it is skipped"
)]

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};

use ringtrue_attack::artefact::search::Space;
use ringtrue_attack::artefact::search::Step;
use ringtrue_attack::artefact::{Material, Verified, command, session};

/// Commands whose output depends on nothing but themselves and their input, which is two lines.
const HARMLESS: &[&str] = &[
    "echo hello world",
    "printf '%s-%s\\n' a b",
    "seq 3 9 | tail -n 2",
    "echo a:b:c | cut -d : -f 2",
    "printf 'b\\na\\nc\\n' | sort -r | head -n 1",
    "echo 'it is quoted; really | so' | tr a-z A-Z",
    "cat /etc/hostname /etc/hostname | wc -l",
    "a=1;b=2;echo $a$b",
    "A=x env | grep -c '^A=x'",
    "true && echo yes || echo no",
    "false || echo no; exit 3",
    "false; echo $?",
    "mkdir -p /tmp/d/e && ls -a /tmp/d | sort -r",
    "touch /tmp/t;mkdir /tmp/u;ls /tmp/t",
    "cat | wc -c",
    "read x; echo \"got $x\"",
    "cat - /etc/hostname | sort | uniq -c | wc -l",
    "for i in 1 2 3; do echo $i; done | paste -s -d +",
    "if [ -e /etc/passwd ]; then echo there; fi",
    "echo $((2+3)) ${HOME:+home}",
    "basename /a/b/c.txt .txt",
    "grep -c root /etc/passwd",
    "sed -n '1p' | rev",
    "echo aGVsbG8= | base64 -d",
    "python3 -c 'print(sum(range(5)))'",
    "python3 -c 'for i in range(2): print(i)'",
    "perl -e 'print 6*7, \"\\n\"'",
    "(echo sub; exit 4)",
    "echo one >/tmp/o; echo two >>/tmp/o; cat </tmp/o 2>&1",
    "seq 5 | xargs -n 2 echo",
    "expr 3 + 4 && dirname /x/y",
    "stat -c %F /etc /bin/ls",
    "sort -n -r -u <<< $'3\\n1\\n2'",
    "sleep 0 & wait; echo waited",
    "echo \"a  b\" 'c\"d' e\\ f",
    "cd /tmp && pwd",
    "nosuchprogram 2>/dev/null",
    "cut -d' ' -f1 | tac",
    "{ echo group; }",
    "echo a; echo b # said",
];

/// Reads commands that end in zero bytes; writes what each printed and how it ended. Each has a folder of its own and one
/// input.
const RUNNER: &str = r#"
while IFS= read -r -d '' line; do
  rm -rf /tmp/* /dev/shm/* /var/tmp/*; cd /tmp
  printf 'one two\nthree\n' | timeout 20 bash -c "$line" >/run/out 2>/dev/null
  status=$?
  base64 -w 0 /run/out; printf ' %s\n' "$status"
done
"#;

/// Runs commands in one sandbox; `None` if there is none.
fn run(lines: &[String]) -> Option<Vec<String>> {
    let mut sandbox = Command::new("bwrap");
    let words = "--ro-bind / / --unshare-all --die-with-parent --dev /dev --proc /proc --tmpfs /tmp --tmpfs /run --tmpfs /var/tmp --tmpfs /dev/shm --clearenv --setenv PATH /usr/bin:/bin --setenv HOME /tmp bash -c";
    let mut child = sandbox
        .args(words.split(' '))
        .arg(RUNNER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let all: String = lines
        .iter()
        .flat_map(|line| [line.as_str(), "\0"])
        .collect();
    let writer = std::thread::spawn(move || input.write_all(all.as_bytes()));
    let output = child.wait_with_output().ok()?;
    // A sandbox that does not start reads nothing.
    writer.join().ok()?.ok()?;
    let told: Vec<String> = String::from_utf8(output.stdout)
        .ok()?
        .lines()
        .map(str::to_owned)
        .collect();
    (output.status.success() && told.len() == lines.len()).then_some(told)
}

fn material() -> Material {
    let lines = [
        "find . -name '*.txt' -exec rm {} \\;",
        "ps aux | grep -v root | awk '{print $2}'",
        "tar czf \"$HOME/x.tgz\" docs",
        "rm -rf /tmp/*",
        "echo \"it's\" > /tmp/evil",
    ];
    Material::new(lines.map(str::to_owned))
}

/// One changed command, with the names of what changed it and the place of the first one.
struct Changed {
    names: String,
    original: usize,
    line: String,
}

fn changed() -> Vec<Changed> {
    let material = material();
    let space = Space {
        attacks: command::all(),
        material: &material,
        bytes_max: 1 << 14,
        bytes: str::len,
    };
    let kept = |step: &Step| space.verified(&[*step]) == Verified::Execution;
    let mut all = Vec::new();
    for (original, line) in HARMLESS.iter().enumerate() {
        for attack in 0..space.attacks.len() {
            for seed in 0..6 {
                let step = Step {
                    attack,
                    seed: seed * 7919 + original as u64,
                };
                let Some(line) = space.step(line, step).filter(|_| kept(&step)) else {
                    continue;
                };
                let names = space.names(&[step]).join(", ");
                all.push(Changed {
                    names,
                    original,
                    line: line.clone(),
                });
                // A second change on top of the first.
                let second = Step {
                    attack: (attack * 5 + usize::try_from(seed).unwrap() * 3 + original)
                        % space.attacks.len(),
                    seed,
                };
                if let Some(line) = space.step(&line, second).filter(|_| kept(&second)) {
                    let names = space.names(&[step, second]).join(", ");
                    all.push(Changed {
                        names,
                        original,
                        line,
                    });
                }
            }
        }
    }
    all
}

#[test]
fn changed_commands_do_what_they_did() {
    let originals: Vec<String> = HARMLESS.iter().map(|line| (*line).to_owned()).collect();
    let Some(expected) = run(&originals) else {
        eprintln!(
            "skipped: `bwrap` of bubblewrap cannot run here, so that no changed command was run"
        );
        return;
    };
    // What differs from one run to the next would tell nothing.
    assert_eq!(run(&originals).unwrap(), expected);
    assert!(expected.iter().filter(|told| told.ends_with(" 0")).count() > 30);
    let changed = changed();
    let lines: Vec<String> = changed.iter().map(|one| one.line.clone()).collect();
    let told = run(&lines).unwrap();
    let mut runs: BTreeMap<&str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (one, told) in changed.iter().zip(&told) {
        for name in one.names.split(", ") {
            *runs.entry(name).or_default() += 1;
        }
        let expected = &expected[one.original];
        if told != expected {
            wrong.push(format!(
                "{}\n  {}\n  {}\n  {expected}\n  {told}",
                one.names, HARMLESS[one.original], one.line
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        lines.len(),
        wrong.join("\n")
    );
    let verified = command::all().iter().map(|attack| attack.declaration());
    let verified = verified.filter(|declaration| declaration.verified == Verified::Execution);
    for declaration in verified {
        let runs = runs.get(declaration.name).copied().unwrap_or(0);
        assert!(runs >= 10, "{} was run {runs} times only", declaration.name);
    }
}

#[test]
fn changed_sessions_do_what_they_did() {
    let sessions = [
        "[\"x=5\", \"echo $x\", \"seq 3 | sort -r\", \"cd /tmp\", \"pwd\"]",
        "echo a b\ny=2\necho $y | cat\nls /etc/hostname",
    ];
    let script = |text: &str| -> String {
        let (session, _) =
            ringtrue_intake::session::Session::parse(text, &ringtrue_core::Limits::default());
        session.script()
    };
    let material = material();
    let Some(expected) = run(&sessions.map(script)) else {
        eprintln!(
            "skipped: `bwrap` of bubblewrap cannot run here, so that no changed session was run"
        );
        return;
    };
    let space = Space {
        attacks: session::all(),
        material: &material,
        bytes_max: 1 << 14,
        bytes: str::len,
    };
    let (mut lines, mut of) = (Vec::new(), Vec::new());
    for (place, text) in sessions.iter().enumerate() {
        for attack in 0..space.attacks.len() {
            for seed in 0..8 {
                let step = Step { attack, seed };
                if space.verified(&[step]) == Verified::Execution
                    && let Some(changed) = space.step(text, step)
                {
                    lines.push(script(&changed));
                    of.push((place, space.names(&[step]).join(", ")));
                }
            }
        }
    }
    let told = run(&lines).unwrap();
    assert!(lines.len() > 100);
    for (((place, name), told), line) in of.iter().zip(told).zip(&lines) {
        assert_eq!(told, expected[*place], "{name}: {line}");
    }
}
