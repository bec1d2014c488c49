//! The questions, asked through SQL clients that people use: each gives the answer that our own client gives.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test helper fails by panicking"
)]

#[path = "../sql/database.rs"]
#[expect(dead_code, reason = "helper of the SQL tests, of which these use a part")]
mod database;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use database::Database;
use serde_json::Value;

/// By file: names of the columns, then the rows.
type Answers = BTreeMap<String, Vec<Vec<Value>>>;

fn fetched(part: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local").join(part);
    assert!(path.exists(), "{} is missing: run `make fetch`, which fetches it", path.display());
    path
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients").join(name)
}

fn questions() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/clickhouse/questions");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .filter(|path| path.ends_with(".sql"))
        .collect();
    files.sort();
    files
}

/// What our own client gets.
async fn ours(database: &Database, files: &[String]) -> Answers {
    let client = database
        .client
        .clone()
        .with_setting("output_format_json_quote_64bit_integers", "1")
        .with_setting("output_format_json_quote_decimals", "1")
        .with_setting("output_format_json_named_tuples_as_objects", "0");
    let mut answers = Answers::new();
    for file in files {
        let question = std::fs::read_to_string(file).unwrap();
        let query = client.query_raw(question.trim_end().trim_end_matches(';'));
        let bytes = query.fetch_bytes("JSONCompactEachRowWithNames").unwrap().collect().await.unwrap();
        let rows = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        answers.insert(file.clone(), rows.map(|row| serde_json::from_slice(row).unwrap()).collect());
    }
    answers
}

/// Sets a program to work; it is given port, database and files behind `arguments`.
fn start(program: &Path, arguments: &[PathBuf], database: &Database, files: &[String]) -> Child {
    let port = database.target.url.rsplit(':').next().unwrap();
    Command::new(program)
        .args(arguments)
        .args([port, &database.target.database])
        .args(files)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What it got.
fn of(program: Child) -> Answers {
    let output = program.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A value without what clients write in different ways: quotes around numbers, zeros at the end of a fraction, midnight
/// of a date, names inside of tuples.
fn plain(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => members.values().map(plain).collect(),
        Value::Number(number) => plain(&Value::String(number.to_string())),
        Value::String(text) => {
            let fraction = text.rsplit_once('.').filter(|(head, tail)| {
                head.ends_with(|c: char| c.is_ascii_digit()) && tail.bytes().all(|byte| byte.is_ascii_digit())
            });
            let short = fraction.map_or(text.as_str(), |_| text.trim_end_matches('0').trim_end_matches('.'));
            short.strip_suffix(" 00:00:00").unwrap_or(short).into()
        }
        Value::Null | Value::Bool(_) => value.clone(),
    }
}

fn assert_same(client: &str, theirs: &Answers, ours: &Answers) {
    assert_eq!(theirs.len(), ours.len());
    for ((file, theirs), (of, ours)) in theirs.iter().zip(ours) {
        assert_eq!(file, of);
        if ours.len() == 1 {
            // Native, which clickhouse-connect reads, has no block without rows, and so no names
            assert!(
                theirs.len() == 1 && (theirs == ours || theirs.iter().all(Vec::is_empty)),
                "{client}, {file}"
            );
            continue;
        }
        let plain = |rows: &[Vec<Value>]| -> Vec<Vec<Value>> {
            rows.iter().map(|row| row.iter().map(plain).collect()).collect()
        };
        assert_eq!(plain(theirs), plain(ours), "{client}, {file}");
    }
}

#[tokio::test]
async fn every_client_gets_the_same_answers_and_sees_an_error() {
    let database = Database::filled("clients").await;
    let files = questions();
    // all three at once: it is the engine that they wait for
    let python = start(&fetched("venv/bin/python"), &[script("questions.py")], &database, &files);
    let node =
        start(&fetched("venv/bin/node"), &[script("questions.mjs"), fetched("node")], &database, &files);
    let ours = ours(&database, &files).await;
    let rows: usize = ours.values().map(|rows| rows.len() - 1).sum();
    assert!(files.len() >= 15 && rows > 40, "{} questions, {rows} rows", files.len());
    assert_same("clickhouse-connect", &of(python), &ours);
    assert_same("@clickhouse/client", &of(node), &ours);
}

#[test]
fn only_spelling_is_taken_from_values() {
    let of = |text: &str| plain(&serde_json::from_str(text).unwrap()).to_string();
    assert_eq!(of(r#"{"a":1,"b":["1.50",true,null]}"#), r#"["1",["1.5",true,null]]"#);
    assert_eq!(
        of(r#"["2026-03-01 00:00:00.000000","2026-03-01","10","1.05","CS.00x"]"#),
        r#"["2026-03-01","2026-03-01","10","1.05","CS.00x"]"#
    );
}
