//! Ends, wanted and unwanted: what was acknowledged is there afterwards, and the folder opens again.

use std::time::Duration;

use crate::support::{Folder, Server, escaped, try_ask};

/// Rows of each insert; all or none of them may be there.
const ROWS: u64 = 5_000;

/// Inserts numbered batches until the server is gone, and gives the number of acknowledged ones.
async fn insert_until_gone(url: &str) -> u64 {
    for batch in 0.. {
        let rows: String = (0..ROWS).map(|row| format!("{batch}\t{row}\n")).collect();
        let query = escaped("INSERT INTO t FORMAT TSV");
        match try_ask("POST", &format!("{url}/?async_insert=0&query={query}"), &[], rows).await {
            Some(reply) if !reply.broken => assert_eq!(reply.status, 200, "{}", reply.text()),
            _ => return batch,
        }
    }
    unreachable!()
}

#[tokio::test]
async fn acknowledged_rows_outlive_kill_9() {
    let folder = Folder::new();
    for round in 0..3 {
        let server = Server::start_in(folder.path(), &[]).await;
        if round == 0 {
            server
                .sql(
                    "default",
                    "CREATE TABLE t (batch UInt64, row UInt64) ENGINE = MergeTree ORDER BY (batch, row)",
                )
                .await;
        }
        let inserting = tokio::spawn({
            let url = server.url.clone();
            async move { insert_until_gone(&url).await }
        });
        // in the middle of the load, not before it
        let count = "SELECT uniqExact(batch) FROM t";
        while server.sql("default", count).await.trim().parse::<u64>().unwrap() < 10 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.process.kill();
        let acknowledged = inserting.await.unwrap();
        drop(server);
        let server = Server::start_in(folder.path(), &[]).await;
        let torn = format!(
            "SELECT count() FROM (SELECT batch, count() AS rows FROM t GROUP BY batch HAVING rows != {ROWS})"
        );
        assert_eq!(server.sql("default", &torn).await, "0\n", "a batch is there in part");
        let missing =
            format!("SELECT count() FROM numbers({acknowledged}) WHERE number NOT IN (SELECT batch FROM t)");
        assert_eq!(server.sql("default", &missing).await, "0\n", "acknowledged batches are missing");
        server.sql("default", "TRUNCATE TABLE t").await;
        server.process.kill();
    }
}

#[tokio::test]
async fn a_polite_end_lets_statements_end_and_keeps_the_rows() {
    let folder = Folder::new();
    let server = Server::start_in(folder.path(), &[]).await;
    server.sql("default", "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a").await;
    let url = server.url.clone();
    let slow =
        "INSERT INTO t SELECT number + ignore(sleepEachRow(0.2)) FROM numbers(5) SETTINGS max_block_size = 1";
    let running = tokio::spawn(async move { try_ask("POST", &url, &[], slow).await.unwrap() });
    server.await_running("INSERT INTO t SELECT", 1).await;
    assert!(
        server.process.stop(Duration::from_secs(30)).is_some_and(|status| status.success()),
        "{}",
        server.log()
    );
    assert_eq!(running.await.unwrap().status, 200);
    drop(server);
    let server = Server::start_in(folder.path(), &[]).await;
    assert_eq!(server.sql("default", "SELECT count() FROM t").await, "5\n");
}

#[tokio::test]
async fn a_polite_end_stops_what_does_not_end() {
    let server = Server::start(&[]).await;
    let url = server.url.clone();
    let endless = "SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))";
    let running = tokio::spawn(async move { try_ask("POST", &url, &[], endless).await.unwrap() });
    server.await_running("1000000000000", 1).await;
    assert!(
        server.process.stop(Duration::from_secs(30)).is_some_and(|status| status.success()),
        "{}",
        server.log()
    );
    assert_eq!(running.await.unwrap().header("x-clickhouse-exception-code"), "236");
}
