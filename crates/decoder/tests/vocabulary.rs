//! Numbers and spellings of the vocabularies are those of the columns, and reading finds every word.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use wattledger_decoder::{
    ChargingState, EventType, Location, Measurand, Phase, PreconditioningStatus, ReadingContext,
    StoppedReason, TriggerReason, Unit,
};

const TABLES: &str = include_str!("../../../deploy/clickhouse/0001_tables.sql");

/// `'name' = number` of the first Enum8 column of that name.
fn column(name: &str) -> Vec<(String, u8)> {
    let is_column = |line: &&str| {
        let column = line.split_whitespace().next().unwrap_or_default().trim_matches('`');
        column.trim_start_matches("meter_values.") == name && line.contains("Enum8(")
    };
    let line = TABLES.lines().find(is_column).unwrap();
    let list = line.split_once("Enum8(").unwrap().1.split_once(')').unwrap().0;
    let mut words: Vec<_> = list
        .split(", ")
        .map(|word| {
            let (text, number) = word.split_once(" = ").unwrap();
            (text.trim_matches('\'').to_owned(), number.parse().unwrap())
        })
        .collect();
    words.sort_by_key(|(_, number)| *number);
    words
}

macro_rules! check {
    ($name:ident, $column:literal, $beside:expr) => {{
        let mut ours: Vec<_> = $name::ALL.iter().map(|v| (v.as_str().to_owned(), v.as_u8())).collect();
        let beside: Option<(&str, u8)> = $beside;
        ours.extend(beside.map(|(text, number)| (text.to_owned(), number)));
        ours.sort_by_key(|(_, number)| *number);
        assert_eq!(ours, column($column));
        for value in $name::ALL {
            assert_eq!($name::from_u8(value.as_u8()), Some(*value));
        }
        assert_eq!($name::from_u8(255), None);
    }};
}

#[test]
fn numbers_are_those_of_the_columns() {
    check!(EventType, "event_type", None);
    check!(TriggerReason, "trigger_reason", None);
    check!(ChargingState, "charging_state", None);
    check!(StoppedReason, "stopped_reason", None);
    check!(PreconditioningStatus, "preconditioning_status", None);
    check!(Measurand, "measurand", None);
    check!(ReadingContext, "context", None);
    check!(Phase, "phase", Some(("total", 0)));
    check!(Location, "location", Some(("unmarked", 0)));
    check!(Unit, "unit", None);
}

#[test]
fn every_word_is_found_in_any_case() {
    for value in Measurand::ALL.iter().filter(|value| **value != Measurand::Unknown) {
        assert_eq!(Measurand::parse(value.as_str()), Some(*value));
        assert_eq!(Measurand::parse(&value.as_str().to_uppercase()), Some(*value));
    }
    for value in TriggerReason::ALL.iter().filter(|value| **value != TriggerReason::Unknown) {
        assert_eq!(TriggerReason::parse(value.as_str()), Some(*value));
    }
}

#[test]
fn our_word_for_outside_is_outside() {
    assert_eq!(TriggerReason::parse("Unknown"), None);
    assert_eq!(Phase::parse("Unknown"), None);
    assert_eq!(PreconditioningStatus::parse("Other"), None);
    assert_eq!(PreconditioningStatus::parse("Unknown"), Some(PreconditioningStatus::Unknown));
    assert_eq!(StoppedReason::parse("Other"), Some(StoppedReason::Other));
}
