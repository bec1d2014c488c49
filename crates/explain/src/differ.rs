//! What differs between two messages, member by member.
//!
//! Members are compared as the content hash compares them: numbers by value, texts unescaped, the order of members does
//! not matter.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use wattledger_record::hash;

use crate::limits::VALUE_CHARS_MAX;
use crate::report::Difference;

/// How deep is looked; the decoder takes no message that is deeper than 64.
const DEPTH_MAX: usize = 64;

/// The differences of `other` from `one`, in the order of paths. `None`: one of them is no JSON.
#[must_use]
pub(crate) fn between(one: &str, other: &str) -> Option<Vec<Difference>> {
    let read = |text| serde_json::from_str::<&RawValue>(text).ok();
    let mut found = Vec::new();
    compare("", Some(read(trimmed(one))?), Some(read(trimmed(other))?), 0, &mut found);
    Some(found)
}

/// Without what the decoder strips from the end as well.
fn trimmed(text: &str) -> &str {
    text.trim_end_matches(|c: char| c == '\0' || c.is_ascii_whitespace())
}

fn compare(
    path: &str,
    one: Option<&RawValue>,
    other: Option<&RawValue>,
    depth: usize,
    out: &mut Vec<Difference>,
) {
    if let (Some(a), Some(b)) = (one, other) {
        if depth < DEPTH_MAX
            && (compare_objects(path, a, b, depth, out) || compare_arrays(path, a, b, depth, out))
        {
            return;
        }
        if is_equal(a.get(), b.get()) {
            return;
        }
    }
    let text = |value: Option<&RawValue>| value.map(|value| short(value.get()));
    out.push(Difference { path: path.to_owned(), counts: text(one), this: text(other) });
}

type Object<'a> = BTreeMap<String, &'a RawValue>;

fn compare_objects(path: &str, a: &RawValue, b: &RawValue, depth: usize, out: &mut Vec<Difference>) -> bool {
    let (Ok(a), Ok(b)) =
        (serde_json::from_str::<Object<'_>>(a.get()), serde_json::from_str::<Object<'_>>(b.get()))
    else {
        return false;
    };
    let mut names: Vec<&String> = a.keys().chain(b.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(&path, a.get(name).copied(), b.get(name).copied(), depth + 1, out);
    }
    true
}

fn compare_arrays(path: &str, a: &RawValue, b: &RawValue, depth: usize, out: &mut Vec<Difference>) -> bool {
    let (Ok(a), Ok(b)) =
        (serde_json::from_str::<Vec<&RawValue>>(a.get()), serde_json::from_str::<Vec<&RawValue>>(b.get()))
    else {
        return false;
    };
    for index in 0..a.len().max(b.len()) {
        let path = format!("{path}[{index}]");
        compare(&path, a.get(index).copied(), b.get(index).copied(), depth + 1, out);
    }
    true
}

/// Whether two values that are not both objects or arrays are one value.
fn is_equal(a: &str, b: &str) -> bool {
    let text = |value: &str| serde_json::from_str::<String>(value).ok();
    let is_number = |value: &str| value.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    if is_number(a) && is_number(b) {
        return hash::number(a.as_bytes()) == hash::number(b.as_bytes());
    }
    a == b || text(a).is_some_and(|a| text(b) == Some(a))
}

fn short(text: &str) -> String {
    let mut shown: String = text.chars().take(VALUE_CHARS_MAX).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(one: &str, other: &str, expect: &[&str]) {
        let found = between(one, other).unwrap();
        let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let found: Vec<String> =
            found.iter().map(|d| format!("{}: {} | {}", d.path, side(&d.counts), side(&d.this))).collect();
        assert_eq!(found, expect);
    }

    #[test]
    fn members_are_compared_by_value() {
        check(r#"{"a":1.0,"b":"é"}"#, "{\"b\":\"\\u00e9\",\"a\":1}\0\n", &[]);
        check(r#"{"a":{"b":[1,2]}}"#, r#"{"a":{"b":[1,3,4]}}"#, &["a.b[1]: 2 | 3", "a.b[2]: - | 4"]);
        check(r#"{"a":1,"c":null}"#, r#"{"a":"1","c":{}}"#, &["a: 1 | \"1\"", "c: null | {}"]);
        check(r#"{"a":[]}"#, r#"{"a":{}}"#, &["a: [] | {}"]);
        // a double cannot tell these apart
        check("[9007199254740993]", "[9007199254740992]", &["[0]: 9007199254740993 | 9007199254740992"]);
    }

    #[test]
    fn what_is_no_json_is_not_compared() {
        assert_eq!(between("{", "{}"), None);
    }

    #[test]
    fn long_values_are_cut() {
        let long = format!("\"{}\"", "x".repeat(200));
        let found = between(&long, "1").unwrap();
        assert_eq!(found[0].counts.as_ref().unwrap().chars().count(), VALUE_CHARS_MAX + 1);
    }
}
