//! P7 *Signed meter data survives byte for byte*, where bytes are awkward: as stations escape them, at any size, whatever
//! the decoder, the rows, the views and the transport between them might do to text.

use std::fmt::Write;

use crate::harness::World;

/// Signed data as bytes, and as a station may spell it inside of a JSON string.
struct Data {
    bytes: Vec<u8>,
    spelled: String,
}

impl Data {
    /// Spelled with no more escapes than JSON demands.
    fn plain(text: &str) -> Self {
        let quoted = serde_json::to_string(text).unwrap();
        Self {
            bytes: text.as_bytes().to_vec(),
            spelled: quoted.strip_prefix('"').unwrap().strip_suffix('"').unwrap().to_owned(),
        }
    }

    /// Spelled with an escape for every UTF-16 code unit.
    fn escaped(text: &str) -> Self {
        let mut spelled = String::new();
        for (at, unit) in text.encode_utf16().enumerate() {
            let _infallible =
                if at % 2 == 0 { write!(spelled, "\\u{unit:04x}") } else { write!(spelled, "\\u{unit:04X}") };
        }
        Self { bytes: text.as_bytes().to_vec(), spelled }
    }

    /// Spelled as it stands.
    fn spelled(text: &str, spelled: &str) -> Self {
        Self { bytes: text.as_bytes().to_vec(), spelled: spelled.to_owned() }
    }
}

fn awkward() -> Vec<Data> {
    let controls: String = (0..0x20).filter_map(char::from_u32).collect();
    let texts = [
        "OCMF|{\"FV\":\"1.0\",\"RD\":[{\"RV\":2935.600,\"RU\":\"kWh\"}]}|{\"SD\":\"3045\\/+==\"}",
        "line\r\nline\n\rline\n\n\n",
        "  spaces around, \t\u{a0}\u{2028}\u{feff}  ",
        "quotes \" ' ` and backslashes \\ \\\\ \\n \\u0041 \\N \\t",
        "'); DROP TABLE event_rows; -- {x:String} ? ?? $1 %s &amp; <xml/>",
        "é e\u{301} ß İ \u{10FFFF} \u{1F50C} \u{FFFF} \u{7F} \u{80}",
        "NULL",
        "\\N",
        "0010.50",
        &controls,
    ];
    let mut data: Vec<Data> = texts.iter().map(|text| Data::plain(text)).collect();
    data.extend(texts.iter().map(|text| Data::escaped(text)));
    data.push(Data::spelled("a/b", "a\\/b"));
    data.push(Data::spelled("\u{8}\u{c}", "\\b\\f"));
    // Base64 of every length of padding, with line ends as MIME writes them, and as much as OCPP 2.1 allows
    data.push(Data::plain("QQ=="));
    data.push(Data::plain("QUI="));
    data.push(Data::plain(&format!("{}\r\n", "QUJDRA".repeat(13)).repeat(40)));
    data.push(Data::plain(&"Zm9v+/".repeat(32_768 / 6)));
    data
}

/// Members of a signedMeterValue, and the columns in which they stand.
const MEMBERS: [(&str, &str); 4] = [
    ("signedMeterData", "signed_meter_data"),
    ("signingMethod", "signing_method"),
    ("encodingMethod", "encoding_method"),
    ("publicKey", "public_key"),
];

/// An event with a signed value for each of `data`, in the first `members` of its members, with white space that a pipeline that
/// writes JSON anew would lose.
fn event(seq_no: u32, data: &[Data], members: usize) -> Vec<u8> {
    let signed = |data: &Data| -> String {
        let member = |(at, (name, _)): (usize, &(&str, &str))| {
            format!("\"{name}\" :\"{}\"", if at < members { data.spelled.as_str() } else { "OCMF" })
        };
        MEMBERS.iter().enumerate().map(member).collect::<Vec<_>>().join(",\t")
    };
    let samples: Vec<String> = data
        .iter()
        .map(|data| format!("{{\"value\" : 1.50,\r\n\t\"signedMeterValue\":{{{}}} }}", signed(data)))
        .collect();
    format!(
        "{{ \"seqNo\":{seq_no} ,\"eventType\":\"Updated\",\"timestamp\":\"2026-03-01T10:00:00.000Z\",\
         \"triggerReason\":\"SignedDataReceived\",\"transactionInfo\":{{\"transactionId\":\"signed\"}},\r\n\
         \"meterValue\":[{{\"timestamp\":\"2026-03-01T10:00:00Z\",\"sampledValue\":[{}]}}]}}\n",
        samples.join(",\n")
    )
    .into_bytes()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

async fn assert_kept(world: &World, seq_no: u32, message: &[u8], data: &[Data], members: usize) {
    let raw = format!("SELECT hex(raw) FROM events WHERE seq_no = {seq_no}");
    world.until_sql(&raw, &hex(message)).await;
    let hexes: Vec<String> = data.iter().map(|data| hex(&data.bytes)).collect();
    for (_, column) in MEMBERS.iter().take(members) {
        let sql = format!(
            "SELECT arrayStringConcat(groupArray(hex({column})), ' ') FROM \
             (SELECT {column} FROM meter_values WHERE seq_no = {seq_no} ORDER BY position)"
        );
        assert_eq!(world.sql(&sql).await.unwrap(), hexes.join(" "), "{column}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_awkward_signed_data_survives_byte_for_byte() {
    let world = World::new("signed_awkward").await;
    let small = awkward();
    let large = vec![Data::plain(&format!("OCMF|{}|é\u{0}\"", "QUJDRUZH/+".repeat((1 << 20) / 10)))];
    let messages = [(event(0, &small, 4), &small, 4), (event(1, &large, 1), &large, 1)];
    for (message, ..) in &messages {
        assert_eq!(world.post_event("CS-7", message).await.unwrap().status, 200);
    }
    world.until_sql("SELECT (SELECT count() FROM events), (SELECT count() FROM quarantine)", "2\t0").await;
    for (seq_no, (message, data, members)) in (0..).zip(&messages) {
        assert_kept(&world, seq_no, message, data, *members).await;
    }
}
