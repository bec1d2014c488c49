//! Limits and ends: time, size, places, clients that go, ports and folders that are taken.

use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Folder, Server, ask, part, program, shared};

const ENDLESS: &str = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))";

const ENDLESS_ROWS: &str = "SELECT number FROM numbers(1000000000000)";

#[tokio::test]
async fn statements_run_side_by_side() {
    let server = shared().await;
    let sql = "SELECT 'side_by_side', sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1, max_threads = 1";
    let url = server.url.clone();
    let running: Vec<_> = (0..3)
        .map(|_| {
            tokio::spawn({
                let url = url.clone();
                async move { ask("POST", &url, &[], sql).await.text() }
            })
        })
        .collect();
    server.await_running("side_by_side", 3).await;
    server.sql("default", "KILL QUERY WHERE query LIKE '%side_by_side%' AND query NOT LIKE '%KILL%'").await;
    for reply in running {
        assert!(reply.await.unwrap().contains("QUERY_WAS_CANCELLED"));
    }
}

#[tokio::test]
async fn a_statement_ends_at_its_time_limit() {
    let server = shared().await;
    let reply = ask("POST", &format!("{}/?max_execution_time=0.2", server.url), &[], ENDLESS).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("x-clickhouse-exception-code")),
        (408, "159"),
        "{}",
        reply.text()
    );
    // bytes_max, seconds_max
    let server = Server::start(&["1048576", "1"]).await;
    for url in [server.url.clone(), format!("{}/?max_execution_time=3600", server.url)] {
        let reply = ask("POST", &url, &[], ENDLESS).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("x-clickhouse-exception-code")),
            (408, "159"),
            "{}",
            reply.text()
        );
    }
    // a session that takes the engine's own limit away meets the watch
    let url = format!("{}/?session_id=s", server.url);
    ask("POST", &url, &[], "SET max_execution_time = 0").await;
    let reply = ask("POST", &url, &[], format!("{ENDLESS} SETTINGS max_execution_time = 0")).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("x-clickhouse-exception-code")),
        (408, "159"),
        "{}",
        reply.text()
    );
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_packed_or_unpacked() {
    let server = Server::start(&["1048576"]).await;
    server.sql("default", "CREATE TABLE t (s String) ENGINE = MergeTree ORDER BY s").await;
    let url = format!("{}/?query=INSERT+INTO+t+FORMAT+TSV", server.url);
    let line = |length: usize| [vec![b'x'; length - 1], vec![b'\n']].concat();
    let zstd = |length: usize| zstd::bulk::compress(&line(length), 1).unwrap();
    let encoded = [("content-encoding", "zstd")];
    assert_eq!(ask("POST", &url, &[], line(1 << 20)).await.status, 200);
    assert_eq!(ask("POST", &url, &encoded, zstd(1 << 20)).await.status, 200);
    for (headers, body) in [(&[][..], line((1 << 20) + 1)), (&encoded[..], zstd((1 << 20) + 1))] {
        let reply = ask("POST", &url, headers, body).await;
        assert_eq!(
            (reply.status.as_u16(), reply.header("x-clickhouse-exception-code")),
            (413, "229"),
            "{}",
            reply.text()
        );
    }
    // without a length in the head, too
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let head =
        "POST /?query=INSERT+INTO+t+FORMAT+TSV HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut reply = String::new();
    loop {
        let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
        let sent = tokio::time::timeout(Duration::from_millis(200), stream.write_all(&chunk)).await;
        if !matches!(sent, Ok(Ok(()))) {
            break;
        }
    }
    let mut bytes = [0; 64];
    let read = stream.read(&mut bytes).await.unwrap_or(0);
    reply.push_str(&String::from_utf8_lossy(&bytes[..read]));
    assert!(reply.starts_with("HTTP/1.1 413 "), "{reply}");
    assert_eq!(server.sql("default", "SELECT count() FROM t").await, "2\n");
}

/// Sends `sql` and waits for the first byte of its reply.
async fn begin(server: &Server, sql: &str) -> TcpStream {
    let mut stream = send(server, sql).await;
    stream.read_u8().await.unwrap();
    stream
}

async fn send(server: &Server, sql: &str) -> TcpStream {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    let request = format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{sql}", sql.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn a_client_that_goes_frees_its_place() {
    let server = Server::start(&["1048576", "600", "2"]).await;
    let insert = "INSERT INTO FUNCTION null('x UInt64') SELECT number FROM numbers(1000000000000)";
    for sql in [ENDLESS, ENDLESS_ROWS, insert] {
        let client = send(&server, sql).await;
        server.await_running("1000000000000", 1).await;
        drop(client);
        server.await_running("1000000000000", 0).await;
    }
    // both places are free again
    let holder = begin(&server, ENDLESS_ROWS).await;
    assert_eq!(server.sql("default", "SELECT 1").await, "1\n");
    drop(holder);
}

#[tokio::test]
async fn who_finds_no_place_to_wait_is_told() {
    let server = Server::start(&["1048576", "600", "1"]).await;
    // holds the one place as long as nobody reads its rows
    let holder = begin(&server, ENDLESS_ROWS).await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..70 {
        let url = server.url.clone();
        asking.spawn(async move { ask("POST", &url, &[], "SELECT 1").await });
    }
    // 64 wait
    for _ in 0..6 {
        let reply = asking.join_next().await.unwrap().unwrap();
        let code = reply.header("x-clickhouse-exception-code");
        assert_eq!((reply.status.as_u16(), code), (500, "202"), "{}", reply.text());
    }
    drop(holder);
    while let Some(reply) = asking.join_next().await {
        assert_eq!(reply.unwrap().text(), "1\n");
    }
}

/// Starts the program where something is taken, and gives its message.
fn refused(address: &str, data: &std::path::Path) -> String {
    let mut command = Command::new(program());
    command.arg(address).arg(data).arg(part("chdb/libchdb.so"));
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    String::from_utf8_lossy(&output.stderr).trim().to_owned()
}

#[tokio::test]
async fn a_taken_port_and_a_taken_folder_are_said_plainly() {
    let folder = Folder::new();
    let server = Server::start_in(folder.path(), &[]).await;
    let address = format!("127.0.0.1:{}", server.port);
    assert_eq!(refused(&address, &folder.path().join("other")), format!("address {address} is taken"));
    let data = folder.path().join("data");
    assert_eq!(
        refused("127.0.0.1:0", &data),
        format!("data folder {} is in use by another engine", data.display())
    );
    assert_eq!(server.sql("default", "SELECT 1").await, "1\n");
    assert_eq!(server.log(), "", "nothing is printed");
}
