//! Requests: parameters, settings, sessions, bodies, and what is refused.

use std::io::Write;

use crate::support::{ask, escaped, shared};

#[tokio::test]
async fn the_server_says_that_it_is_there() {
    let server = shared().await;
    for path in ["/ping", "/replicas_status", "/"] {
        assert_eq!(ask("GET", &format!("{}{path}", server.url), &[], "").await.text(), "Ok.\n");
    }
    assert_eq!(ask("GET", &format!("{}/nowhere", server.url), &[], "").await.status, 404);
    assert_eq!(ask("DELETE", &server.url, &[], "").await.status, 405);
}

#[tokio::test]
async fn what_is_wrong_gets_the_number_and_status_of_a_server() {
    let server = shared().await;
    let cases = [
        ("POST", "", "SELECT * FROM no_such_table", 404, 60),
        ("POST", "?no_such_setting=1", "SELECT 1", 404, 115),
        ("POST", "?a.b=1", "SELECT 1", 404, 115),
        ("POST", "?max_threads=many", "SELECT 1", 400, 27),
        ("POST", "?database=no_such_database", "SELECT 1", 404, 81),
        ("POST", "?default_format=NoSuch", "SELECT 1", 404, 73),
        ("POST", "?role=no_such_role", "SELECT 1", 404, 511),
        ("POST", "?session_id=x&session_check=1", "SELECT 1", 500, 372),
        ("POST", "?session_id=x&session_timeout=100000", "SELECT 1", 500, 374),
        ("POST", "", "SELEC 1", 400, 62),
        ("POST", "", "SELECT 1; SELECT 2", 400, 62),
        ("POST", "", "CREATE TABLE x (a Int8) ENGINE = Memory; DROP TABLE x", 400, 62),
        ("POST", "", " -- nothing", 400, 62),
        ("POST", "", "SELECT 1 INTO OUTFILE '/tmp/never'", 500, 358),
        ("POST", "", "SHOW TABLES INTO OUTFILE '/tmp/never'", 500, 358),
        ("POST", "", "INSERT INTO x FROM INFILE '/etc/passwd' FORMAT TSV", 404, 78),
        ("POST", "", "SYSTEM SHUTDOWN", 501, 48),
        ("POST", "", "SYSTEM KILL", 501, 48),
        ("POST", "", "INSERT INTO no_such_table FORMAT TSV\n1\n", 404, 60),
        ("POST", "", "SELECT throwIf(1)", 500, 395),
        ("POST", "", "SELECT {x:UInt8}", 500, 456),
        ("GET", "?query=DROP+TABLE+x", "", 500, 164),
        ("GET", "?query=INSERT+INTO+x+VALUES+(1)", "", 500, 164),
        ("GET", "?query=WITH+1+AS+y+INSERT+INTO+x+SELECT+1", "", 500, 164),
    ];
    for (method, query, sql, status, code) in cases {
        let reply = ask(method, &format!("{}/{query}", server.url), &[], sql).await;
        let told = format!("{query} {sql}: {}", reply.text());
        assert_eq!(reply.status, status, "{told}");
        assert_eq!(reply.header("x-clickhouse-exception-code"), code.to_string(), "{told}");
        assert!(reply.text().starts_with(&format!("Code: {code}. DB::Exception: ")), "{told}");
        assert!(!reply.text().contains("/proc/self"), "{told}");
    }
}

#[tokio::test]
async fn a_trailing_semicolon_and_comments_are_no_second_statement() {
    let server = shared().await;
    for sql in ["SELECT 1;", "SELECT 1 ; -- done; really", "/* ; */ SELECT 1", "SELECT 1 -- x"] {
        assert_eq!(server.sql("default", sql).await, "1\n", "{sql}");
    }
    assert_eq!(server.sql("default", "SELECT ';', $x$;$x$").await, ";\t;\n");
}

#[tokio::test]
async fn url_and_body_make_one_query() {
    let server = shared().await;
    let url = format!("{}/?query={}", server.url, escaped("SELECT number FROM numbers(3)"));
    assert_eq!(ask("POST", &url, &[], "WHERE number > 0 FORMAT CSV").await.text(), "1\n2\n");
    assert_eq!(ask("GET", &url, &[], "").await.text(), "0\n1\n2\n");
}

#[tokio::test]
async fn settings_parameters_and_format_come_from_url_header_and_form() {
    let server = shared().await;
    let sql = "SELECT {x:String} AS x, getSetting('max_block_size') AS s, currentDatabase() AS d";
    let text = r#"{"x":"a\tb'c\\","s":"77","d":"system"}"#;
    let x = escaped(r"a\tb'c\\");
    let url =
        format!("{}/?param_x={x}&max_block_size=77&database=system&default_format=JSONEachRow", server.url);
    assert_eq!(ask("POST", &url, &[], sql).await.text().trim(), text.replace("\"77\"", "77"));
    let headers = [("x-clickhouse-database", "system"), ("x-clickhouse-format", "CSV")];
    let reply = ask("POST", &server.url, &headers, "SELECT currentDatabase()").await;
    assert_eq!((reply.text().as_str(), reply.header("x-clickhouse-format")), ("\"system\"\n", "CSV"));
    let form = format!(
        "--b\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\n{sql}\r\n\
         --b\r\nContent-Disposition: form-data; name=\"param_x\"\r\n\r\na\\tb'c\\\\\r\n--b--\r\n"
    );
    let url = format!("{}/?max_block_size=77&database=system&default_format=JSONEachRow", server.url);
    let reply = ask("POST", &url, &[("content-type", "multipart/form-data; boundary=b")], form).await;
    assert_eq!(reply.text().trim(), text.replace("\"77\"", "77"));
}

#[tokio::test]
async fn any_user_may_come() {
    let server = shared().await;
    for headers in [[("authorization", "Basic YTpi")], [("x-clickhouse-user", "someone")]] {
        assert_eq!(ask("POST", &server.url, &headers, "SELECT 1").await.text(), "1\n");
    }
    assert_eq!(
        ask("POST", &format!("{}/?user=a&password=b", server.url), &[], "SELECT 1").await.text(),
        "1\n"
    );
}

#[tokio::test]
async fn without_a_session_nothing_is_left_behind() {
    let server = shared().await;
    let database = server.database("left_behind").await;
    ask(
        "POST",
        &format!("{}/?database={database}&max_threads=3", server.url),
        &[],
        "CREATE TEMPORARY TABLE mine (x Int8)",
    )
    .await;
    server.sql("default", &format!("USE {database}")).await;
    server.sql("default", "SET max_threads = 3").await;
    assert_ne!(server.sql("default", "SELECT getSetting('max_threads')").await, "3\n");
    assert_eq!(ask("POST", &server.url, &[], "SELECT currentDatabase()").await.text(), "default\n");
    assert_eq!(ask("POST", &server.url, &[], "SELECT * FROM mine").await.status, 404);
}

#[tokio::test]
async fn sessions_keep_their_state_and_are_kept_apart() {
    let server = shared().await;
    let database = server.database("session_state").await;
    let run = async |session: &str, more: &str, sql: &str| {
        let reply =
            ask("POST", &format!("{}/?session_id={session}{more}", server.url), &[], sql.to_owned()).await;
        reply.text().trim().to_owned()
    };
    run("s1", "", "CREATE TEMPORARY TABLE mine (x Int8)").await;
    run("s1", "", "INSERT INTO mine VALUES (42)").await;
    run("s1", "", "SET max_block_size = 11").await;
    run("s1", "", &format!("USE {database}")).await;
    assert_eq!(
        run("s1", "", "SELECT x, getSetting('max_block_size'), currentDatabase() FROM mine").await,
        format!("42\t11\t{database}")
    );
    assert_eq!(
        run("s2", "", "SELECT getSetting('max_block_size') = 11, currentDatabase()").await,
        "0\tdefault"
    );
    assert!(run("s2", "", "SELECT * FROM mine").await.contains("UNKNOWN_TABLE"));
    // what the URL sets holds for one request, also in a session
    let facts = "SELECT getSetting('max_block_size'), currentDatabase()";
    assert_eq!(run("s1", "&max_block_size=12&database=system", facts).await, "12\tsystem");
    assert_eq!(run("s1", "", facts).await, format!("11\t{database}"));
    assert!(run("s1", "&max_block_size=12&no_such=1", facts).await.contains("UNKNOWN_SETTING"));
    assert_eq!(run("s1", "", facts).await, format!("11\t{database}"));
}

#[tokio::test]
async fn a_session_takes_one_request_at_a_time() {
    let server = shared().await;
    let url = format!("{}/?session_id=locked", server.url);
    let long = tokio::spawn({
        let url = url.clone();
        async move {
            ask("POST", &url, &[], "SELECT 'a_session_takes_one', sleepEachRow(0.1) FROM numbers(600) SETTINGS max_block_size = 1").await.text()
        }
    });
    server.await_running("a_session_takes_one", 1).await;
    let refused = ask("POST", &url, &[], "SELECT 1").await;
    assert_eq!((refused.status.as_u16(), refused.header("x-clickhouse-exception-code")), (500, "373"));
    server
        .sql("default", "KILL QUERY WHERE query LIKE '%a_session_takes_one%' AND query NOT LIKE '%KILL%'")
        .await;
    assert!(long.await.unwrap().contains("QUERY_WAS_CANCELLED"));
    assert_eq!(ask("POST", &url, &[], "SELECT 1").await.text(), "1\n");
}

#[tokio::test]
async fn data_of_an_insert_arrive_as_they_were_sent() {
    let server = shared().await;
    let database = server.database("insert_data").await;
    let url = format!("{}/?database={database}", server.url);
    server.sql(&database, "CREATE TABLE t (a Int32, s String) ENGINE = MergeTree ORDER BY a").await;
    let into = |query: &str| format!("{url}&query={}", escaped(query));
    let cases = [
        (url.clone(), "INSERT INTO t VALUES (1, 'one;\n\n--'), (2, lower('TWO'));"),
        (
            url.clone(),
            "INSERT INTO t (s, a) FORMAT JSONEachRow\n{\"a\": 3, \"s\": \"three\"}\n\n{\"a\": 4, \"s\": \"\"}",
        ),
        (url.clone(), "INSERT INTO TABLE t SETTINGS async_insert = 0 FORMAT TSV\n5\tfive\n"),
        (url.clone(), "INSERT INTO t FORMAT CSV SETTINGS input_format_allow_errors_num = 1\n6,six\nx,y\n"),
        (into("INSERT INTO t FORMAT TSV"), "7\tseven\n"),
        (into("INSERT INTO t (a, s) VALUES"), "(8, 'eight')"),
        (into("INSERT INTO t FORMAT TSV\n9\tnine\n"), "10\tten\n"),
        (into("INSERT INTO t SELECT 11, 'eleven'"), ""),
        (url.clone(), "INSERT INTO t SELECT number, 'twelve' FROM numbers(13) WHERE number = 12"),
        (into("INSERT INTO t FORMAT TSV"), ""),
    ];
    for (url, body) in cases {
        let reply = ask("POST", &url, &[], body).await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (200, ""), "{body}");
    }
    let expect = "1\tone;\\n\\n--\n2\ttwo\n3\tthree\n4\t\n5\tfive\n6\tsix\n7\tseven\n8\teight\n9\tnine\n10\tten\n11\televen\n12\ttwelve\n";
    assert_eq!(server.sql(&database, "SELECT * FROM t ORDER BY a").await, expect);
}

#[tokio::test]
async fn packed_bodies_are_unpacked_and_damaged_ones_refused() {
    let server = shared().await;
    let database = server.database("packed_bodies").await;
    server.sql(&database, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a").await;
    let rows: String = (0..200_000).map(|row| format!("{row}\n")).collect();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(rows.as_bytes()).unwrap();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(rows.as_bytes()).unwrap();
    let mut lz4 = lz4_flex::frame::FrameEncoder::new(Vec::new());
    lz4.write_all(rows.as_bytes()).unwrap();
    let bodies = [
        ("gzip", gzip.finish().unwrap()),
        ("deflate", zlib.finish().unwrap()),
        ("lz4", lz4.finish().unwrap()),
        ("zstd", zstd::bulk::compress(rows.as_bytes(), 1).unwrap()),
        ("identity", rows.into_bytes()),
    ];
    let url = format!("{}/?database={database}&query={}", server.url, escaped("INSERT INTO t FORMAT TSV"));
    for (encoding, body) in bodies {
        let reply = ask("POST", &url, &[("content-encoding", encoding)], body.clone()).await;
        assert_eq!(reply.status, 200, "{encoding}: {}", reply.text());
        assert_eq!(
            server.sql(&database, "SELECT count(), sum(a) FROM t").await,
            "200000\t19999900000\n",
            "{encoding}"
        );
        server.sql(&database, "TRUNCATE TABLE t").await;
        if encoding != "identity" {
            let cut = body[..body.len() / 2].to_vec();
            let reply = ask("POST", &url, &[("content-encoding", encoding)], cut).await;
            assert_eq!(reply.header("x-clickhouse-exception-code"), "271", "{encoding}: {}", reply.text());
            assert_eq!(server.sql(&database, "SELECT count() FROM t").await, "0\n", "{encoding}");
        }
    }
    let reply = ask("POST", &url, &[("content-encoding", "secret")], "1").await;
    assert_eq!(reply.header("x-clickhouse-exception-code"), "89");
}

#[tokio::test]
async fn a_deduplication_token_is_honoured() {
    let server = shared().await;
    let database = server.database("tokens").await;
    let table = "CREATE TABLE t (a Int32) ENGINE = MergeTree ORDER BY a SETTINGS non_replicated_deduplication_window = 100";
    server.sql(&database, table).await;
    let insert = async |token: &str, more: &str, rows: &str| {
        let into = escaped("INSERT INTO t FORMAT TSV");
        let url = format!(
            "{}/?database={database}&query={into}&async_insert=0&insert_deduplication_token={token}{more}",
            server.url
        );
        let reply = ask("POST", &url, &[], rows.to_owned()).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        server
            .sql(&database, "SELECT groupArray(a) FROM (SELECT a FROM t ORDER BY a)")
            .await
            .trim()
            .to_owned()
    };
    assert_eq!(insert("first", "", "1\n").await, "[1]");
    assert_eq!(insert("first", "", "1\n").await, "[1]");
    // the token decides, not the rows
    assert_eq!(insert("first", "", "2\n").await, "[1]");
    assert_eq!(insert("second", "", "1\n").await, "[1,1]");
    assert_eq!(insert("first", "&deduplicate_insert=disable", "3\n").await, "[1,1,3]");
}

#[tokio::test]
async fn an_insert_of_many_rows_is_one_part_per_partition() {
    let server = shared().await;
    let database = server.database("one_part").await;
    server.sql(&database, "CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a PARTITION BY a % 3").await;
    server.sql(&database, "SYSTEM STOP MERGES t").await;
    let rows: String = (0..300_000).map(|row| format!("{row}\n")).collect();
    let url = format!(
        "{}/?database={database}&async_insert=0&query={}",
        server.url,
        escaped("INSERT INTO t FORMAT TSV")
    );
    let reply = ask("POST", &url, &[], rows).await;
    assert!(
        reply.header("x-clickhouse-summary").contains("\"written_rows\":\"300000\""),
        "{}",
        reply.header("x-clickhouse-summary")
    );
    let parts =
        format!("SELECT count(), sum(rows) FROM system.parts WHERE database = '{database}' AND active");
    assert_eq!(server.sql(&database, &parts).await, "3\t300000\n");
}
