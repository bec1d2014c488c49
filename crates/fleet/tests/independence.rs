//! The oracle must not share its errors with what it judges.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

#[test]
fn the_fleet_depends_on_neither_decoder_record_nor_sink() {
    // Only workspace members can lead to one another, so what they declare is enough, and nothing is downloaded.
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let names = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|entry| entry["name"].as_str().unwrap().to_owned()).collect()
    };
    let members: BTreeMap<String, Vec<String>> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["name"].as_str().unwrap().to_owned(), names(&package["dependencies"])))
        .collect();
    assert!(members["wattledger-sink"].contains(&"wattledger-decoder".to_owned()), "dependencies are seen");
    let (mut reached, mut open) = (BTreeSet::new(), vec!["wattledger-fleet".to_owned()]);
    while let Some(name) = open.pop() {
        if let Some(dependencies) = members.get(&name)
            && reached.insert(name)
        {
            open.extend(dependencies.iter().cloned());
        }
    }
    assert_eq!(reached, BTreeSet::from(["wattledger-fleet".to_owned()]));
}
