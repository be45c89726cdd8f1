//! Logs: what was acknowledged is read back; torn tails are cut; damage and tampering are told.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ringtrue_core::EventTime;

use super::{Chain, LogReader, LogWriter, Record, Retained, has_writer};
use crate::error::StoreError;
use crate::testkit::{Fault, FaultyFileSystem};

fn fill(folder: &Path, chain: Chain, groups: &[&[&str]]) {
    let (mut writer, torn) = LogWriter::open(folder, chain).unwrap();
    assert_eq!(torn, None);
    for group in groups {
        for payload in *group {
            writer.append(EventTime(7), payload.as_bytes()).unwrap();
        }
        writer.sync().unwrap();
    }
}

fn payloads(folder: &Path) -> Result<Vec<String>, StoreError> {
    let text = |record: Record| String::from_utf8(record.payload).unwrap();
    LogReader::open(folder)?
        .map(|record| record.map(text))
        .collect()
}

fn open_file(folder: &Path) -> PathBuf {
    let mut files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    files
        .find(|path| path.extension().is_some_and(|ending| ending == "log"))
        .unwrap()
}

#[test]
fn every_cut_of_the_last_group_is_a_torn_tail_and_writing_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit");
    fill(&log, Chain::Chained, &[&["a", "b"]]);
    let synced = std::fs::read(open_file(&log)).unwrap().len();
    fill(&log, Chain::Chained, &[&["c", "d"]]);
    let whole = std::fs::read(open_file(&log)).unwrap();
    for cut in synced..whole.len() {
        std::fs::write(open_file(&log), whole.get(..cut).unwrap()).unwrap();
        let read = payloads(&log).unwrap();
        let all = ["a", "b", "c", "d"];
        assert!(all.starts_with(&read.iter().map(String::as_str).collect::<Vec<_>>()));
        assert!(read.len() >= 2, "cut at {cut} lost a synced record");
        let (mut writer, torn) = LogWriter::open(&log, Chain::Chained).unwrap();
        let dropped = torn.map_or(0, |torn| torn.bytes);
        let kept = std::fs::read(open_file(&log)).unwrap().len();
        assert_eq!(kept as u64 + dropped, cut as u64);
        writer.append(EventTime(8), b"next").unwrap();
        writer.sync().unwrap();
        drop(writer);
        let mut expected = read;
        expected.push("next".to_owned());
        assert_eq!(payloads(&log).unwrap(), expected);
    }
}

#[test]
fn a_flipped_byte_before_the_last_group_is_damage() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("verdicts");
    fill(&log, Chain::Plain, &[&["first"]]);
    let first = std::fs::read(open_file(&log)).unwrap().len();
    fill(&log, Chain::Plain, &[&["second"]]);
    let sound = std::fs::read(open_file(&log)).unwrap();
    for position in 0..first {
        let mut damaged = sound.clone();
        damaged[position] ^= 1;
        std::fs::write(open_file(&log), damaged).unwrap();
        let error = payloads(&log).unwrap_err();
        assert!(
            matches!(error, StoreError::Corrupt { .. }),
            "byte {position}: {error}"
        );
        let refused = LogWriter::open(&log, Chain::Plain).unwrap_err();
        assert!(
            matches!(refused, StoreError::Corrupt { .. }),
            "byte {position}: {refused}"
        );
    }
}

/// Bytes of a mark.
const MARK: usize = 24;

#[test]
fn a_flipped_byte_of_the_last_group_is_damage_and_never_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("labels");
    fill(&log, Chain::Plain, &[&["first"], &["second", "third"]]);
    let file = open_file(&log);
    let sound = std::fs::read(&file).unwrap();
    let records = sound.len() - MARK;
    for position in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[position] ^= 16;
        std::fs::write(&file, &damaged).unwrap();
        if position < records {
            let error = payloads(&log).unwrap_err();
            assert!(
                matches!(error, StoreError::Corrupt { .. }),
                "byte {position}: {error}"
            );
            LogWriter::open(&log, Chain::Plain).unwrap_err();
            assert_eq!(std::fs::read(&file).unwrap(), damaged, "byte {position}");
        } else {
            let (_, torn) = LogWriter::open(&log, Chain::Plain).unwrap();
            assert_eq!(torn.unwrap().bytes, MARK as u64, "byte {position}");
            assert_eq!(payloads(&log).unwrap(), ["first", "second", "third"]);
        }
    }
}

#[test]
fn an_end_that_may_be_damage_is_kept_aside() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("labels");
    fill(&log, Chain::Plain, &[&["first"]]);
    let file = open_file(&log);
    let first = std::fs::read(&file).unwrap().len();
    fill(&log, Chain::Plain, &[&["second", "third"]]);
    // As an earlier program left it, or a power cut before the mark was on the disk.
    let mut bytes = std::fs::read(&file).unwrap();
    bytes.truncate(bytes.len() - MARK);
    bytes[first + 20] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let mut reader = LogReader::open(&log).unwrap();
    assert_eq!(reader.by_ref().count(), 1);
    assert!(reader.torn().unwrap().holds_records);
    let (mut writer, torn) = LogWriter::open(&log, Chain::Plain).unwrap();
    assert_eq!(torn, reader.torn());
    writer.append(EventTime(8), b"next").unwrap();
    writer.sync().unwrap();
    assert_eq!(payloads(&log).unwrap(), ["first", "next"]);
    let mut files = std::fs::read_dir(&log)
        .unwrap()
        .map(|it| it.unwrap().path());
    let aside = files.find(|path| path.extension().is_some_and(|it| it == super::TORN));
    assert_eq!(std::fs::read(aside.unwrap()).unwrap(), &bytes[first..]);
}

#[test]
fn a_log_without_marks_is_read_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("labels");
    fill(&log, Chain::Plain, &[&["first", "second"]]);
    let file = open_file(&log);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - MARK]).unwrap();
    fill(&log, Chain::Plain, &[&["third"]]);
    assert_eq!(payloads(&log).unwrap(), ["first", "second", "third"]);
}

#[test]
fn a_record_that_was_replaced_breaks_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let (true_log, false_log) = (folder.path().join("true"), folder.path().join("false"));
    fill(&true_log, Chain::Chained, &[&["grant"], &["sign"]]);
    fill(&false_log, Chain::Chained, &[&["grunt"]]);
    let mut bytes = std::fs::read(open_file(&true_log)).unwrap();
    let forged = std::fs::read(open_file(&false_log)).unwrap();
    bytes
        .get_mut(..forged.len())
        .unwrap()
        .copy_from_slice(&forged);
    std::fs::write(open_file(&true_log), bytes).unwrap();
    let error = payloads(&true_log).unwrap_err().to_string();
    assert!(
        error.ends_with("the chain breaks before record 1"),
        "{error}"
    );
}

#[test]
fn sealing_keeps_every_record_and_the_chain() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit");
    fill(&log, Chain::Chained, &[&["a"], &["b"]]);
    let (mut writer, _) = LogWriter::open(&log, Chain::Chained).unwrap();
    let sealed = writer.seal().unwrap().unwrap();
    assert_eq!(writer.seal().unwrap(), None);
    writer.append(EventTime(9), b"c").unwrap();
    writer.sync().unwrap();
    let busy = LogWriter::open(&log, Chain::Chained).unwrap_err();
    assert!(matches!(busy, StoreError::Busy { .. }));
    drop(writer);
    assert_eq!(payloads(&log).unwrap(), ["a", "b", "c"]);
    // A reader that listed the files before a seal still reads everything.
    let reader = LogReader::open(&log).unwrap();
    let (mut writer, _) = LogWriter::open(&log, Chain::Chained).unwrap();
    writer.seal().unwrap().unwrap();
    drop(writer);
    assert_eq!(reader.map(Result::unwrap).count(), 3);
    let mut bytes = std::fs::read(&sealed).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&sealed, bytes).unwrap();
    assert!(matches!(payloads(&log), Err(StoreError::Corrupt { .. })));
}

/// Appends and seals; returns how many records were acknowledged before the fault.
fn scenario(
    files: &Arc<FaultyFileSystem>,
    folder: &Path,
    acknowledged: &mut u64,
) -> Result<(), StoreError> {
    let (mut writer, _) = LogWriter::open_with(Arc::clone(files) as _, folder, Chain::Chained)?;
    for number in *acknowledged.. {
        if number >= 6 {
            return Ok(());
        }
        writer.append(EventTime(0), number.to_string().as_bytes())?;
        *acknowledged = writer.sync()?;
        match number {
            1 | 3 => writer.rotate()?,
            2 | 4 => {
                for closed in writer.take_rotated() {
                    closed.seal()?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[test]
fn closed_files_are_read_and_sealed_while_others_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("verdicts");
    let (mut writer, _) = LogWriter::open(&log, Chain::Plain).unwrap();
    let write = |writer: &mut LogWriter, text: &str| {
        writer.append(EventTime(0), text.as_bytes()).unwrap();
        writer.sync().unwrap();
    };
    for text in ["a", "b", "c"] {
        write(&mut writer, text);
        writer.rotate().unwrap();
        // There is nothing to close yet.
        writer.rotate().unwrap();
    }
    write(&mut writer, "d");
    let all = ["a", "b", "c", "d"];
    assert_eq!(payloads(&log).unwrap(), all);
    let mut reader = LogReader::open(&log).unwrap();
    assert_eq!(reader.next().unwrap().unwrap().payload, b"a");
    let closed = writer.take_rotated();
    assert_eq!(closed.len(), 3);
    closed[0].seal().unwrap().unwrap();
    // The reader had that file open, and the next ones listed.
    closed[1].seal().unwrap().unwrap();
    let rest: Vec<Vec<u8>> = reader.map(|record| record.unwrap().payload).collect();
    assert_eq!(rest, [b"b", b"c", b"d"]);
    assert_eq!(closed[0].seal().unwrap(), None);
    drop(writer);
    // What was not sealed is handed out again.
    let (mut writer, _) = LogWriter::open(&log, Chain::Plain).unwrap();
    assert_eq!(writer.take_rotated().len(), 1);
    write(&mut writer, "e");
    drop(writer);
    assert_eq!(payloads(&log).unwrap(), ["a", "b", "c", "d", "e"]);
    for (sequence, text) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
        let mut reader = LogReader::open_from(&log, sequence as u64).unwrap();
        let found = reader.find(|record| record.as_ref().unwrap().sequence == sequence as u64);
        assert_eq!(found.unwrap().unwrap().payload, text.as_bytes());
    }
    assert_eq!(LogReader::open_from(&log, 99).unwrap().count(), 2);
}

#[test]
fn a_closed_file_that_is_cut_is_damage_and_not_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("verdicts");
    let (mut writer, _) = LogWriter::open(&log, Chain::Plain).unwrap();
    for text in ["a", "b"] {
        writer.append(EventTime(0), text.as_bytes()).unwrap();
        writer.rotate().unwrap();
    }
    writer.append(EventTime(0), b"c").unwrap();
    writer.sync().unwrap();
    drop(writer);
    let first = log.join("00000000000000000000.log");
    let bytes = std::fs::read(&first).unwrap();
    for length in 0..bytes.len() - MARK {
        std::fs::write(&first, &bytes[..length]).unwrap();
        assert!(
            matches!(payloads(&log), Err(StoreError::Corrupt { .. })),
            "{length}"
        );
        assert!(
            LogWriter::open(&log, Chain::Plain).is_err(),
            "cut to {length} bytes"
        );
        assert_eq!(std::fs::read(&first).unwrap().len(), length);
    }
}

#[test]
fn no_fault_at_any_operation_loses_an_acknowledged_record() {
    for fault in [Fault::Kill, Fault::PowerCut, Fault::DiskFull] {
        for operation in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("audit");
            let faulty = Arc::new(FaultyFileSystem::failing_at(operation, fault));
            let mut acknowledged = 0;
            let done = scenario(&faulty, &log, &mut acknowledged);
            if !faulty.tripped() {
                done.unwrap();
                break;
            }
            let sound = Arc::new(FaultyFileSystem::sound());
            let (writer, _) =
                LogWriter::open_with(Arc::clone(&sound) as _, &log, Chain::Chained).unwrap();
            drop(writer);
            let found = payloads(&log).unwrap();
            assert!(
                found.len() as u64 >= acknowledged,
                "{fault:?} at {operation}"
            );
            let mut written = found.len() as u64;
            scenario(&sound, &log, &mut written).unwrap();
            assert_eq!(
                payloads(&log).unwrap(),
                ["0", "1", "2", "3", "4", "5"],
                "{fault:?} at {operation}"
            );
        }
    }
}

#[test]
fn what_a_failed_sync_left_is_on_the_disk_before_anything_else_is_acknowledged() {
    let mut losses = 0;
    for operation in 1.. {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("audit");
        let faulty = Arc::new(FaultyFileSystem::failing_at(operation, Fault::LostSync));
        let mut acknowledged = 0;
        let mut openings = 0;
        while scenario(&faulty, &log, &mut acknowledged).is_err() {
            openings += 1;
            assert!(
                openings < 3,
                "it goes on when it is opened anew: {operation}"
            );
            // What reads may be counted on from the next acknowledgement on.
            acknowledged = payloads(&log).unwrap().len() as u64;
        }
        losses += openings;
        faulty.lose_power();
        assert_eq!(
            payloads(&log).unwrap(),
            ["0", "1", "2", "3", "4", "5"],
            "{operation}"
        );
        if openings == 0 {
            break;
        }
    }
    assert!(losses >= 6, "each record's sync failed once: {losses}");
}

/// Writes a log of three sealed files of two records each, and one that is open.
fn sealed_log(folder: &Path) {
    for group in [["a", "b"], ["c", "d"], ["e", "f"]] {
        fill(folder, Chain::Plain, &[&group]);
        LogWriter::open(folder, Chain::Plain)
            .unwrap()
            .0
            .seal()
            .unwrap();
    }
    fill(folder, Chain::Plain, &[&["g"]]);
}

/// Takes the vowels out of a log's sealed files.
fn without_vowels(retained: &Retained) -> Result<u64, StoreError> {
    let is_vowel = |record: &Record| matches!(record.payload.as_slice(), b"a" | b"e");
    let mut changed = 0;
    for file in retained.sealed()? {
        let looked = retained.rewrite(&file, |record| is_vowel(record).then(Vec::new))?;
        changed += looked.changed;
        assert_eq!(looked.last, Some(EventTime(7)));
        assert_eq!(looked.end, file.first + 2);
    }
    Ok(changed)
}

#[test]
fn payloads_go_while_others_are_written_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("verdicts");
    sealed_log(&log);
    let retained = Retained::new(Arc::new(FaultyFileSystem::sound()), &log);
    let (mut writer, _) = LogWriter::open(&log, Chain::Plain).unwrap();
    let mut before = LogReader::open(&log).unwrap();
    assert_eq!(before.next().unwrap().unwrap().payload, b"a");
    assert_eq!(without_vowels(&retained).unwrap(), 2);
    assert_eq!(without_vowels(&retained).unwrap(), 0);
    let rest: Vec<Vec<u8>> = before.map(|record| record.unwrap().payload).collect();
    assert_eq!(
        rest,
        [&b"b"[..], b"c", b"d", b"", b"f", b"g"],
        "a reader goes on"
    );
    writer.append(EventTime(8), b"h").unwrap();
    writer.sync().unwrap();
    let expected = ["", "b", "c", "d", "", "f", "g", "h"];
    assert_eq!(payloads(&log).unwrap(), expected);
    assert_eq!(retained.drop_before(3).unwrap(), 1, "whole files alone go");
    assert_eq!(retained.drop_before(3).unwrap(), 0);
    assert_eq!(payloads(&log).unwrap(), expected[2..]);
    drop(writer);
    fill(&log, Chain::Plain, &[&["i"]]);
    let numbers: Vec<u64> = LogReader::open_from(&log, 5)
        .unwrap()
        .map(|it| it.unwrap().sequence)
        .collect();
    assert_eq!(numbers, [4, 5, 6, 7, 8]);
    assert_eq!(
        retained.drop_before(100).unwrap(),
        1,
        "what comes next hangs on the last one"
    );
}

#[test]
fn an_interruption_leaves_the_old_form_or_the_new_one() {
    for fault in [Fault::Kill, Fault::PowerCut, Fault::DiskFull] {
        for operation in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let log = folder.path().join("verdicts");
            sealed_log(&log);
            let faulty = Arc::new(FaultyFileSystem::failing_at(operation, fault));
            let retained = Retained::new(faulty.clone(), &log);
            let done = without_vowels(&retained).and_then(|_| retained.drop_before(2));
            let case = format!("{fault:?} at operation {operation}");
            let read = payloads(&log).unwrap_or_else(|error| panic!("{case}: {error}"));
            let letters = [
                ["a", ""],
                ["b", "b"],
                ["c", "c"],
                ["d", "d"],
                ["e", ""],
                ["f", "f"],
                ["g", "g"],
            ];
            assert!(read.len() == 7 || read.len() == 5, "{case}: {read:?}");
            for (read, one_of) in read.iter().rev().zip(letters.iter().rev()) {
                assert!(one_of.contains(&read.as_str()), "{case}: {read}");
            }
            let (writer, torn) = LogWriter::open(&log, Chain::Plain).unwrap();
            assert_eq!(torn, None, "{case}");
            drop(writer);
            assert_eq!(payloads(&log).unwrap(), read, "{case}");
            let sealed = std::fs::read_dir(&log).unwrap();
            let sealed = sealed.filter(|file| {
                let name = file.as_ref().unwrap().file_name();
                name.to_string_lossy().ends_with(".parquet")
            });
            assert_eq!(sealed.count(), read.len() / 2, "{case}: no old form stays");
            if !faulty.tripped() {
                done.unwrap();
                assert!(operation > 8);
                break;
            }
        }
    }
}

#[test]
fn a_chained_log_is_never_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("audit");
    fill(&log, Chain::Chained, &[&["a"]]);
    LogWriter::open(&log, Chain::Chained)
        .unwrap()
        .0
        .seal()
        .unwrap();
    let retained = Retained::new(Arc::new(FaultyFileSystem::sound()), &log);
    let file = retained.sealed().unwrap().remove(0);
    let refused = retained.rewrite(&file, |_| Some(Vec::new())).unwrap_err();
    assert!(refused.to_string().contains("chained"), "{refused}");
    assert_eq!(payloads(&log).unwrap(), ["a"]);
}

#[test]
fn what_a_dead_writer_left_is_removed_and_a_writer_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("verdicts");
    assert!(!has_writer(&log).unwrap());
    fill(&log, Chain::Plain, &[&["a"]]);
    // No process has the largest number; this one may be about to replace a file.
    let [dead, own] = [u32::MAX, std::process::id()]
        .map(|process| log.join(format!(".1-abc.parquet.{process}.new")));
    for left in [&dead, &own] {
        std::fs::write(left, b"events").unwrap();
    }
    assert!(!has_writer(&log).unwrap());
    let (writer, _) = LogWriter::open(&log, Chain::Plain).unwrap();
    assert!(has_writer(&log).unwrap());
    assert!(!dead.exists() && own.exists());
    drop(writer);
    assert!(!has_writer(&log).unwrap());
    assert_eq!(payloads(&log).unwrap(), ["a"]);
}
