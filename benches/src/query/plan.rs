//! Which parts of the tables a question reads, as the engine plans it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Outcome;
use super::engine::Asker;

/// A table with fewer granules is read whole for the price of one look-up.
const GRANULES_MIN: u64 = 50;

/// Granules read of one table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Read {
    /// Granules that are read.
    pub selected: u64,
    /// Granules that there are.
    pub all: u64,
    /// Kinds of index that left something out.
    pub indexes: Vec<String>,
}

/// The most that is read of each table in one place.
pub type Reads = BTreeMap<String, Read>;

/// What a statement would read. Its scalar subqueries are answered while it is planned and do not show.
///
/// # Errors
/// What the server says against it.
pub async fn of(engine: &Asker, database: &str, sql: &str) -> Outcome<Reads> {
    let explain = format!("EXPLAIN indexes = 1, json = 1 {sql} FORMAT TSVRaw");
    let text = engine.ask(database, &explain).await?.text;
    let mut reads = Reads::new();
    collect(&serde_json::from_str(&text)?, &mut reads);
    Ok(reads)
}

fn collect(node: &Value, reads: &mut Reads) {
    match node {
        Value::Array(nodes) => nodes.iter().for_each(|node| collect(node, reads)),
        Value::Object(members) => {
            if let (Some(table), Some(Value::Array(indexes))) =
                (members.get("Description"), members.get("Indexes"))
            {
                note(table.as_str().unwrap_or_default(), indexes, reads);
            }
            members.values().for_each(|member| collect(member, reads));
        }
        _ => {}
    }
}

fn note(table: &str, indexes: &[Value], reads: &mut Reads) {
    let count = |index: &Value, name: &str| index.get(name).and_then(Value::as_u64).unwrap_or_default();
    let Some((first, last)) = indexes.first().zip(indexes.last()) else { return };
    let read = Read {
        selected: count(last, "Selected Granules"),
        all: count(first, "Initial Granules"),
        indexes: indexes
            .iter()
            .filter(|index| count(index, "Selected Granules") < count(index, "Initial Granules"))
            .filter_map(|index| index.get("Name").or_else(|| index.get("Type"))?.as_str().map(str::to_owned))
            .collect(),
    };
    let table = table.rsplit('.').next().unwrap_or(table);
    let most = reads.entry(table.to_owned()).or_default();
    if read.selected >= most.selected {
        *most = read;
    }
}

/// The largest share of a table that is read, 0 to 1; tables of fewer than 50 granules do not count.
#[must_use]
pub fn share(reads: &Reads) -> f64 {
    let large = reads.values().filter(|read| read.all >= GRANULES_MIN);
    #[expect(clippy::cast_precision_loss, reason = "granules are far fewer than 2^52")]
    large.map(|read| read.selected as f64 / read.all as f64).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_that_is_read_of_a_table_counts() {
        let plan = r#"[{"Plan": {"Plans": [
            {"Description": "w.event_rows", "Indexes": [
                {"Type": "Partition", "Initial Granules": 200, "Selected Granules": 100},
                {"Type": "PrimaryKey", "Initial Granules": 100, "Selected Granules": 3}]},
            {"Description": "w.event_rows", "Indexes": [
                {"Type": "PrimaryKey", "Initial Granules": 200, "Selected Granules": 50}]},
            {"Description": "w.progress", "Indexes": [
                {"Type": "PrimaryKey", "Initial Granules": 1, "Selected Granules": 1}]}]}}]"#;
        let mut reads = Reads::new();
        collect(&serde_json::from_str(plan).expect("JSON"), &mut reads);
        let read = Read { selected: 50, all: 200, indexes: vec!["PrimaryKey".to_owned()] };
        assert_eq!(reads.get("event_rows"), Some(&read));
        assert!((share(&reads) - 0.25).abs() < 1e-9);
    }
}
