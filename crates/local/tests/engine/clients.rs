//! Every column type of our tables goes round through the clients that people use, and each sees a server error.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use chrono::{DateTime, Utc};
use clickhouse::{Client, Compression, Row};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::support::{Server, escaped, output, part, shared};

/// One column of each type; § stands between name and type in a tuple.
const EVERY_TYPE: &str = "(
    id UInt64, tenant LowCardinality(String), station String, seq_no Int64, content_hash UInt128,
    small UInt8, epoch UInt16, month UInt32, parameter Float64,
    received_at DateTime64(6, 'UTC'), event_time Nullable(DateTime64(6, 'UTC')),
    event_type Enum8('Started' = 1, 'Updated' = 2, 'Ended' = 3), state Nullable(Enum8('Unknown' = 0, 'Charging' = 1)),
    offline Bool, evse_sleep Nullable(Bool), evse_id Nullable(Int64), id_token Nullable(String),
    energy_wh Nullable(Decimal(18, 6)), record_id UUID,
    flags Array(LowCardinality(String)), numbers Array(Int64),
    starts Array(Tuple(at§Int64, seq_no§Int64, content_hash§UInt128)),
    ranges Array(Tuple(epoch§UInt16, first§Int64, last§Int64)),
    placed Array(Tuple(content_hash§UInt128, seq_no§Int64, epoch§UInt16)),
    lost Array(Tuple(content_hash§UInt128, seq_no§Int64, variant§Bool)),
    headers Array(Tuple(name§String, value§String)),
    meter Nested(at Nullable(DateTime64(6, 'UTC')), text String, value Nullable(Decimal(18, 6)), ulp Decimal(18, 6),
        unit Enum8('unknown' = 0, 'Wh' = 1), multiplier Int8, context_given Bool)
) ENGINE = MergeTree ORDER BY id";

#[derive(Debug, Clone, PartialEq, Row, Serialize, Deserialize)]
struct EveryType {
    id: u64,
    tenant: String,
    station: String,
    seq_no: i64,
    content_hash: u128,
    small: u8,
    epoch: u16,
    month: u32,
    parameter: f64,
    #[serde(with = "clickhouse::serde::chrono::datetime64::micros")]
    received_at: DateTime<Utc>,
    #[serde(with = "clickhouse::serde::chrono::datetime64::micros::option")]
    event_time: Option<DateTime<Utc>>,
    event_type: i8,
    state: Option<i8>,
    offline: bool,
    evse_sleep: Option<bool>,
    evse_id: Option<i64>,
    id_token: Option<String>,
    energy_wh: Option<i64>,
    #[serde(with = "clickhouse::serde::uuid")]
    record_id: Uuid,
    flags: Vec<String>,
    numbers: Vec<i64>,
    starts: Vec<(i64, i64, u128)>,
    ranges: Vec<(u16, i64, i64)>,
    placed: Vec<(u128, i64, u16)>,
    lost: Vec<(u128, i64, bool)>,
    headers: Vec<(String, String)>,
    #[serde(rename = "meter.at")]
    meter_at: Vec<Option<i64>>,
    #[serde(rename = "meter.text")]
    meter_text: Vec<String>,
    #[serde(rename = "meter.value")]
    meter_value: Vec<Option<i64>>,
    #[serde(rename = "meter.ulp")]
    meter_ulp: Vec<i64>,
    #[serde(rename = "meter.unit")]
    meter_unit: Vec<i8>,
    #[serde(rename = "meter.multiplier")]
    meter_multiplier: Vec<i8>,
    #[serde(rename = "meter.context_given")]
    meter_context_given: Vec<bool>,
}

/// Extremes, empties, and text that a careless escape would change.
fn samples() -> Vec<EveryType> {
    let awkward = "tab\there, line\n\nbreaks, quote ' \" ` backslash \\ nul \0 snow ☃, '\r\n";
    let full = EveryType {
        id: 1,
        tenant: "acme".to_owned(),
        station: awkward.to_owned(),
        seq_no: i64::MIN,
        content_hash: u128::MAX,
        small: u8::MAX,
        epoch: u16::MAX,
        month: 202_611,
        parameter: 0.1,
        received_at: DateTime::from_timestamp_micros(1_795_000_000_123_456).unwrap(),
        event_time: DateTime::from_timestamp_micros(1_514_764_800_000_001),
        event_type: 3,
        state: Some(1),
        offline: true,
        evse_sleep: Some(false),
        evse_id: Some(i64::MAX),
        id_token: Some(String::new()),
        energy_wh: Some(-1),
        record_id: Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef),
        flags: vec!["late".to_owned(), String::new()],
        numbers: vec![0, -1],
        starts: vec![(1, 2, 3), (-1, -2, u128::MAX)],
        ranges: vec![(1, 2, 3)],
        placed: vec![(u128::MAX - 1, 5, 6)],
        lost: vec![(7, 8, true)],
        headers: vec![("received_at".to_owned(), awkward.to_owned())],
        meter_at: vec![None, Some(1_795_000_000_123_456)],
        meter_text: vec![awkward.to_owned(), "1e3".to_owned()],
        meter_value: vec![Some(8_589_934_591_999_999), None],
        meter_ulp: vec![1, 1_000_000],
        meter_unit: vec![0, 1],
        meter_multiplier: vec![-128, 127],
        meter_context_given: vec![true, false],
    };
    let empty = EveryType {
        id: 2,
        event_time: None,
        state: None,
        evse_sleep: None,
        evse_id: None,
        id_token: None,
        energy_wh: None,
        flags: Vec::new(),
        numbers: Vec::new(),
        starts: Vec::new(),
        ranges: Vec::new(),
        placed: Vec::new(),
        lost: Vec::new(),
        headers: Vec::new(),
        meter_at: Vec::new(),
        meter_text: Vec::new(),
        meter_value: Vec::new(),
        meter_ulp: Vec::new(),
        meter_unit: Vec::new(),
        meter_multiplier: Vec::new(),
        meter_context_given: Vec::new(),
        ..full.clone()
    };
    vec![full, empty]
}

/// The table's columns; `named` tells whether tuples name their elements, which the crate's schema check cannot read.
fn every_type(named: bool) -> String {
    let mut pieces: Vec<&str> = EVERY_TYPE.split('§').collect();
    let last = pieces.pop().unwrap_or_default();
    let keep = |piece: &&str| match named {
        true => format!("{piece} "),
        false => piece.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_').to_owned(),
    };
    pieces.iter().map(keep).collect::<String>() + last
}

async fn fill(server: &Server, database: &str, client: &Client, ddl: &str) {
    server.sql(database, &format!("CREATE TABLE every_type {ddl}")).await;
    let mut insert = client.insert::<EveryType>("every_type").await.unwrap();
    for row in samples() {
        insert.write(&row).await.unwrap();
    }
    insert.end().await.unwrap();
}

fn client(server: &Server, database: &str) -> Client {
    Client::default().with_url(&server.url).with_database(database).with_validation(false)
}

#[tokio::test]
async fn every_column_type_goes_round_through_the_clickhouse_crate() {
    let server = shared().await;
    let cases = [
        ("crate_lz4", Compression::Lz4, true),
        ("crate_plain", Compression::None, true),
        ("crate_unchecked", Compression::Lz4, false),
    ];
    for (name, compression, checks) in cases {
        let database = server.database(name).await;
        let client = client(&server, &database).with_compression(compression).with_validation(checks);
        let ddl = every_type(!checks);
        fill(&server, &database, &client, &ddl).await;
        let rows: Vec<EveryType> =
            client.query("SELECT ?fields FROM every_type ORDER BY id").fetch_all().await.unwrap();
        assert_eq!(rows, samples());
        let sql = "SELECT id FROM every_type \
                   WHERE content_hash = {hash:UInt128} AND station = {station:String} AND state IS NULL";
        let query = client.query(sql).param("hash", u128::MAX).param("station", &samples()[0].station);
        assert_eq!(query.fetch_one::<u64>().await.unwrap(), 2);
    }
}

#[tokio::test]
async fn the_clickhouse_crate_sees_a_server_error() {
    let server = shared().await;
    let client = Client::default().with_url(&server.url);
    let error = client.query("SELECT * FROM no_such_table").execute().await.unwrap_err();
    let clickhouse::error::Error::BadResponse(text) = error else { panic!("{error:?}") };
    assert!(text.starts_with("Code: 60. DB::Exception: ") && text.contains("(UNKNOWN_TABLE)"), "{text}");
}

#[tokio::test]
async fn the_clickhouse_crate_sees_an_error_behind_the_first_rows() {
    let server = shared().await;
    for compression in [Compression::Lz4, Compression::None] {
        let client = Client::default().with_url(&server.url).with_compression(compression);
        let sql = "SELECT number + throwIf(number = 3000000, 'too far') AS number FROM numbers(10000000) SETTINGS max_threads = 1";
        let mut cursor = client.query(sql).fetch::<u64>().unwrap();
        let mut rows = 0_u64;
        let error = loop {
            match cursor.next().await {
                Ok(Some(number)) => {
                    assert_eq!(number, rows);
                    rows += 1;
                }
                Ok(None) => panic!("{rows} rows passed for all"),
                Err(error) => break error,
            }
        };
        assert!(rows > 0, "the error has to come late");
        assert!(error.to_string().contains("Code: 395. DB::Exception: too far"), "{error}");
    }
}

#[tokio::test]
async fn every_column_type_goes_round_through_curl_in_every_format() {
    let server = shared().await;
    let database = server.database("through_curl").await;
    fill(&server, &database, &client(&server, &database), &every_type(true)).await;
    for format in
        ["JSONEachRow", "TabSeparated", "CSV", "Values", "RowBinary", "RowBinaryWithNamesAndTypes", "Native"]
    {
        server.sql(&database, &format!("CREATE TABLE of_{format} {}", every_type(true))).await;
        let read = format!(
            "{}/?database={database}&query={}",
            server.url,
            escaped("SELECT * FROM every_type ORDER BY id")
        );
        let file = std::env::temp_dir().join(format!("wattledger-curl-{}-{format}", std::process::id()));
        let path = file.display().to_string();
        output(Command::new("curl").args([
            "-sS",
            "--fail-with-body",
            "-o",
            &path,
            &format!("{read}&default_format={format}"),
        ]));
        let write = format!(
            "{}/?database={database}&query={}",
            server.url,
            escaped(&format!("INSERT INTO of_{format} FORMAT {format}"))
        );
        output(Command::new("curl").args([
            "-sS",
            "--fail-with-body",
            "--data-binary",
            &format!("@{path}"),
            &write,
        ]));
        std::fs::remove_file(file).unwrap();
        let differ = format!(
            "SELECT count() FROM (SELECT * FROM every_type EXCEPT SELECT * FROM of_{format} UNION ALL \
             (SELECT * FROM of_{format} EXCEPT SELECT * FROM every_type))"
        );
        assert_eq!(server.sql(&database, &differ).await, "0\n", "{format}");
        assert_eq!(
            server.sql(&database, &format!("SELECT count() FROM of_{format}")).await,
            "2\n",
            "{format}"
        );
    }
}

#[tokio::test]
async fn curl_sees_a_server_error() {
    let server = shared().await;
    let shown = [
        "-sS",
        "-w",
        "%{http_code} %header{x-clickhouse-exception-code}",
        "-d",
        "SELECT * FROM no_such_table",
    ];
    let text = output(Command::new("curl").args(shown).arg(&server.url));
    assert!(text.starts_with("Code: 60. DB::Exception: "), "{text}");
    assert!(text.ends_with("\n404 60"), "{text}");
}

#[tokio::test]
async fn every_column_type_goes_round_through_clickhouse_connect() {
    let server = shared().await;
    let database = server.database("through_python").await;
    fill(&server, &database, &client(&server, &database), &every_type(true)).await;
    server.sql(&database, &format!("CREATE TABLE copy {}", every_type(true))).await;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/engine/round_trip.py");
    let mut python = Command::new(part("venv/bin/python"));
    let text = output(python.arg(script).args([server.port.to_string(), database.clone()]));
    assert_eq!(text, "rows equal, error 60 seen\n");
    let differ = "SELECT count() FROM (SELECT * FROM every_type EXCEPT SELECT * FROM copy)";
    assert_eq!(server.sql(&database, differ).await, "0\n");
}

/// A type without names and vocabularies: `Array(Tuple(Int64, UInt128))`.
const SHAPES: &str = "SELECT DISTINCT replaceRegexpAll(replaceRegexpAll(type, 'Enum8\\([^)]*\\)', 'Enum8'), '[a-z_]+ ', '') \
                      FROM system.columns WHERE database = currentDatabase()";

#[tokio::test]
async fn the_table_above_has_every_type_of_our_tables() {
    let server = shared().await;
    let ours = server.database("our_tables").await;
    let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/clickhouse/0001_tables.sql");
    for statement in
        std::fs::read_to_string(tables).unwrap().split(";\n").filter(|text| !text.trim().is_empty())
    {
        server.sql(&ours, statement).await;
    }
    let tried = server.database("tried_types").await;
    server.sql(&tried, &format!("CREATE TABLE every_type {}", every_type(true))).await;
    let ours: BTreeSet<String> = server.sql(&ours, SHAPES).await.lines().map(str::to_owned).collect();
    let tried: BTreeSet<String> = server.sql(&tried, SHAPES).await.lines().map(str::to_owned).collect();
    assert!(ours.len() > 20, "{ours:?}");
    let missing: Vec<&String> = ours.difference(&tried).collect();
    assert!(missing.is_empty(), "not tried: {missing:?}");
}
