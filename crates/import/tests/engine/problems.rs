//! What is refused, whole, and what is said about it.

use wattledger_import::{Error, run};

use crate::database::Database;
use crate::{assert_tidy, counts, file, import, options, refused};

#[tokio::test]
async fn every_problem_is_told_with_its_place_and_nothing_is_written() {
    let database = Database::empty("import_wrong").await;
    let content = "tenant,station,evse_id,valid_from,rated_power_w,in_service\r\n\
                   acme,CS-1,1,,11000,\r\n\
                   Acme,CS/1,0,2026-03-01 10:00:00,\"11,04\",perhaps\r\n\
                   acme,CS-2\r\n\
                   acme,,2,,-1,\r\n";
    let told = refused(&database, "evses", content).await;
    let expect = [
        "line 3, column 1 (tenant): \"Acme\": tenant is not 1 to 32 characters of a-z, 0-9 and -",
        "line 3, column 2 (station): \"CS/1\": station identity holds '/', ':' or a control character",
        "line 3, column 3 (evse_id): 0 is not within 1 … 2147483647",
        "line 3, column 4 (valid_from): \"2026-03-01 10:00:00\" is no moment; it has no zone: Z behind it would mean UTC",
        "line 3, column 5 (rated_power_w): \"11,04\" is no number; the decimal sign is a point, and thousands have none",
        "line 3, column 6 (in_service): \"perhaps\" is neither true nor false",
        "line 4: has 2 fields, the header has 6",
        "line 5, column 2 (station): is empty; expected station identity, any case",
        "line 5, column 5 (rated_power_w): -1 is not within 0 … 10000000",
    ];
    assert_eq!(told, expect);
    database.check("SELECT count() FROM evse_rows", "0").await;
    assert_tidy(&database).await;
}

#[tokio::test]
async fn as_many_problems_are_told_as_asked_for_and_all_are_counted() {
    let database = Database::empty("import_limit").await;
    let content = format!("tenant,station,evse_id\n{}", "acme,CS-1,x\n".repeat(1_000));
    let mut options = options(&database, "evses", file("limit.csv", content));
    options.problems = 2;
    let error = run(&options).await.unwrap_err();
    let text = error.to_string();
    assert_eq!(text.lines().count(), 3, "{text}");
    assert!(text.ends_with("… and 998 more"), "{text}");
}

#[tokio::test]
async fn zones_are_those_of_the_server() {
    let database = Database::empty("import_zones").await;
    let content = "tenant,station,time_zone\nacme,CS-1,Europe/Amsterdm\nacme,CS-2,CET\nacme,CS-3,+01:00\n";
    let told = refused(&database, "stations", content).await;
    assert_eq!(
        told,
        [
            "line 2, column 3 (time_zone): \"Europe/Amsterdm\" is no time zone that the server knows; did you mean Europe/Amsterdam?",
            "line 4, column 3 (time_zone): \"+01:00\" is no time zone that the server knows",
        ]
    );
}

#[tokio::test]
async fn rows_of_one_key_may_repeat_but_not_contradict_each_other() {
    let database = Database::empty("import_twice").await;
    let equal = "tenant,station,site\nacme,CS-1,a\nacme,CS-2,\nacme,CS-1,a\nacme,CS-2,\nacme,CS-1,a\n";
    assert_eq!(counts(import(&database, "stations", equal).await), [2, 0, 0, 0, 3]);
    database.check("SELECT count() FROM station_rows", "2").await;
    let contrary =
        "tenant,station,site\nacme,CS-1,a\nacme,CS-2,\nacme,CS-1,a\nacme,cs-2,\nacme,CS-1,b\nacme,CS-3,c\n";
    assert_eq!(
        refused(&database, "stations", contrary).await,
        [
            "line 5: has the key of line 3 (tenant acme, station cs-2, valid_from 1970-01-01 00:00:00.000000), and other values",
            "line 6: has the key of line 2 (tenant acme, station cs-1, valid_from 1970-01-01 00:00:00.000000), and other values",
        ]
    );
    database.check("SELECT count() FROM station_rows", "2").await;
    assert_tidy(&database).await;
}

#[tokio::test]
async fn windows_and_charges_end_after_they_begin() {
    let database = Database::empty("import_order").await;
    let windows = "tenant,name,weekdays,from,to\nacme,night,daily,22:00,06:00\nacme,day,Mon-Fri,7:00,19:00\nacme,none,,9:30,9:30\n";
    let hint = "is not later than from; a window over midnight is two rows, up to 24:00 and from 00:00";
    assert_eq!(
        refused(&database, "tariff_windows", windows).await,
        [format!("line 2, column 5 (to): {hint}"), format!("line 4, column 5 (to): {hint}")]
    );
    let cdrs = "tenant,partner,cdr_id,started_at,ended_at\nacme,NL-ABC,1,2026-03-02,2026-03-01\nacme,NL-ABC,2,2026-03-02,2026-03-02\n";
    assert_eq!(
        refused(&database, "partner_cdrs", cdrs).await,
        ["line 2, column 5 (ended_at): is earlier than started_at"]
    );
}

#[tokio::test]
async fn a_file_that_is_none_is_named() {
    let database = Database::empty("import_none").await;
    let error = |content: &'static [u8]| {
        let options = options(&database, "stations", file("none.csv", content));
        async move { run(&options).await.unwrap_err() }
    };
    assert!(matches!(error(b"").await, Error::Empty));
    assert!(matches!(error(b"\xff\xfet\x00").await, Error::Input { .. }));
    let told = error(b"tenant,station,site\nacme,CS-1,caf\xe9\n").await.to_string();
    assert_eq!(told, "line 2, column 3 (site): the text is not UTF-8; save the file as UTF-8");
    let mut missing = options(&database, "stations", "no-such-file.csv".into());
    assert!(matches!(run(&missing).await.unwrap_err(), Error::Input { .. }));
    missing.table = wattledger_import::Table::named("tokens").unwrap();
    missing.tokens = None;
    assert!(matches!(run(&missing).await.unwrap_err(), Error::NoTokenKey("tokens")));
}
