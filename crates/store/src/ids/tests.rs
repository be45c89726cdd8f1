//! The multiset maximum against a plain model of it, and damage to index files.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::index::{IndexInfo, IndexReader, IndexWriter};
use super::merge::{choose, compact, find_repeats};
use super::spill::Spill;
use crate::error::StoreError;
use crate::filesystem::Disk;

/// Spreads small numbers over the whole range of ids, some sharing their first byte.
fn id(number: u8) -> u128 {
    (u128::from(number % 16) << 120) | (u128::from(number) << 60) | u128::from(number)
}

fn index(folder: &Path, name: &str, counts: &BTreeMap<u128, u32>, expected: u64) -> IndexInfo {
    let mut writer = IndexWriter::new(Disk::real(), folder.join(name), expected);
    for (id, count) in counts {
        writer.push(*id, *count).unwrap();
    }
    writer.finish().unwrap().unwrap()
}

fn open(folder: &Path, name: &str) -> IndexReader {
    IndexReader::open(Disk::real(), &folder.join(name)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn repeats_are_the_multiset_maximum(
        held in proptest::collection::btree_map(any::<u8>(), 1..4_u32, 1..60),
        runs in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 1..5),
        entries_max in 1..100_u64,
        expected in 1..100_000_u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let held: BTreeMap<u128, u32> = held.into_iter().map(|(number, count)| (id(number), count)).collect();
        index(folder.path(), "held", &held, expected);
        let mut spill = Spill::new(Disk::real(), folder.path().join("spill"));
        let (mut ordinal, mut seen) = (0_u64, BTreeMap::new());
        let mut expected_repeats = Vec::new();
        for run in &runs {
            let mut entries = Vec::new();
            for number in run {
                let occurrence = seen.entry(id(*number)).or_insert(0_u32);
                *occurrence += 1;
                expected_repeats.push(*occurrence <= held.get(&id(*number)).copied().unwrap_or(0));
                entries.push((id(*number), ordinal));
                ordinal += 1;
            }
            spill.add_run(&mut entries).unwrap();
        }
        let mut files = [open(folder.path(), "held")];
        let mut writer = IndexWriter::new(Disk::real(), folder.path().join("new"), spill.entries());
        let repeats = find_repeats(&spill, &mut files, &mut writer, entries_max).unwrap();
        let found: Vec<bool> = (0..ordinal).map(|ordinal| repeats.contains(ordinal)).collect();
        prop_assert_eq!(&found, &expected_repeats);
        prop_assert_eq!(repeats.count_in(0, ordinal), repeats.count());
        // Held and new counts together are the larger of the two, occurrence by occurrence.
        let mut files = vec![open(folder.path(), "held")];
        if writer.finish().unwrap().is_some() {
            files.push(open(folder.path(), "new"));
        }
        let merged = IndexWriter::new(Disk::real(), folder.path().join("merged"), 10);
        compact(files, merged).unwrap();
        let mut merged = open(folder.path(), "merged");
        for number in 0..=u8::MAX {
            let one = held.get(&id(number)).copied().unwrap_or(0);
            let other = seen.get(&id(number)).copied().unwrap_or(0);
            prop_assert_eq!(merged.count(id(number)).unwrap(), one.max(other));
        }
    }
}

#[test]
fn every_flipped_byte_of_an_index_is_noticed_or_harmless() {
    let folder = tempfile::tempdir().unwrap();
    let counts: BTreeMap<u128, u32> = (0..40).map(|number| (id(number), 1)).collect();
    index(folder.path(), "index", &counts, 2_000);
    let path = folder.path().join("index");
    let sound = std::fs::read(&path).unwrap();
    for position in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[position] ^= 0x10;
        std::fs::write(&path, damaged).unwrap();
        let read = || -> Result<Vec<u32>, StoreError> {
            let mut reader = IndexReader::open(Disk::real(), &path)?;
            counts.keys().map(|id| reader.count(*id)).collect()
        };
        match read() {
            Err(StoreError::Corrupt { .. }) => {}
            Ok(read) => assert_eq!(read, vec![1; 40], "byte {position}"),
            Err(other) => panic!("byte {position}: {other}"),
        }
    }
}

#[test]
fn many_small_files_are_merged_before_a_large_one() {
    let file = |entries: u64| IndexInfo {
        digest: ringtrue_core::Digest::of(&entries.to_le_bytes()),
        entries,
    };
    let files: Vec<IndexInfo> = [1_000, 10, 11, 12].map(file).to_vec();
    assert_eq!(choose(files.clone(), 4), (files.clone(), Vec::new()));
    let (staying, merged) = choose(files, 3);
    let entries =
        |files: &[IndexInfo]| -> Vec<u64> { files.iter().map(|file| file.entries).collect() };
    assert_eq!(
        (entries(&staying), entries(&merged)),
        (vec![1_000], vec![10, 11, 12])
    );
}
