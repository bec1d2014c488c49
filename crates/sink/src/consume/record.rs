//! One Kafka record, copied out of librdkafka's memory at once: a borrowed message would pin a whole fetch buffer.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers as _};
use wattledger_record::Micros;

/// Bytes that a record is taken to need beside its own.
const OVERHEAD_BYTES: usize = 128;

/// Name and value of a header.
pub(crate) type Header = (Box<str>, Option<Box<[u8]>>);

/// A record, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) offset: i64,
    /// Kafka's timestamp; 0 where there is none.
    pub(crate) timestamp: Micros,
    pub(crate) key: Option<Box<[u8]>>,
    pub(crate) value: Option<Box<[u8]>>,
    pub(crate) headers: Vec<Header>,
    /// Whether a header could not even be copied (its name is not UTF-8).
    pub(crate) headers_unreadable: bool,
}

impl Record {
    pub(crate) fn copy(message: &BorrowedMessage<'_>) -> Self {
        let millis = message.timestamp().to_millis().unwrap_or(0);
        // rdkafka panics on a header name that is not UTF-8; a foreign producer must not stop the poll thread with it
        let headers = catch_unwind(AssertUnwindSafe(|| copy_headers(message)));
        let headers_unreadable = headers.is_err();
        Self {
            offset: message.offset(),
            timestamp: Micros(millis.saturating_mul(1_000)),
            key: message.key().map(Box::from),
            value: message.payload().map(Box::from),
            headers: headers.unwrap_or_default(),
            headers_unreadable,
        }
    }

    /// Bytes to count against the bounds.
    pub(crate) fn size(&self) -> usize {
        let length = |bytes: &Option<Box<[u8]>>| bytes.as_ref().map_or(0, |bytes| bytes.len());
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + length(value)).sum();
        OVERHEAD_BYTES + length(&self.key) + length(&self.value) + headers
    }

    /// Headers as the contract's reader takes them.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&str, Option<&[u8]>)> {
        self.headers.iter().map(|(name, value)| (name.as_ref(), value.as_deref()))
    }
}

fn copy_headers(message: &BorrowedMessage<'_>) -> Vec<Header> {
    let Some(headers) = message.headers() else { return Vec::new() };
    headers.iter().map(|header| (Box::from(header.key), header.value.map(Box::from))).collect()
}
