//! Values of the leaves of a schema: plain, at the edges of what is allowed, and just beyond them.

use rand::RngExt as _;
use rand::rngs::StdRng;
use serde_json::Value;

use super::kind;
use crate::json::Json;

/// Times that RFC 3339 allows, plain ones first.
const TIMES: &[&str] = &[
    "2026-03-01T10:00:00Z",
    "2026-03-01T10:00:00+02:00",
    "2026-03-01T10:00:00.5Z",
    "2026-03-01T10:00:00.123Z",
    "2026-03-01T10:00:00.123456Z",
    "2026-03-01T10:00:00.123456789-23:59",
    "2026-03-01t10:00:00z",
    "2024-02-29T23:59:59Z",
    "2016-12-31T23:59:60Z",
    "1970-01-01T00:00:00Z",
    "2039-12-31T23:59:59.999Z",
    "2040-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59Z",
];

/// Texts that are no time of RFC 3339.
const NO_TIMES: &[&str] = &[
    "",
    " ",
    "yesterday",
    "2026-03-01",
    "10:00:00Z",
    "2026-03-01T10:00:00",
    "2026-03-01 10:00:00Z",
    "2026-03-01T10:00:00+02",
    "2026-03-01T10:00:00+0200",
    "2026-03-01T10:00:00,5Z",
    "2026-03-01T10:00:00.Z",
    "2026-03-01T10:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T10:60:00Z",
    "2026-03-01T10:00:61Z",
    "2026-02-29T10:00:00Z",
    "2026-13-01T10:00:00Z",
    "2026-3-1T10:00:00Z",
    "2026-03-01T10:00:00+24:00",
    "2026-03-01T10:00:00ZZ",
    " 2026-03-01T10:00:00Z",
    "2026-03-01T10:00:00Z\n",
    "20260301T100000Z",
    "1772359200",
    "２026-03-01T10:00:00Z",
];

/// Integers that a schema without bounds allows: all that are integral, however they are written.
const INTEGERS: &[&str] = &[
    "1",
    "0",
    "-0",
    "-1",
    "3.0",
    "1e2",
    "20E-1",
    "2147483647",
    "2147483648",
    "-2147483648",
    "-2147483649",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "1e30",
];

const NUMBERS: &[&str] = &[
    "1",
    "0",
    "-0.0",
    "-1",
    "2935.600",
    "1.5e3",
    "0.000001",
    "0.0000001",
    "500.37957763671875",
    "8589934591.999999",
    "8589934592",
    "999999999999.999999",
    "1e12",
    "1e300",
    "-1e300",
    "1E-400",
    "123456789012345678901234567890",
];

/// Texts without a schema of their own, short enough for any bound that matters.
const TEXTS: &[&str] =
    &["a", "", "0", "-1", " ", "true", "ä", "\u{1f600}", "\"\\\u{8}", "\0", "/\u{7f}\u{2028}"];

/// Values of each type, for where another is wanted.
pub(super) const OF_ALL_TYPES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "1",
    "-1",
    "1.5",
    "2147483648",
    "1e30",
    r#""""#,
    r#""text""#,
    r#""1""#,
    r#"" 2.5 ""#,
    r#""-1""#,
    r#""1e400""#,
    r#""true""#,
    "[]",
    "[null]",
    "[1]",
    r#"["text"]"#,
    "[[]]",
    "[{}]",
    "{}",
    r#"{"a":1}"#,
];

/// A value of every day: the default, if there is one.
pub(super) fn plain(node: &Value) -> Json {
    if let Some(default) = node.get("default") {
        return parsed(&default.to_string());
    }
    if let Some(word) = words(node).next() {
        return Json::String(word.to_owned());
    }
    match kind(node) {
        "boolean" => Json::Bool(true),
        "integer" | "number" => Json::Number("1".to_owned()),
        _ if is_time(node) => Json::String(TIMES[0].to_owned()),
        _ => Json::String("a".to_owned()),
    }
}

/// Values that are allowed, at the edges.
pub(super) fn edges(node: &Value) -> Vec<Json> {
    if words(node).next().is_some() {
        return words(node).map(|word| Json::String(word.to_owned())).collect();
    }
    let is_inside = |text: &&&str| {
        let number: f64 = text.parse().unwrap();
        limit(node, "minimum").is_none_or(|low| number >= low)
            && limit(node, "maximum").is_none_or(|high| number <= high)
    };
    match kind(node) {
        "boolean" => vec![Json::Bool(true), Json::Bool(false)],
        "integer" => {
            numbers(INTEGERS.iter().filter(is_inside).copied().chain(bounds(node, 0).iter().map(|s| &**s)))
        }
        "number" => numbers(NUMBERS.iter().copied()),
        _ if is_time(node) => strings(TIMES),
        _ => {
            let mut texts = strings(TEXTS);
            texts.extend(max_length(node).into_iter().flat_map(repeated));
            texts
        }
    }
}

/// Values that are not allowed, or may not be: other types, and what lies beyond the bounds.
pub(super) fn outside(node: &Value) -> Vec<Json> {
    let mut values: Vec<_> = OF_ALL_TYPES.iter().map(|text| parsed(text)).collect();
    for word in words(node) {
        let swapped: String = word
            .chars()
            .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        values.extend([swapped, format!("{word} "), word[..word.len() - 1].to_owned()].map(Json::String));
    }
    if is_time(node) {
        values.extend(strings(NO_TIMES));
    }
    values.extend(max_length(node).into_iter().flat_map(|length| repeated(length + 1)));
    values.extend(numbers(bounds(node, 1).iter().map(|text| &**text)));
    values
}

/// Any JSON value of some depth.
pub(super) fn anything(rng: &mut StdRng, depth: u32) -> Json {
    let children = |rng: &mut StdRng| -> Vec<Json> {
        (0..rng.random_range(0..4)).map(|_| anything(rng, depth - 1)).collect()
    };
    match rng.random_range(0..3) {
        0 if depth > 0 => Json::Array(children(rng)),
        1 if depth > 0 => {
            let named = |(n, value)| (format!("x{n}"), value);
            Json::Object(children(rng).into_iter().enumerate().map(named).collect())
        }
        _ => parsed(OF_ALL_TYPES[rng.random_range(0..OF_ALL_TYPES.len())]),
    }
}

fn words(node: &Value) -> impl Iterator<Item = &str> {
    node.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn is_time(node: &Value) -> bool {
    node.get("format").is_some()
}

fn limit(node: &Value, keyword: &str) -> Option<f64> {
    node.get(keyword).and_then(Value::as_f64)
}

/// Minimum and maximum, or what lies `beyond` them.
fn bounds(node: &Value, beyond: i64) -> Vec<String> {
    let whole = |bound: f64| format!("{bound:.0}").parse::<i64>().unwrap();
    let low = limit(node, "minimum").map(|low| whole(low) - beyond);
    let high = limit(node, "maximum").map(|high| whole(high) + beyond);
    low.into_iter().chain(high).map(|bound| bound.to_string()).collect()
}

fn max_length(node: &Value) -> Option<usize> {
    node.get("maxLength").and_then(Value::as_u64).map(|length| usize::try_from(length).unwrap())
}

/// Texts of a length in characters, of one to four bytes each.
fn repeated(characters: usize) -> [Json; 3] {
    ["x", "\u{e9}", "\u{1f50b}"].map(|c| Json::String(c.repeat(characters)))
}

fn strings(texts: &[&str]) -> Vec<Json> {
    texts.iter().map(|text| Json::String((*text).to_owned())).collect()
}

fn numbers<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<Json> {
    texts.map(|text| Json::Number(text.to_owned())).collect()
}

pub(super) fn parsed(text: &str) -> Json {
    Json::parse(text.as_bytes()).unwrap()
}
