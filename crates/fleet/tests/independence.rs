//! The oracle must not share its errors with what it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

#[test]
fn the_fleet_depends_on_neither_decoder_record_nor_sink() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let nodes: BTreeMap<&str, Vec<&str>> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| {
            let dependencies = node["dependencies"].as_array().unwrap();
            (node["id"].as_str().unwrap(), dependencies.iter().map(|id| id.as_str().unwrap()).collect())
        })
        .collect();
    let ours: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .filter(|(_, name)| name.starts_with("wattledger"))
        .collect();
    let fleet = ours.iter().find(|(_, name)| **name == "wattledger-fleet").unwrap().0;
    let (mut reached, mut open) = (BTreeSet::new(), vec![*fleet]);
    while let Some(id) = open.pop() {
        if reached.insert(id) {
            open.extend(&nodes[id]);
        }
    }
    let reached: Vec<&str> = reached.iter().filter_map(|id| ours.get(id)).copied().collect();
    assert_eq!(reached, ["wattledger-fleet"]);
}
