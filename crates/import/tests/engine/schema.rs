//! The tables of the code are those of `deploy/clickhouse`.

use wattledger_import::table::TABLES;
use wattledger_import::{Error, run};

use crate::database::Database;
use crate::{counts, file, import, options};

#[tokio::test]
async fn every_table_has_the_columns_and_the_key_that_the_code_fills() {
    let database = Database::empty("import_tables").await;
    for table in TABLES {
        let columns = format!(
            "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = '{}' ORDER BY name",
            table.stored
        );
        let mut expect: Vec<String> = table
            .filled()
            .chain([("revision", "UInt64")])
            .map(|(name, kind)| format!("{name} | {kind}"))
            .collect();
        expect.sort();
        database.check(&columns, &expect.join("\n")).await;
        let key = format!(
            "SELECT sorting_key FROM system.tables WHERE database = currentDatabase() AND name = '{}'",
            table.stored
        );
        database.check(&key, &table.key.join(", ")).await;
    }
    let others = "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine_full LIKE '%(revision, removed)%' ORDER BY name";
    let mut stored: Vec<&str> = TABLES.iter().map(|table| table.stored).collect();
    stored.sort_unstable();
    database.check(others, &stored.join("\n")).await;
}

#[tokio::test]
async fn every_column_has_a_comment() {
    let database = Database::empty("import_comments").await;
    for table in TABLES {
        let silent = format!(
            "SELECT name FROM system.columns WHERE database = currentDatabase() AND table = '{}' AND comment = ''",
            table.stored
        );
        database.check(&silent, "").await;
    }
}

/// Table, a file with a value in every column, and the row it gives.
const FULL: [(&str, &str, &str); 7] = [
    (
        "stations",
        "tenant,station,valid_from,site,vendor,model,firmware,serial_number,time_zone,tariff,country_code,party_id,location_id,location_name,address,city,postal_code,state,country,latitude,longitude,removed\n\
         acme,CS-1,2026-03-01,North,Acme,M1,1.2.3,S1,Europe/Paris,day,fr,ABC,L1,Gare,Rue 1,Paris,75001,IDF,fra,48.85,2.35,0\n",
        "acme|cs-1|CS-1|2026-03-01 00:00:00.000000|North|Acme|M1|1.2.3|S1|Europe/Paris|day|FR|ABC|L1|Gare|Rue 1|Paris|75001|IDF|FRA|48.85|2.35",
    ),
    (
        "evses",
        "tenant,station,evse_id,valid_from,rated_power_w,rated_current_a,phases,meter_id,meter_public_key,evse_uid,emi3_evse_id,in_service\n\
         acme,CS-1,2,2026-03-01,11040.5,16,3,M1,a2V5,U1,NL*ABC*E1,false\n",
        "acme|cs-1|CS-1|2|2026-03-01 00:00:00.000000|11040.5|16|3|M1|a2V5|U1|NL*ABC*E1|false",
    ),
    (
        "connectors",
        "tenant,station,evse_id,connector_id,valid_from,ocpi_connector_id,standard,format,power_type,rated_power_w\n\
         acme,CS-1,2,1,2026-03-01,C1,iec_62196_t2_combo,cable,dc,50000\n",
        "acme|cs-1|CS-1|2|1|2026-03-01 00:00:00.000000|C1|IEC_62196_T2_COMBO|CABLE|DC|50000",
    ),
    (
        "tokens",
        "tenant,token,type,valid_from,group_id,contract_id,ownership,country_code,party_id,issuer,ocpi_type,auth_method,whitelist,valid\n\
         acme,04A2B3,ISO14443,2026-03-01,G1,NL-ABC-C1,Roaming,nl,ABC,Abc BV,rfid,whitelist,allowed,yes\n",
        "acme|04a2b3|04A2B3|iso14443|ISO14443|2026-03-01 00:00:00.000000|G1|NL-ABC-C1|roaming|NL|ABC|Abc BV|RFID|WHITELIST|ALLOWED|true|REF",
    ),
    (
        "tariff_windows",
        "tenant,tariff,valid_from,name,weekdays,from,to,time_zone\nacme,day,2026-03-01,peak,Mon-Fri,07:00,24:00,UTC\n",
        "acme|day|2026-03-01 00:00:00.000000|peak|[1,2,3,4,5]|420|1440|UTC",
    ),
    (
        "exports",
        "tenant,record_id,channel,version,exported_at,cdr_id,credits_cdr_id,energy_kwh,started_at,ended_at,class,token_ref,cost,currency\n\
         acme,29F9D814-6057-5346-874B-d29699df2dec,ocpi,340282366920938463463374607431768211455,2026-03-02T10:00:00Z,C1,C0,-12.3456789,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,complete,c11f,4.2,eur\n",
        "acme|29f9d814-6057-5346-874b-d29699df2dec|ocpi|340282366920938463463374607431768211455|2026-03-02 10:00:00.000000|C1|C0|-12345.6789|2026-03-01 10:00:00.000000|2026-03-01 11:00:00.000000|complete|c11f|4.2|EUR",
    ),
    (
        "partner_cdrs",
        "tenant,partner,cdr_id,record_id,station,evse_id,location_id,evse_uid,contract_id,started_at,ended_at,energy_wh,cost,currency,status,remark\n\
         acme,NL-ABC,C1,29f9d814-6057-5346-874b-d29699df2dec,CS-1,2,L1,U1,NL-ABC-C1,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,12345.6789,4.2,eur,rejected,\"too late, they say\"\n",
        "acme|NL-ABC|C1|29f9d814-6057-5346-874b-d29699df2dec|cs-1|CS-1|2|L1|U1|NL-ABC-C1|2026-03-01 10:00:00.000000|2026-03-01 11:00:00.000000|12345.6789|4.2|EUR|rejected|too late, they say",
    ),
];

#[tokio::test]
async fn every_column_of_every_table_arrives() {
    let database = Database::empty("import_full").await;
    assert_eq!(FULL.map(|(name, ..)| name), TABLES.map(|table| table.name));
    for ((name, content, row), table) in FULL.iter().zip(TABLES) {
        let header = content.lines().next().unwrap().replace("energy_kwh", "energy_wh");
        let named: Vec<&str> = header.split(',').filter(|name| *name != "removed").collect();
        let known: Vec<&str> =
            table.columns.iter().map(|column| column.name).filter(|name| *name != "removed").collect();
        assert_eq!(named, known, "{name}");
        assert_eq!(counts(import(&database, name, content).await), [1, 0, 0, 0, 0], "{name}");
        let columns: Vec<&str> =
            table.filled().map(|(name, _)| name).filter(|name| *name != "removed").collect();
        let reference =
            wattledger_record::TokenKey::new(crate::KEY.as_bytes()).unwrap().reference("04A2B3", "ISO14443");
        let expect = row.replace("REF", &reference).replace('|', " | ");
        database.check(&format!("SELECT {} FROM {} FINAL", columns.join(", "), table.stored), &expect).await;
        assert_eq!(counts(import(&database, name, content).await), [0, 0, 1, 0, 0], "{name}");
    }
}

#[tokio::test]
async fn a_table_that_is_not_there_or_a_server_that_is_not_there_is_named() {
    let database = Database::empty("import_schema").await;
    database.execute("ALTER TABLE evse_rows DROP COLUMN phases").await;
    let mut options = options(&database, "evses", file("schema.csv", "tenant,station,evse_id\n"));
    let error = run(&options).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "table evse_rows does not fit this build: column phases is missing; run `wattledger migrate`"
    );
    options.target.database = "no_such_database".to_owned();
    let error = run(&options).await.unwrap_err().to_string();
    assert!(error.contains("does not exist") || error.contains("failed"), "{error}");
    options.target.url = "http://127.0.0.1:9".to_owned();
    let error = run(&options).await.unwrap_err();
    assert!(matches!(error, Error::Server { .. }), "{error:?}");
}
