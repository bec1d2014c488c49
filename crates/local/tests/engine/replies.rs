//! Replies: heads, packing, streams, and errors behind the first rows.

use std::io::Read;

use crate::support::{Server, ask, shared};

#[tokio::test]
async fn the_head_says_what_a_server_says() {
    let server = shared().await;
    let url = format!("{}/?query_id=my-query", server.url);
    let reply = ask("POST", &url, &[], "SELECT number FROM numbers(1000) FORMAT JSON").await;
    assert_eq!(reply.header("x-clickhouse-query-id"), "my-query");
    assert_eq!(reply.header("x-clickhouse-format"), "JSON");
    assert_eq!(reply.header("content-type"), "application/json; charset=UTF-8");
    assert_eq!(
        reply.header("x-clickhouse-timezone"),
        server.sql("default", "SELECT timezone()").await.trim()
    );
    let summary: serde_json::Value = serde_json::from_str(reply.header("x-clickhouse-summary")).unwrap();
    assert_eq!(
        (summary["read_rows"].as_str(), summary["result_rows"].as_str()),
        (Some("1000"), Some("1000"))
    );
    assert_eq!(reply.header("x-clickhouse-exception-tag").len(), 16);
}

#[tokio::test]
async fn one_document_comes_out_of_many_pieces() {
    let server = shared().await;
    let reply = server
        .sql(
            "default",
            "SELECT number % 7 AS g, count() FROM numbers(200000) GROUP BY number, g WITH TOTALS FORMAT JSON",
        )
        .await;
    let document: serde_json::Value = serde_json::from_str(&reply).unwrap();
    assert_eq!(document["rows"], 200_000);
    assert_eq!(document["data"].as_array().unwrap().len(), 200_000);
    let csv = server.sql("default", "SELECT number FROM numbers(200000) FORMAT CSVWithNames").await;
    assert_eq!((csv.lines().count(), csv.matches("number").count()), (200_001, 1));
}

#[tokio::test]
async fn replies_are_packed_as_the_client_wishes() {
    let server = shared().await;
    let sql = "SELECT number, toString(number) FROM numbers(300000)";
    let plain = server.sql("default", sql).await;
    for encoding in ["gzip", "deflate", "zstd", "lz4"] {
        let reply = ask("POST", &server.url, &[("accept-encoding", encoding)], sql).await;
        assert_eq!(reply.header("content-encoding"), encoding);
        assert!(reply.body.len() < plain.len(), "{encoding}");
        assert!(unpacked(encoding, &reply.body) == plain, "{encoding}");
    }
    let off = format!("{}/?enable_http_compression=0", server.url);
    let reply = ask("POST", &off, &[("accept-encoding", "gzip")], sql).await;
    assert_eq!((reply.header("content-encoding"), reply.text() == plain), ("", true));
    let reply = ask("POST", &format!("{}/?compress=1", server.url), &[], sql).await;
    assert_eq!(reply.header("content-encoding"), "");
    // what compress=1 packs, decompress=1 unpacks: the rows go back as data
    let database = server.database("native_blocks").await;
    server.sql(&database, "CREATE TABLE t (a UInt64, s String) ENGINE = MergeTree ORDER BY a").await;
    let url = format!("{}/?database={database}&decompress=1&query=INSERT+INTO+t+FORMAT+TSV", server.url);
    assert_eq!(ask("POST", &url, &[], reply.body).await.text(), "");
    assert!(server.sql(&database, "SELECT * FROM t ORDER BY a").await == plain);
}

fn unpacked(encoding: &str, packed: &[u8]) -> String {
    let mut text = String::new();
    match encoding {
        "gzip" => flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap(),
        "deflate" => flate2::read::ZlibDecoder::new(packed).read_to_string(&mut text).unwrap(),
        "zstd" => zstd::stream::read::Decoder::new(packed).unwrap().read_to_string(&mut text).unwrap(),
        "lz4" => lz4_flex::frame::FrameDecoder::new(packed).read_to_string(&mut text).unwrap(),
        other => panic!("{other}"),
    };
    text
}

const FAILS_LATE: &str =
    "SELECT number + throwIf(number = 3000000, 'too far') FROM numbers(10000000) SETTINGS max_threads = 1";

#[tokio::test]
async fn an_error_behind_the_first_rows_is_told_between_tags_and_breaks_the_reply_off() {
    let server = shared().await;
    let reply = ask("POST", &server.url, &[], FAILS_LATE).await;
    assert_eq!(reply.status, 200);
    assert!(reply.broken, "the reply must not pass for a whole one");
    let tag = reply.header("x-clickhouse-exception-tag");
    let text = reply.text();
    let (_rows, told) = text.split_once(&format!("\r\n__exception__\r\n{tag}\r\n")).unwrap();
    let (message, length) =
        told.strip_suffix(&format!(" {tag}\r\n__exception__\r\n")).unwrap().rsplit_once('\n').unwrap();
    assert!(message.starts_with("Code: 395. DB::Exception: too far"), "{message}");
    assert_eq!(length, (message.len() + 1).to_string());
}

#[tokio::test]
async fn wait_end_of_query_tells_a_late_error_in_the_status() {
    let server = shared().await;
    let url = format!("{}/?wait_end_of_query=1", server.url);
    let reply = ask("POST", &url, &[], FAILS_LATE).await;
    assert_eq!((reply.status.as_u16(), reply.header("x-clickhouse-exception-code")), (500, "395"));
    let reply = ask("POST", &url, &[], "SELECT number FROM numbers(1000000)").await;
    let summary: serde_json::Value = serde_json::from_str(reply.header("x-clickhouse-summary")).unwrap();
    assert_eq!(summary["result_rows"].as_str(), Some("1000000"));
    assert_eq!(reply.text().lines().count(), 1_000_000);
}

#[tokio::test]
async fn a_large_result_is_streamed_in_flat_memory() {
    let server = Server::start(&[]).await;
    let sql = |rows: u64| format!("SELECT number, toString(number) FROM numbers({rows}) FORMAT RowBinary");
    server.sql("default", &sql(2_000_000)).await;
    let before = server.resident();
    let url = server.url.clone();
    // 25 million rows are 415 MB
    let reading = tokio::spawn(async move { ask("POST", &url, &[], sql(25_000_000)).await.body.len() });
    let mut most = before;
    while !reading.is_finished() {
        most = most.max(server.resident());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(reading.await.unwrap(), 413_888_890);
    assert!(most < before + (160 << 20), "{} MiB before, {} MiB at most", before >> 20, most >> 20);
}
