//! References to tokens: from the station, through two tables, to the list of tokens, without telling the token.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;
use wattledger_record::TokenKey;

use crate::harness::World;

fn event(kind: &str, seq_no: u32, token: Option<(&str, &str)>) -> Vec<u8> {
    let mut event = json!({
        "eventType": kind, "timestamp": format!("2026-03-01T10:0{seq_no}:00Z"), "triggerReason": "Authorized",
        "seqNo": seq_no, "transactionInfo": {"transactionId": "with-token"}, "evse": {"id": 1},
        "meterValue": [{"timestamp": "2026-03-01T10:00:00Z", "sampledValue": [{"value": 1000 + seq_no}]}],
    });
    if let Some((token, kind)) = token {
        event["idToken"] = json!({"idToken": token, "type": kind});
    }
    serde_json::to_vec(&event).unwrap()
}

/// The list as text on standard input, with the configuration of the world.
fn import(world: &World, list: &str) -> String {
    let mut command: Command = world.command(&["import", "tokens", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn equal_tokens_have_one_reference_in_events_charges_and_the_list() {
    let world = World::new("tokens").await;
    let events = [
        event("Started", 0, Some(("04A2b3C4", "ISO14443"))),
        event("Updated", 1, None),
        event("Updated", 2, Some(("04a2B3c4", "iso14443"))),
        event("Ended", 3, Some(("NL-ABC-C1", "eMAID"))),
    ];
    for event in &events {
        assert_eq!(world.post_event("CS-T", event).await.unwrap().status, 200);
    }
    world.until_written(events.len()).await;

    let list = "tenant,token,type,contract_id,ownership\nacme,04a2b3c4,Iso14443,NL-ABC-C9,own\nacme,nl-abc-c1,EMAID,NL-ABC-C1,roaming\n";
    assert_eq!(import(&world, list), "tokens: 2 rows: 2 new, 0 changed, 0 removed, 0 equal\n");
    let key = TokenKey::new(b"a key for tests only").unwrap();
    let card = key.reference("04A2B3C4", "ISO14443");
    let contract = key.reference("NL-ABC-C1", "eMAID");
    let of_events = "SELECT groupArray((seq_no, ifNull(id_token_ref, 'NULL'))) FROM (SELECT * FROM events ORDER BY seq_no)";
    let expect = format!("[(0,'{card}'),(1,'NULL'),(2,'{card}'),(3,'{contract}')]");
    world.until_sql(of_events, &expect).await;
    let of_charges = "SELECT id_token_start_ref, id_token_stop_ref FROM transactions WHERE last_seq = 3";
    world.until_sql(of_charges, &format!("{card}\t{contract}")).await;
    // as someone who may read references only
    let joined = "SELECT s.contract_id, s.ownership, e.contract_id, e.ownership FROM transactions AS t \
                  JOIN tokens AS s ON s.tenant = t.tenant AND s.token_ref = t.id_token_start_ref \
                  JOIN tokens AS e ON e.tenant = t.tenant AND e.token_ref = t.id_token_stop_ref";
    world.until_sql(joined, "NL-ABC-C9\town\tNL-ABC-C1\troaming").await;
    let events_joined = "SELECT count(), uniqExact(t.token) FROM events AS e \
                         JOIN tokens AS t ON t.tenant = e.tenant AND t.token_ref = e.id_token_ref";
    world.until_sql(events_joined, "3\t2").await;
}
