//! The closed loop from the shell: what scripts read of it, and that it says the same again.

use serde_json::Value;

use crate::support::{folder, ringtrue};

const LOOP: &str =
    "simulate --loop --seeds 1 --cycles 2 --events 2000 --policy audited --policy oracle";

#[test]
fn the_loop_tells_every_cycle_of_every_policy() {
    let at = folder(&[]);
    let ran = ringtrue(at.path(), &format!("{LOOP} --json --out page")).exits(0);
    let json = ran.json();
    let policies = json["policies"].as_array().unwrap();
    let names: Vec<&Value> = policies.iter().map(|it| &it["policy"]).collect();
    assert_eq!(names, ["audited", "oracle"]);
    for policy in policies {
        for figure in ["recall", "fpr", "cost_per_1000"] {
            let cycles = policy[figure].as_array().unwrap();
            assert_eq!(cycles.len(), 2);
            assert!(cycles.iter().all(|it| it["value"].is_f64()));
        }
    }
    assert_eq!(policies[1]["audit_share"], 0.0);
    assert!(policies[0]["lost_last"]["value"].is_f64());
    assert_eq!(json["played"].as_array().unwrap().len(), 2);
    let page = std::fs::read_to_string(at.path().join("page/report.html")).unwrap();
    assert!(page.contains("Retraining in a closed loop") && page.contains("<svg"));
    let again = ringtrue(at.path(), &format!("{LOOP} --json --threads 1")).exits(0);
    assert_eq!(again.stdout, ran.stdout);
}
