//! NDJSON lines -> envelopes.
//!
//! ```text
//! {"station":"CS-1","messageId":"7","receivedAt":"2026-03-01T10:00:00Z","ocppVersion":"2.1","payload":{…}}
//! {"station":"CS-1","payloadBase64":"eyJ…"}
//! ```
//!
//! Input: an inflated batch. Output: one [`Line`] for each line that is not blank, in order. Invariants: the bytes of
//! `payload` are a slice of the input, white space and all; a line that cannot be read never touches its
//! neighbours; what is wrong with an optional member makes it count as absent and is reported, since an event with a
//! readable station is never turned away for the trimmings.
//!
//! `payload` has to be JSON, or the line is none. Bytes that are no JSON come as `payloadBase64`.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use chrono::DateTime;
use memchr::memchr;
use serde::Deserialize;
use serde_json::value::RawValue;
use wattledger_record::{Micros, OcppVersion, StationKey};

use crate::config::Limits;
use crate::error::Refusal;

/// Longest message id that is kept, in bytes; OCPP-J allows 36 characters.
const MESSAGE_ID_BYTES_MAX: usize = 255;
/// Some systems begin every text with it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// What is said of a line, or body, that begins an array.
const ARRAY: &str = "a JSON array; a batch is NDJSON, one envelope a line";

/// What a feeder says about one payload.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) key: StationKey,
    /// As spelled, where that differs from the key.
    pub(crate) station: Option<String>,
    pub(crate) stated: Stated,
    pub(crate) payload: Bytes,
}

/// The optional members.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) message_id: Option<String>,
    pub(crate) received_at: Option<Micros>,
    pub(crate) ocpp: Option<OcppVersion>,
    /// Members that were there and could not be used.
    pub(crate) ignored: Vec<&'static str>,
}

/// One line that is not blank.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// Place in the body, from 1, blank lines counted.
    pub(crate) number: usize,
    pub(crate) read: Result<Envelope, Refused>,
}

/// Why a line is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) refusal: Refusal,
    pub(crate) detail: String,
    /// Bytes of what was refused, for the account of the door.
    pub(crate) bytes: usize,
}

/// Members by name; unknown ones are passed over, a repeated one makes the line unreadable.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(borrow)]
    station: Cow<'a, str>,
    #[serde(borrow, default)]
    message_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    received_at: Option<&'a RawValue>,
    #[serde(borrow, default)]
    ocpp_version: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload: Option<&'a RawValue>,
    #[serde(borrow, default)]
    payload_base64: Option<Cow<'a, str>>,
}

impl Stated {
    /// Reads the three optional values; `names` are theirs, for the report.
    pub(crate) fn read(
        message_id: Option<&str>,
        received_at: Option<&str>,
        ocpp: Option<&str>,
        names: [&'static str; 3],
    ) -> Self {
        let mut ignored = Vec::new();
        let mut note = |unusable: bool, name| {
            if unusable {
                ignored.push(name);
            }
        };
        let [id_name, at_name, ocpp_name] = names;
        let id =
            message_id.filter(|id| !id.is_empty() && id.len() <= MESSAGE_ID_BYTES_MAX).map(str::to_owned);
        note(message_id.is_some() && id.is_none(), id_name);
        let at = received_at.and_then(|text| DateTime::parse_from_rfc3339(text).ok());
        note(received_at.is_some() && at.is_none(), at_name);
        let version = ocpp.and_then(OcppVersion::parse);
        note(ocpp.is_some() && version.is_none(), ocpp_name);
        let received_at = at.map(|at| Micros(at.timestamp_micros()));
        Self { message_id: id, received_at, ocpp: version, ignored }
    }
}

/// Splits `body`; `limits` bound lines and payloads.
///
/// # Errors
/// [`Refusal::BatchTooLong`] if there are more lines than the limit; then none is taken.
pub(crate) fn read(body: &Bytes, tenant: &str, limits: &Limits) -> Result<Vec<Line>, Refusal> {
    let mut lines = Vec::new();
    let (mut rest, mut number) = (unmarked(body), 0usize);
    while !rest.is_empty() {
        number += 1;
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        rest = after.get(1..).unwrap_or_default();
        if line.iter().all(|b| matches!(b, b' ' | b'\t' | b'\r')) {
            continue;
        }
        if lines.len() >= limits.batch_lines_max {
            return Err(Refusal::BatchTooLong);
        }
        lines.push(Line { number, read: envelope(body, line, tenant, limits) });
    }
    Ok(lines)
}

/// What a reader of a body that was refused as a whole should know first.
pub(crate) fn hint(body: &[u8]) -> Option<&'static str> {
    (unmarked(body).trim_ascii_start().first() == Some(&b'[')).then_some(ARRAY)
}

/// What a line of a batch offers, for tools that read batches without a gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Station as spelled.
    pub station: String,
    /// OCPP version, if it is stated and can be read.
    pub ocpp: Option<OcppVersion>,
    /// Receive time, if it is stated and can be read.
    pub received_at: Option<Micros>,
    /// The exact bytes.
    pub payload: Bytes,
}

/// Reads one line as a gateway with default limits would.
///
/// # Errors
/// Why the gateway would refuse it.
pub fn offered(line: &Bytes) -> Result<Offered, String> {
    let read = envelope(line, line, "any", &Limits::default());
    let Envelope { key, station, stated, payload } = read.map_err(|refused| refused.detail)?;
    let station = station.unwrap_or_else(|| key.station().to_owned());
    Ok(Offered { station, ocpp: stated.ocpp, received_at: stated.received_at, payload })
}

fn unmarked(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}

fn envelope(body: &Bytes, line: &[u8], tenant: &str, limits: &Limits) -> Result<Envelope, Refused> {
    let refused = |refusal, bytes, detail: String| Refused { refusal, detail, bytes };
    if line.len() > limits.line_bytes_max {
        let detail = format!("{} bytes; at most {}", line.len(), limits.line_bytes_max);
        return Err(refused(Refusal::LineTooLarge, line.len(), detail));
    }
    let invalid = |detail: String| refused(Refusal::EnvelopeInvalid, line.len(), detail);
    // serde would also read an array as a struct
    match line.trim_ascii_start().first() {
        Some(b'{') => {}
        Some(b'[') => return Err(invalid(ARRAY.to_owned())),
        _ => return Err(invalid("no JSON object".to_owned())),
    }
    let members: Members<'_> = serde_json::from_slice(line).map_err(|error| invalid(explain(&error)))?;
    let payload = match (members.payload, members.payload_base64.as_deref()) {
        (Some(raw), None) => body.slice_ref(raw.get().as_bytes()),
        (None, Some(text)) => STANDARD
            .decode(text)
            .map(Bytes::from)
            .map_err(|error| invalid(format!("payloadBase64: {error}")))?,
        (Some(_), Some(_)) => return Err(invalid("both payload and payloadBase64".to_owned())),
        (None, None) => return Err(invalid("neither payload nor payloadBase64".to_owned())),
    };
    if payload.len() > limits.payload_bytes_max {
        let detail = format!("{} bytes; at most {}", payload.len(), limits.payload_bytes_max);
        return Err(refused(Refusal::PayloadTooLarge, payload.len(), detail));
    }
    let key = StationKey::new(tenant, &members.station).map_err(|error| invalid(error.to_string()))?;
    let station = (key.station() != members.station).then(|| members.station.clone().into_owned());
    Ok(Envelope { key, station, stated: stated(&members), payload })
}

fn stated(members: &Members<'_>) -> Stated {
    // a member that is no string is there, and unusable: an empty text says so to each of the three readers
    let text = |raw: Option<&RawValue>| raw.map(|raw| serde_json::from_str(raw.get()).unwrap_or_default());
    let [id, at, ocpp]: [Option<String>; 3] =
        [text(members.message_id), text(members.received_at), text(members.ocpp_version)];
    Stated::read(id.as_deref(), at.as_deref(), ocpp.as_deref(), ["messageId", "receivedAt", "ocppVersion"])
}

/// What serde_json says, without the line number, which is always 1.
fn explain(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    let what: String = what.chars().take(120).filter(|c| !c.is_control()).collect();
    if error.column() > 0 { format!("{what} at byte {}", error.column()) } else { what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_all(body: impl Into<Bytes>) -> Vec<Line> {
        read(&body.into(), "t", &Limits::default()).unwrap()
    }

    fn only(body: impl Into<Bytes>) -> Result<Envelope, Refused> {
        let mut lines = read_all(body);
        assert_eq!(lines.len(), 1);
        lines.remove(0).read
    }

    fn refusal(body: &'static str) -> (Refusal, String) {
        let refused = only(body).unwrap_err();
        (refused.refusal, refused.detail)
    }

    #[test]
    fn payload_is_the_exact_slice() {
        let payload = "{ \"a\" :\t[1.0e0 ,2 ]\r , \"a\": \"\\u00e9\" }";
        let line = format!(" {{\"payload\" : {payload}  ,\"station\":\"CS-1\"}} ");
        assert_eq!(only(line).unwrap().payload, payload.as_bytes());
    }

    #[test]
    fn base64_gives_back_any_bytes() {
        let envelope = only(r#"{"station":"a","payloadBase64":"AP8KeyI="}"#).unwrap();
        assert_eq!(envelope.payload, &b"\x00\xff\n{\""[..]);
    }

    #[test]
    fn a_raw_spelling_is_kept_only_where_it_differs() {
        assert_eq!(only(r#"{"station":"cs","payload":1}"#).unwrap().station, None);
        let envelope = only(r#"{"station":"C\u0053","payload":1}"#).unwrap();
        assert_eq!((envelope.key.as_str(), envelope.station.as_deref()), ("t/cs", Some("CS")));
    }

    #[test]
    fn optional_members_are_read_or_reported() {
        let read = only(
            r#"{"station":"a","messageId":"m","receivedAt":"2026-01-01T00:00:00.000001Z","ocppVersion":"ocpp2.1","payload":{}}"#,
        );
        let stated = read.unwrap().stated;
        assert_eq!(stated.message_id.as_deref(), Some("m"));
        assert_eq!(stated.received_at, Some(Micros(1_767_225_600_000_001)));
        assert_eq!((stated.ocpp, stated.ignored), (Some(OcppVersion::V21), vec![]));

        let bad =
            only(r#"{"station":"a","messageId":7,"receivedAt":"soon","ocppVersion":"1.6","payload":{}}"#);
        assert_eq!(
            bad.unwrap().stated,
            Stated { ignored: vec!["messageId", "receivedAt", "ocppVersion"], ..Stated::default() }
        );
        let null = only(r#"{"station":"a","messageId":null,"payload":{},"payloadBase64":null,"more":1}"#);
        assert_eq!(null.unwrap().stated, Stated::default());
    }

    #[test]
    fn what_is_no_envelope_is_refused() {
        let cases = [
            "nonsense",
            r#"["a",null,null,null,{}]"#,
            r#"{"payload":{}}"#,
            r#"{"station":7,"payload":{}}"#,
            r#"{"station":"","payload":{}}"#,
            r#"{"station":"a/b","payload":{}}"#,
            r#"{"station":"a"}"#,
            r#"{"station":"a","payload":null}"#,
            r#"{"station":"a","payload":{},"payloadBase64":"e30="}"#,
            r#"{"station":"a","payloadBase64":"*"}"#,
            r#"{"station":"a","station":"b","payload":{}}"#,
            r#"{"station":"a","payload":{]}"#,
            r#"{"station":"a","payload":{}} {}"#,
        ];
        for case in cases {
            assert_eq!(refusal(case).0, Refusal::EnvelopeInvalid, "{case}");
        }
        assert_eq!(
            only(&b"{\"station\":\"\xff\",\"payload\":1}"[..]).unwrap_err().refusal,
            Refusal::EnvelopeInvalid
        );
    }

    #[test]
    fn a_mark_before_the_body_is_passed_over_and_an_array_is_named() {
        let line = r#"{"station":"a","payload":1}"#;
        let marked = [BYTE_ORDER_MARK, line.as_bytes()].concat();
        assert_eq!(only(marked).unwrap().payload, &b"1"[..]);
        assert_eq!((hint(b"\xef\xbb\xbf \n[1]"), hint(b"{}[")), (Some(ARRAY), None));
        assert_eq!(refusal(r#"[{"station":"a","payload":1}]"#).1, ARRAY);
    }

    #[test]
    fn a_bad_line_leaves_its_neighbours_and_blank_lines_only_count() {
        let lines =
            read_all("{\"station\":\"a\",\"payload\":1}\r\n\n \t\nbad\n{\"station\":\"b\",\"payload\":2}");
        let seen: Vec<_> = lines.iter().map(|l| (l.number, l.read.is_ok())).collect();
        assert_eq!(seen, [(1, true), (4, false), (5, true)]);
    }

    #[test]
    fn limits_hold_per_line_payload_and_batch() {
        let limits =
            Limits { line_bytes_max: 60, payload_bytes_max: 8, batch_lines_max: 2, ..Limits::default() };
        let long = format!("{{\"station\":\"a\",\"payload\":\"{}\"}}", "x".repeat(60));
        let large = r#"{"station":"a","payload":"1234567"}"#;
        let body = Bytes::from(format!("{long}\n{large}\n"));
        let refusals: Vec<_> =
            read(&body, "t", &limits).unwrap().into_iter().map(|l| l.read.unwrap_err().refusal).collect();
        assert_eq!(refusals, [Refusal::LineTooLarge, Refusal::PayloadTooLarge]);
        assert_eq!(read(&Bytes::from_static(b"1\n2\n\n3"), "t", &limits), Err(Refusal::BatchTooLong));
        assert_eq!(read(&Bytes::from_static(b"1\n2\n\n"), "t", &limits).unwrap().len(), 2);
    }

    #[test]
    fn a_payload_of_hostile_depth_does_not_recurse() {
        let deep = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
        let envelope = only(format!("{{\"station\":\"a\",\"payload\":{deep}}}")).unwrap();
        assert_eq!(envelope.payload.len(), deep.len());
    }

    fn spaces() -> impl Strategy<Value = String> {
        "[ \t\r]{0,3}"
    }

    proptest! {
        #[test]
        fn any_white_space_around_a_payload_leaves_its_bytes(
            before in spaces(), inside in spaces(), after in spaces(), text in "[^\"\\\\\\x00-\\x1f]{0,20}",
        ) {
            let payload = format!("{{{inside}\"k\"{inside}:{inside}[{inside}\"{text}\"{inside},1e5{inside}]{inside}}}");
            let line = format!("{{{before}\"station\":\"a\",\"payload\":{before}{payload}{after}}}{after}");
            prop_assert_eq!(only(line).unwrap().payload, payload.into_bytes());
        }

        #[test]
        fn no_bytes_panic_and_every_line_has_an_answer(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            let lines = body.split(|b| *b == b'\n').filter(|l| !l.iter().all(|b| b" \t\r".contains(b))).count();
            prop_assert_eq!(read_all(body).len(), lines);
        }
    }
}
