//! Record headers: few and short, since every event pays for them.
//!
//! All values are text. Unknown names are passed over, a value that cannot be read counts as absent and is reported,
//! so that a foreign producer can never stop the sink.

use crate::{Micros, OcppVersion};

/// Version of the contract that this build writes.
pub const CONTRACT_VERSION: &str = "1";

/// Contract version.
pub const VERSION: &str = "v";
/// µs since the Unix epoch, stamped by the gateway.
pub const RECEIVED_AT: &str = "received_at";
/// µs since the Unix epoch, stated by the feeder.
pub const CLIENT_RECEIVED_AT: &str = "client_received_at";
/// `1` if the tenant backfills: then the feeder's own time stands in for ours, if it lies in the past.
pub const BACKFILL: &str = "backfill";
/// `2.0.1` or `2.1`.
pub const OCPP: &str = "ocpp";
/// OCPP-J message id, or the feeder's.
pub const MESSAGE_ID: &str = "message_id";
/// How it came in: see [`Ingress`].
pub const INGRESS: &str = "ingress";
/// Id of the gateway process.
pub const GATEWAY: &str = "gateway";
/// Station identity as spelled by the connection, where that differs from the key.
pub const STATION: &str = "station";
/// `strict` if the tenant or station is read strictly; absent: lenient.
pub const STRICTNESS: &str = "strictness";
/// Zone for timestamps without one, as `+hh:mm` or `-hh:mm`; absent: UTC.
pub const ZONE: &str = "zone";
/// W3C trace context.
pub const TRACEPARENT: &str = "traceparent";

/// The door a record came through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ingress {
    /// One payload per HTTP request.
    Http,
    /// A line of an NDJSON batch.
    HttpBatch,
    /// A CALL on an OCPP-J WebSocket.
    Websocket,
}

impl Ingress {
    /// Header text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::HttpBatch => "http_batch",
            Self::Websocket => "websocket",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Http, Self::HttpBatch, Self::Websocket].into_iter().find(|i| i.as_str() == text)
    }
}

/// The headers of one record, as far as they are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each flag is one header, on or off")]
pub struct Headers<'a> {
    /// Gateway's receive time.
    pub received_at: Option<Micros>,
    /// Feeder's own receive time.
    pub client_received_at: Option<Micros>,
    /// Whether the tenant backfills.
    pub backfill: bool,
    /// Version of the connection or statement.
    pub ocpp: Option<OcppVersion>,
    /// Message id.
    pub message_id: Option<&'a str>,
    /// The door.
    pub ingress: Option<Ingress>,
    /// Gateway process.
    pub gateway: Option<&'a str>,
    /// Raw spelling of the station.
    pub station: Option<&'a str>,
    /// Strict reading.
    pub strict: bool,
    /// Minutes east of UTC for timestamps without a zone.
    pub zone_minutes: Option<i16>,
    /// W3C trace context.
    pub traceparent: Option<&'a str>,
    /// Whether the record carries our contract version: `false` for a foreign producer.
    pub ours: bool,
    /// Whether a known header could not be read.
    pub unreadable: bool,
}

impl<'a> Headers<'a> {
    /// Reads the headers of a record. The first of several equal names counts.
    pub fn decode(headers: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>) -> Self {
        let mut read = Self::default();
        for (name, value) in headers {
            let Some(text) = value.and_then(|bytes| std::str::from_utf8(bytes).ok()) else {
                read.unreadable = true;
                continue;
            };
            if !read.take(name, text) {
                read.unreadable = true;
            }
        }
        read
    }

    /// Takes one header; `false` if its value cannot be read.
    fn take(&mut self, name: &str, text: &'a str) -> bool {
        match name {
            VERSION => {
                self.ours = text == CONTRACT_VERSION;
                return self.ours;
            }
            RECEIVED_AT => return keep(&mut self.received_at, text.parse().ok().map(Micros)),
            CLIENT_RECEIVED_AT => return keep(&mut self.client_received_at, text.parse().ok().map(Micros)),
            BACKFILL => self.backfill = text == "1",
            OCPP => return keep(&mut self.ocpp, OcppVersion::parse(text)),
            MESSAGE_ID => return keep(&mut self.message_id, Some(text)),
            INGRESS => return keep(&mut self.ingress, Ingress::parse(text)),
            GATEWAY => return keep(&mut self.gateway, Some(text)),
            STATION => return keep(&mut self.station, Some(text)),
            STRICTNESS => self.strict = text == "strict",
            ZONE => return keep(&mut self.zone_minutes, parse_zone(text)),
            TRACEPARENT => return keep(&mut self.traceparent, Some(text)),
            _ => {}
        }
        true
    }

    /// Hands every header that is set to `put`, in a fixed order.
    pub fn encode(&self, mut put: impl FnMut(&'static str, &str)) {
        put(VERSION, CONTRACT_VERSION);
        if let Some(Micros(at)) = self.received_at {
            put(RECEIVED_AT, &at.to_string());
        }
        if let Some(Micros(at)) = self.client_received_at {
            put(CLIENT_RECEIVED_AT, &at.to_string());
        }
        if self.backfill {
            put(BACKFILL, "1");
        }
        if let Some(version) = self.ocpp {
            put(OCPP, version.as_str());
        }
        if let Some(ingress) = self.ingress {
            put(INGRESS, ingress.as_str());
        }
        let texts = [
            (MESSAGE_ID, self.message_id),
            (GATEWAY, self.gateway),
            (STATION, self.station),
            (STRICTNESS, self.strict.then_some("strict")),
            (TRACEPARENT, self.traceparent),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                put(name, text);
            }
        }
        if let Some(minutes) = self.zone_minutes {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            put(ZONE, &format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60));
        }
    }

    /// The `received_at` that the pipeline uses: the gateway's stamp, the feeder's own time where the tenant
    /// backfills and it lies before the stamp, or else `kafka_timestamp` (a foreign producer).
    #[must_use]
    pub fn effective_received_at(&self, kafka_timestamp: Micros) -> Micros {
        let stamped = self.received_at.unwrap_or(kafka_timestamp);
        match self.client_received_at {
            Some(stated) if self.backfill && stated < stamped => stated,
            _ => stamped,
        }
    }
}

fn keep<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let readable = value.is_some();
    if slot.is_none() {
        *slot = value;
    }
    readable
}

/// Reads `+hh:mm` or `-hh:mm`, at most 18:00 either way; minutes east of UTC.
#[must_use]
pub fn parse_zone(text: &str) -> Option<i16> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !two_digits(hours) || !two_digits(minutes) {
        return None;
    }
    let (hours, minutes): (i16, i16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let total = hours * 60 + minutes;
    (minutes < 60 && total <= 18 * 60).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded() {
        let headers = Headers {
            received_at: Some(Micros(1_700_000_000_000_001)),
            client_received_at: Some(Micros(5)),
            backfill: true,
            ocpp: Some(OcppVersion::V21),
            message_id: Some("m-1"),
            ingress: Some(Ingress::HttpBatch),
            gateway: Some("gw-0"),
            station: Some("CS-01"),
            strict: true,
            zone_minutes: Some(-210),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ours: true,
            unreadable: false,
        };
        let mut pairs = Vec::new();
        headers.encode(|name, text| pairs.push((name, text.to_owned())));
        let decoded = Headers::decode(pairs.iter().map(|(n, t)| (*n, Some(t.as_bytes()))));
        assert_eq!(decoded, headers);
    }

    #[test]
    fn a_foreign_record_is_read_with_defaults() {
        let headers =
            Headers::decode([("x", Some(&b"\xff"[..])), (RECEIVED_AT, Some(b"soon")), (OCPP, None)]);
        assert_eq!(headers, Headers { unreadable: true, ..Headers::default() });
        assert_eq!(headers.effective_received_at(Micros(7)), Micros(7));
    }

    #[test]
    fn a_feeders_time_counts_only_for_backfill_and_only_from_the_past() {
        let stamped = Headers {
            received_at: Some(Micros(10)),
            client_received_at: Some(Micros(5)),
            ..Headers::default()
        };
        assert_eq!(stamped.effective_received_at(Micros(99)), Micros(10));
        let backfill = Headers { backfill: true, ..stamped };
        assert_eq!(backfill.effective_received_at(Micros(99)), Micros(5));
        let future = Headers { client_received_at: Some(Micros(11)), ..backfill };
        assert_eq!(future.effective_received_at(Micros(99)), Micros(10));
    }

    #[test]
    fn zones_outside_the_world_are_refused() {
        assert_eq!(parse_zone("+02:00"), Some(120));
        assert_eq!(parse_zone("-03:30"), Some(-210));
        for bad in ["02:00", "+2:00", "+18:01", "+00:60", "+é0:00", ""] {
            assert_eq!(parse_zone(bad), None, "{bad}");
        }
    }
}
