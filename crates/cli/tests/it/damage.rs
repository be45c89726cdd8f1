//! Damage from outside: disks that are full or read-only, files cut off or flipped, a user who stops it.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use insta::assert_snapshot;

use crate::support::{
    FEW_DETECTOR, Ran, SHARED, assert_same_detector, folder, left_nothing, ringtrue, run, tree,
    without_line_numbers,
};

/// Runs a script in a mount namespace of its own, so that no mount outlives it; `None`, with a plain
/// word, where this machine does not allow that.
fn with_mounts(at: &Path, test: &str, script: &str) -> Option<Ran> {
    let unshared = |script: &str| {
        let mut command = Command::new("unshare");
        command
            .args(["-rm", "sh", "-c", script, env!("CARGO_BIN_EXE_ringtrue")])
            .current_dir(at);
        command
    };
    let probe = unshared("mkdir -p probe && mount -t tmpfs -o size=64k none probe").output();
    if !probe.is_ok_and(|output| output.status.success()) {
        println!("{test}: skipped, for this machine lets nobody mount a tmpfs");
        return None;
    }
    Some(run(&mut unshared(script)))
}

#[test]
fn a_full_disk_keeps_nothing_of_the_file() {
    let at = folder(&[]);
    fs::copy(SHARED.events(), at.path().join("a.csv")).unwrap();
    let script = "mkdir disk && mount -t tmpfs -o size=400k none disk && \
        \"$0\" ingest --kind url --store disk/s a.csv; status=$?; \
        find disk/s/staging disk/s/segments disk/s/index -type f; exit $status";
    let Some(ran) = with_mounts(at.path(), "a full disk", script) else {
        return;
    };
    assert_snapshot!(ran.told(), @r"
    exit 2
    error: cannot keep the events of `a.csv`
      cause: no space is left to write `disk/s/staging/ingest/0.parquet`
      cause: No space left on device (os error 28)

    hint: free some space or choose another folder; nothing of the interrupted step was kept
    ");
    assert_eq!(ran.stdout, "", "half-written files");
}

#[test]
fn a_full_disk_under_an_output_is_told() {
    let full = || {
        Stdio::from(
            fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        )
    };
    let at = folder(&[]);
    for words in ["simulate url --events 10 --months 1 --out -", "signals"] {
        let ran = run(crate::support::program(at.path())
            .args(words.split(' '))
            .stdout(full()));
        assert_eq!(ran.status, 2, "{words}: {}", ran.stderr);
        assert!(ran.stderr.contains("cause: No space left on device"));
    }
    let detector = SHARED.detector();
    let ran = run(crate::support::program(at.path())
        .args(["score", "--detector"])
        .arg(detector)
        .arg(SHARED.few())
        .stdout(full()));
    assert_eq!(ran.status, 2, "{}", ran.stderr);
    let script = "mkdir disk && mount -t tmpfs -o size=64k none disk && \
        \"$0\" simulate url --events 20000 --out disk/a.csv; status=$?; ls disk; exit $status";
    if let Some(ran) = with_mounts(at.path(), "a full disk under an output", script) {
        assert_snapshot!(ran.told(), @r"
        exit 2
        error: cannot write `disk/a.csv`
          cause: No space left on device (os error 28)
        ");
        assert_eq!(ran.stdout, "", "half a file stays");
    }
}

#[test]
fn a_read_only_store_is_read_and_stays_as_it_is() {
    let at = folder(&[("a.csv", b"url,label\nhttp://a.example/,0\n")]);
    fs::write(at.path().join("b.csv"), b"url,label\nhttp://b.example/,0\n").unwrap();
    ringtrue(at.path(), "ingest --kind url --store s a.csv").exits(0);
    let before = tree(&at.path().join("s"));
    let script = |words: &str| {
        format!("mount --bind s s && mount -o remount,ro,bind s && exec \"$0\" {words}")
    };
    let mounted = |words: &str| with_mounts(at.path(), "a read-only store", &script(words));
    let Some(ran) = mounted("ingest --kind url --store s b.csv") else {
        return;
    };
    let ran = ran.exits(2);
    assert!(
        ran.stderr.contains("cannot keep the events of `b.csv`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("\nhint: "));
    let verified = mounted("audit verify --store s").unwrap().exits(0);
    assert!(verified.stdout.contains("0 entries"), "{}", verified.stdout);
    assert!(before == tree(&at.path().join("s")));
}

#[test]
fn a_file_in_the_place_of_the_store_is_refused() {
    let at = folder(&[
        ("a.csv", b"url,label\nhttp://a.example/,0\n"),
        ("s", b"mine"),
    ]);
    assert_snapshot!(ringtrue(at.path(), "ingest --kind url --store s a.csv").told(), @r"
    exit 2
    error: cannot open the store `s`
      cause: not a store: `s`

    hint: name an empty or new folder to make a store there, or the folder of a store
    ");
    assert_eq!(fs::read(at.path().join("s")).unwrap(), b"mine");
}

#[test]
fn a_truncated_gzip_is_refused_and_nothing_of_it_is_kept() {
    use std::io::Write as _;
    let plain = fs::read(SHARED.events()).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&plain).unwrap();
    let packed = gzip.finish().unwrap();
    let at = folder(&[("a.csv.gz", &packed[..packed.len() / 2])]);
    let ran = ringtrue(at.path(), "run --kind url --out out a.csv.gz");
    assert_snapshot!(without_line_numbers(&ran.told()), @r"
    exit 2
    error: cannot read `a.csv.gz`
      cause: cannot read on after line [N]
      cause: incomplete deflate stream

    hint: the file may be cut off: fetch it again, or check it with `gzip -t`
    ");
    left_nothing(&at.path().join("out"));
}

#[test]
fn a_parquet_file_of_another_schema_is_refused() {
    let segments = tree(&SHARED.out().join("store/segments"));
    let segment = segments.values().next().unwrap();
    let at = folder(&[("a.parquet", segment)]);
    assert_snapshot!(ringtrue(at.path(), "run --kind url --out out a.parquet").told(), @r"
    exit 2
    error: cannot tell the columns of `a.parquet`
      cause: no column is recognised as the URL

    hint: name the URL under `[columns]` of a task.toml; the input's columns are: id, kind, time, label_known, label, source, trust, family, group, layout, f.url, f.truth
    ");
    left_nothing(&at.path().join("out"));
}

#[test]
fn a_damaged_parquet_file_is_refused() {
    let segments = tree(&SHARED.out().join("store/segments"));
    let segment = segments.values().next().unwrap();
    let at = folder(&[("a.parquet", &segment[..segment.len() / 2])]);
    let ran = ringtrue(at.path(), "run --kind url --out out a.parquet").exits(2);
    assert!(
        ran.stderr
            .starts_with("error: cannot read `a.parquet`\n  cause: not a readable Parquet"),
        "{}",
        ran.stderr
    );
    left_nothing(&at.path().join("out"));
}

#[test]
fn a_flipped_byte_in_any_file_of_a_detector_is_named() {
    let files = tree(&SHARED.detector());
    assert!(files.len() >= 2);
    let at = folder(&[("urls.txt", b"http://a.example/\n")]);
    for flipped in files.keys() {
        let detector = at.path().join("detector");
        drop(fs::remove_dir_all(&detector));
        fs::create_dir(&detector).unwrap();
        for (name, bytes) in &files {
            let mut bytes = bytes.clone();
            if name == flipped {
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
            }
            fs::write(detector.join(name), bytes).unwrap();
        }
        for verb in ["score", "try"] {
            let ran = ringtrue(at.path(), &format!("{verb} --detector detector urls.txt"));
            assert_eq!(ran.status, 2, "{flipped}: {}", ran.stderr);
            assert_eq!(ran.stdout, "", "{flipped}");
            let named = format!(
                "error: cannot use the detector `detector`\n  cause: `detector/{flipped}` is damaged"
            );
            assert!(ran.stderr.starts_with(&named), "{}", ran.stderr);
            assert!(ran.stderr.contains("\nhint: "));
        }
    }
}

/// Starts a run that heeds Ctrl-C even if this process was started without it.
fn start(at: &Path) -> Child {
    Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_ringtrue")])
        .args(["run", "--kind", "url", "--out", "out", "few.csv"])
        .current_dir(at)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Presses Ctrl-C once `begun` holds; the wait ends with the program at the latest.
fn interrupt(mut child: Child, begun: impl Fn() -> bool) {
    while !begun() {
        assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
        std::thread::yield_now();
    }
    let kill = format!("kill -INT {}", child.id());
    let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
}

#[test]
fn after_ctrl_c_the_same_command_ends_in_the_same_detector() {
    let at = folder(&[]);
    fs::copy(SHARED.few(), at.path().join("few.csv")).unwrap();
    let out = at.path().join("out");
    interrupt(start(at.path()), || out.join("store/staging").exists());
    assert!(!out.join("detector").exists());
    let holds_a_dataset = || {
        fs::read_dir(out.join("store/datasets")).is_ok_and(|mut entries| entries.next().is_some())
    };
    interrupt(start(at.path()), holds_a_dataset);
    assert!(!out.join("detector").exists() && !out.join("report.html").exists());
    ringtrue(at.path(), "run --kind url --out out few.csv").exits(0);
    assert_same_detector(&FEW_DETECTOR, &out.join("detector"));
    assert_eq!(tree(&out.join("store/staging")).len(), 0);
}
