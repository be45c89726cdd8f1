//! What people are told: the guide explains every key, and the explanation is what they see.

use super::*;

const GUIDE: &str = include_str!("../../../../../docs/guides/task.md");

#[test]
fn the_examples_of_the_guide_are_tasks() {
    let mut tasks = Vec::new();
    for block in GUIDE.split("```toml\n").skip(1) {
        let text = block.split("```").next().unwrap_or_default();
        if text.contains("\nkind = ") {
            tasks.push(Task::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}")));
        }
    }
    let kinds: Vec<Kind> = tasks.iter().map(|task| task.kind).collect();
    assert_eq!(kinds, [Kind::Url, Kind::Table]);
    for task in &tasks {
        assert!(
            !task.undefined().iter().any(|open| open.blocking),
            "{}",
            task.name
        );
    }
    for dropped in ["attack", "category", "difficulty"] {
        assert!(
            tasks
                .iter()
                .any(|task| task.columns.drop.iter().any(|name| name == dropped))
        );
    }
}

#[test]
fn the_guide_explains_every_key() {
    for (section, keys) in reader::SECTIONS {
        for key in keys {
            let full = if section.is_empty() {
                (*key).to_owned()
            } else {
                format!("{section}.{key}")
            };
            let is_section = reader::SECTIONS.iter().any(|(other, _)| *other == full);
            assert!(
                is_section || GUIDE.contains(&format!("`{full}`")),
                "docs/guides/task.md does not explain `{full}`"
            );
        }
    }
}

#[test]
fn explanation_of_what_is_assumed() {
    insta::assert_snapshot!(Task::assumed(Kind::Url).explain(), @r"
    What it asks
      Task `assumed`: each event is a URL.

    Base rate
      1 event in 1,000 is malicious: of 1,000,000 events a day, 1,000 are malicious and 999,000 are not.
      A detector that never says malicious is right 99.9 % of the time and worth nothing.

    Alerts a day
      FPR       false alarms  flagged, TPR 0.5        true  flagged, TPR 0.9        true
      1e-2             9,990            10,490       4.8 %            10,890       8.3 %
      1e-3               999             1,499        33 %             1,899        47 %
      1e-4               100               600        83 %             1,000        90 %
      `true` is the share of the flagged events that are malicious.

    What mistakes cost
      Blocking a benign event costs 10 EUR, letting a malicious one through 1,000 EUR, a review 5 EUR.
      Without a detector, what gets through costs 365,000,000 EUR a year.
      At FPR 1e-2, false positives cost 99,900 EUR a day: 36,463,500 EUR a year.
      At FPR 1e-3, false positives cost 9,990 EUR a day: 3,646,350 EUR a year.
      At FPR 1e-4, false positives cost 999 EUR a day: 364,635 EUR a year.
      At TPR 0.5, blocking pays while the FPR stays below 0.05.
      At TPR 0.9, blocking pays while the FPR stays below 0.09.
      A review pays from a chance of 0.5 % that the event is malicious.

    Capacity
      People can handle 40 alerts a day.
      Blocking alone holds that up to an FPR of 0.00004: a malicious event that is blocked needs nobody.
      Reviewed one by one, at most 4 % of the malicious events can be looked at.

    How the input is read
      Columns and labels are recognised by their usual names.

    Who may see what, and whose data it is
      Every field is kept as it is.
      Every source is public.

    The attacker
      Nobody has said who attacks, or how.

    People and time
      Nobody has said who labels, or how often to retrain.
    ");
}

#[test]
fn explanation_of_a_full_task() {
    let block = GUIDE
        .split("```toml\n")
        .find(|block| block.contains("kind = \"table\""));
    let text = block
        .and_then(|block| block.split("```").next())
        .expect("an example");
    insta::assert_snapshot!(Task::parse(text).expect("parses").explain(), @r"
    What it asks
      Task `network connections`: each event is a row of a table.
      Is this connection part of an attack on the network?
      Malicious: denial of service; probing; access from outside or to root without permission.
      Not malicious: unusual connections of administrators.
      Unsure: scans by our own inventory that nobody announced.
      Family `dos`: denial of service
      Family `probe`: looks for weaknesses
      Family `r2l`: gets in from outside
      Family `u2r`: becomes root

    Base rate
      1 event in 10,000 is malicious: of 2,000,000 events a day, 200 are malicious and 1,999,800 are not.
      A detector that never says malicious is right 99.99 % of the time and worth nothing.

    Alerts a day
      FPR       false alarms  flagged, TPR 0.5        true  flagged, TPR 0.9        true
      1e-2            19,998            20,098       0.5 %            20,178      0.89 %
      1e-3             2,000             2,100       4.8 %             2,180       8.3 %
      1e-4               200               300        33 %               380        47 %
      `true` is the share of the flagged events that are malicious.

    What mistakes cost
      Blocking a benign event costs 2 USD, letting a malicious one through 500 USD, a review 3 USD.
      For slice `web`: false positive 5 USD.
      Without a detector, what gets through costs 36,500,000 USD a year.
      At FPR 1e-2, false positives cost 39,996 USD a day: 14,598,540 USD a year.
      At FPR 1e-3, false positives cost 4,000 USD a day: 1,459,854 USD a year.
      At FPR 1e-4, false positives cost 400 USD a day: 145,985 USD a year.
      At TPR 0.5, blocking pays while the FPR stays below 0.013.
      At TPR 0.9, blocking pays while the FPR stays below 0.023.
      A review pays from a chance of 0.6 % that the event is malicious.

    Capacity
      People can handle 300 alerts a day.
      Blocking alone holds that up to an FPR of 0.00015: a malicious event that is blocked needs nobody.

    How the input is read
      Columns: label in `label`; family in `category`.
      No signal sees: `attack`; `category`; `difficulty`; `in_test21`.
      `land` is read as boolean.
      `logged_in` is read as boolean.
      `protocol_type` is read as category.
      Label `0` means benign.
      Label `1` means malicious.
      Derived `bytes_ratio` = src_bytes / (dst_bytes + 1)
      Derived `log_ratio` = log(bytes_ratio + 1)
      Slice `web`: service in ['http', 'http_443', 'http_8001']
      Slice `long`: duration > 60

    Who may see what, and whose data it is
      Every field is kept as it is.
      Every source is public.

    The attacker
      Wants: interrupt a service; get in unseen.
      Can change: their own packets: sizes, flags, pace; how many hosts they come from.
      Changes columns: `src_bytes` upwards only, 0.001 minutes a change by 1; `count` downwards only, 0.5 minutes a step of 1; `srv_count` downwards only, 0.5 minutes a step of 1.
      Columns that are not listed there stay as they are.

    People and time
      Labelled by network operations.
      100 events a week are labelled: 0.00071 % of the traffic.
      Evidence: the packets; the host's own log.
      A new detector every 90 days.
    ");
}

#[test]
fn extreme_figures_are_still_told() {
    let task = parse(
        "[costs]\nfalse_positive = 0\nfalse_negative = 1e-300\nreview = 0\n[traffic]\n\
         events_per_day = 1e-300\nmalicious_share = 1e-300\n[capacity]\nalerts_per_day = 0\n\
         [labelling]\nevents_per_week = 1e300\n",
    );
    let told = task.explain().to_string();
    assert!(told.contains("blocking pays at any FPR"), "{told}");
    assert!(!told.contains("NaN"), "{told}");
}
