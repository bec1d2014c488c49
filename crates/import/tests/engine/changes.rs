//! What a file changes.

use wattledger_import::run;
use wattledger_record::TokenKey;

use crate::database::Database;
use crate::{assert_tidy, counts, file, import, options};

const STATIONS: &str = "SELECT tenant, station, station_raw, valid_from, site, time_zone, latitude FROM station_rows FINAL ORDER BY ALL";

#[tokio::test]
async fn the_same_file_again_changes_nothing_and_a_corrected_one_wins() {
    let database = Database::empty("import_again").await;
    let first = "tenant,station,valid_from,site,time_zone,latitude\n\
                 acme,CS-1,,North,Europe/Amsterdam,52.370216\n\
                 acme,CS-1,2026-03-01T00:00:00+01:00,South,,\n\
                 acme,cs-2,,North,,\n";
    assert_eq!(counts(import(&database, "stations", first).await), [3, 0, 0, 0, 0]);
    let stands = "
        acme | cs-1 | CS-1 | 1970-01-01 00:00:00.000000 | North | Europe/Amsterdam | 52.370216
        acme | cs-1 | CS-1 | 2026-02-28 23:00:00.000000 | South | \\N | \\N
        acme | cs-2 | cs-2 | 1970-01-01 00:00:00.000000 | North | \\N | \\N";
    database.check(STATIONS, stands).await;
    let physical = "SELECT count() FROM station_rows";
    assert_eq!(counts(import(&database, "stations", first).await), [0, 0, 3, 0, 0]);
    database.check(physical, "3").await;

    // one value from something to another, one from NULL, one to NULL, and nothing else
    let corrected = first
        .replace("CS-1,,North", "CS-1,,Harbour")
        .replace("South,,", "South,UTC,")
        .replace(",52.370216", ",");
    assert_eq!(counts(import(&database, "stations", &corrected).await), [0, 2, 1, 0, 0]);
    database
        .check(
            STATIONS,
            "
        acme | cs-1 | CS-1 | 1970-01-01 00:00:00.000000 | Harbour | Europe/Amsterdam | \\N
        acme | cs-1 | CS-1 | 2026-02-28 23:00:00.000000 | South | UTC | \\N
        acme | cs-2 | cs-2 | 1970-01-01 00:00:00.000000 | North | \\N | \\N",
        )
        .await;
    // and back: an import is newer than whatever stands, also than a row of a clock that runs ahead
    database.execute("INSERT INTO station_rows (tenant, station, valid_from, station_raw, site, revision) VALUES ('acme', 'cs-2', 0, 'cs-2', 'Ahead', 18000000000000000000)").await;
    assert_eq!(counts(import(&database, "stations", first).await), [0, 3, 0, 0, 0]);
    database.check(STATIONS, stands).await;
    assert_tidy(&database).await;
}

#[tokio::test]
async fn a_row_is_taken_back_once_and_may_return() {
    let database = Database::empty("import_removed").await;
    let stands = "tenant,station,site,removed\nacme,CS-1,North,\nacme,CS-2,North,no\n";
    let back = "tenant,station,removed\nacme,cs-1,true\nacme,cs-9,yes\n";
    assert_eq!(counts(import(&database, "stations", stands).await), [2, 0, 0, 0, 0]);
    assert_eq!(counts(import(&database, "stations", back).await), [0, 0, 1, 1, 0]);
    database.check("SELECT station FROM station_rows FINAL", "cs-2").await;
    assert_eq!(counts(import(&database, "stations", back).await), [0, 0, 2, 0, 0]);
    assert_eq!(counts(import(&database, "stations", stands).await), [1, 0, 1, 0, 0]);
    database
        .check("SELECT station, site FROM station_rows FINAL ORDER BY station", "cs-1 | North\ncs-2 | North")
        .await;
}

#[tokio::test]
async fn every_way_to_write_a_file_gives_the_same_rows() {
    let database = Database::empty("import_forms").await;
    let plain = "tenant,station,site\nacme,CS-1,\"a \"\"b\"\", c\"\nacme,CS-2,é 𝄞\\N\n";
    assert_eq!(counts(import(&database, "stations", plain).await), [2, 0, 0, 0, 0]);
    database
        .check(
            "SELECT station, site FROM station_rows FINAL ORDER BY station",
            "cs-1 | a \"b\", c\ncs-2 | é 𝄞\\N",
        )
        .await;
    let crlf = plain.replace('\n', "\r\n");
    let marked = format!("\u{feff}{plain}");
    let unended = plain.trim_end().to_owned();
    let quoted = "\"tenant\",\"station\",\"site\"\n\"acme\",\"CS-1\",\"a \"\"b\"\", c\"\n\n\"acme\",\"CS-2\",\"é 𝄞\\N\"\n\n";
    let semicolons = "Tenant;Station;Site\nacme;CS-1;\"a \"\"b\"\", c\"\nacme;CS-2;é 𝄞\\N\n";
    let turned = "site,station,tenant\n\"a \"\"b\"\", c\",CS-1,acme\né 𝄞\\N,CS-2,acme\n";
    for form in [crlf.as_str(), &marked, &unended, quoted, semicolons, turned] {
        assert_eq!(counts(import(&database, "stations", form).await), [0, 0, 2, 0, 0], "{form:?}");
    }
}

#[tokio::test]
async fn a_file_without_rows_changes_nothing() {
    let database = Database::empty("import_no_rows").await;
    assert_eq!(counts(import(&database, "evses", "tenant,station,evse_id\n").await), [0; 5]);
    database.check("SELECT count() FROM evse_rows", "0").await;
    assert_tidy(&database).await;
}

#[tokio::test]
async fn a_check_says_what_would_change_and_changes_nothing() {
    let database = Database::empty("import_check").await;
    let path = file("check.csv", "tenant,station,evse_id,rated_power_w\nacme,CS-1,1,11000\n");
    let mut options = options(&database, "evses", path);
    options.check = true;
    assert_eq!(counts(run(&options).await.unwrap()), [1, 0, 0, 0, 0]);
    database.check("SELECT count() FROM evse_rows", "0").await;
    assert_tidy(&database).await;
}

#[tokio::test]
async fn more_rows_than_one_batch_are_all_there_once() {
    let database = Database::empty("import_many").await;
    let mut content = "tenant,station,evse_id,rated_power_w,meter_public_key\n".to_owned();
    let key = "ab".repeat(500);
    for row in 0..20_000 {
        content.push_str(&format!("acme,CS-{},{},11000.5,{key}\n", row / 4, row % 4 + 1));
    }
    assert!(content.len() > 2 * (8 << 20));
    assert_eq!(counts(import(&database, "evses", &content).await), [20_000, 0, 0, 0, 0]);
    assert_eq!(counts(import(&database, "evses", &content).await), [0, 0, 20_000, 0, 0]);
    database
        .check(
            "SELECT count(), uniqExact(station, evse_id), sum(rated_power_w) FROM evse_rows",
            "20000 | 20000 | 220010000",
        )
        .await;
}

#[tokio::test]
async fn references_are_those_of_the_charges_and_follow_the_key() {
    let database = Database::empty("import_tokens").await;
    let content = "tenant,token,type,contract_id,ownership\nacme,04A2B3,ISO14443,NL-ABC-C1,own\nacme,04A2B4,ISO14443,,\n";
    assert_eq!(counts(import(&database, "tokens", content).await), [2, 0, 0, 0, 0]);
    let key = TokenKey::new(crate::KEY.as_bytes()).unwrap();
    let (one, other) = (key.reference("04a2b3", "iso14443"), key.reference("04a2b4", "iso14443"));
    let rows = "SELECT token, token_raw, token_type, token_type_raw, token_ref, ownership FROM token_rows FINAL ORDER BY token";
    let expect = format!(
        "04a2b3 | 04A2B3 | iso14443 | ISO14443 | {one} | own\n04a2b4 | 04A2B4 | iso14443 | ISO14443 | {other} | unknown"
    );
    database.check(rows, &expect).await;

    let mut rotated = options(&database, "tokens", file("rotated.csv", content));
    rotated.tokens = TokenKey::new(b"another key, of the year after");
    assert_eq!(counts(run(&rotated).await.unwrap()), [0, 2, 0, 0, 0]);
    database.check("SELECT count() FROM token_rows FINAL", "2").await;
    let found = database.text("SELECT token_ref FROM token_rows FINAL").await;
    assert!(!found.contains(&one) && !found.contains(&other), "{found}");
}

#[tokio::test]
async fn what_a_killed_import_left_is_cleared_away_after_a_day() {
    let database = Database::empty("import_abandoned").await;
    for name in [
        "import_stations_1000_1",
        "import_stations_9000000000000000_1",
        "import_evses_1000_1",
        "import_stations_mine",
    ] {
        database.execute(&format!("CREATE TABLE {name} (a UInt8) ENGINE = MergeTree ORDER BY a")).await;
    }
    import(&database, "stations", "tenant,station\nacme,CS-1\n").await;
    let left = "SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'import_') ORDER BY name";
    database
        .check(left, "import_evses_1000_1\nimport_stations_9000000000000000_1\nimport_stations_mine")
        .await;
}
