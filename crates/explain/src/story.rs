//! What was read of one transactionId: values that the pure part explains.

use std::collections::HashMap;

use clickhouse::Row;
use serde::Deserialize;
use uuid::Uuid;
use wattledger_assemble::event::Event;
use wattledger_record::{ContentHash, StationKey};

/// Identity of a content within its transactionId.
pub type Content = (i64, ContentHash);

/// Everything that was read of one transactionId.
#[derive(Debug, Clone)]
pub struct Story {
    /// Tenant and station, folded.
    pub station: StationKey,
    /// Folded.
    pub transaction_id: String,
    /// What time-dependent words go by.
    pub clock: Clock,
    /// Records as the view gives them now, one per charge.
    pub records: Vec<StoredRecord>,
    /// Every content stored.
    pub events: Vec<Event>,
    /// Where the bytes of the contents that are told lie.
    pub details: HashMap<Content, Detail>,
    /// Samples behind a figure as they were sent, by content and position from 1.
    pub texts: HashMap<(ContentHash, u32), Text>,
    /// Bytes of contents that are compared, as text.
    pub raws: HashMap<Content, String>,
    /// What the account knows of them.
    pub deliveries: Deliveries,
    /// What is part of no transaction and may belong here.
    pub quarantined: Quarantined,
}

/// What time-dependent words go by.
#[derive(Debug, Clone, Copy, Default, Row, Deserialize)]
pub struct Clock {
    /// Partitions of the topic.
    pub partitions: u32,
    /// `received_at` up to which everything is written, µs; 0 while a partition has not reported.
    pub watermark: i64,
    /// Seconds without new content after which a record counts as settled.
    pub settle_after_s: Option<f64>,
    /// Seconds of silence after which an open charge is presumed to have ended.
    pub stale_after_s: Option<f64>,
}

/// A row of the view `transactions`. Times in µs, amounts in units of 10⁻⁶.
#[derive(Debug, Clone, Row, Deserialize)]
#[expect(missing_docs, reason = "the columns of the view `transactions`, each with its comment there")]
pub struct StoredRecord {
    #[serde(with = "clickhouse::serde::uuid")]
    pub record_id: Uuid,
    pub instance: u32,
    pub version: u128,
    pub class: String,
    pub settled_at: Option<i64>,
    pub billable: bool,
    pub review: Vec<String>,
    pub flags: Vec<String>,
    pub station: String,
    pub transaction_id: String,
    pub first_seq: i64,
    pub last_seq: i64,
    pub epochs: u16,
    pub events: u32,
    pub offline_events: u32,
    pub conflicts: u32,
    pub missing_count: u64,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub started_at_estimate: Option<i64>,
    pub ended_at_estimate: Option<i64>,
    pub duration_s: Option<i64>,
    pub time_charging_s: Option<i64>,
    pub time_suspended_ev_s: Option<i64>,
    pub time_suspended_evse_s: Option<i64>,
    pub time_ev_connected_s: Option<i64>,
    pub time_idle_s: Option<i64>,
    pub time_unknown_s: Option<i64>,
    pub evse_id: Option<i64>,
    pub connector_id: Option<i64>,
    pub id_token_start: Option<String>,
    pub id_token_start_type: Option<String>,
    pub id_token_start_ref: Option<String>,
    pub id_token_stop: Option<String>,
    pub id_token_stop_type: Option<String>,
    pub id_token_stop_ref: Option<String>,
    pub remote_start_id: Option<i64>,
    pub reservation_id: Option<i64>,
    pub phases_used: Vec<i64>,
    pub cable_max_current_a: Option<i64>,
    pub reported_charging_s: Option<i64>,
    pub operation_mode: Option<String>,
    pub tariff_id: Option<String>,
    pub stopped_reason: Option<String>,
    pub stopped_reason_raw: Option<String>,
    pub energy_wh: Option<i64>,
    pub energy_method: Option<String>,
    pub energy_estimate_wh: Option<i64>,
    pub energy_estimate_method: Option<String>,
    pub register_begin_wh: Option<i64>,
    pub register_end_wh: Option<i64>,
    pub energy_export_wh: Option<i64>,
    pub last_register_wh: Option<i64>,
    pub last_event_at: Option<i64>,
    pub first_received_at: i64,
    pub last_received_at: i64,
}

/// Where the bytes of a content lie.
#[derive(Debug, Clone, Default, Row, Deserialize)]
pub struct Detail {
    /// seqNo of the content.
    pub seq_no: i64,
    /// Hash of the content.
    pub content_hash: u128,
    /// Topic, where its generation is known.
    pub topic: String,
    /// Generation of the topic.
    pub generation: u32,
    /// Partition.
    pub partition: u32,
    /// Offset.
    pub offset: u64,
    /// Door the copy came through.
    pub ingress: String,
    /// Gateway that received it.
    pub gateway: String,
    /// Message id; empty where none came.
    pub message_id: String,
    /// OCPP version of the connection.
    pub ocpp: String,
}

/// A sampled value as sent.
#[derive(Debug, Clone, PartialEq, Eq, Row, Deserialize)]
pub struct Text {
    /// Content that holds it.
    pub content_hash: u128,
    /// Position in its event, from 1.
    pub position: u32,
    /// Digit by digit.
    pub value: String,
    /// Unit; empty where absent.
    pub unit: String,
    /// Power of ten.
    pub multiplier: i8,
}

/// What the account knows.
#[derive(Debug, Clone, Default)]
pub struct Deliveries {
    /// Every content that the account has rows of; of several outcomes a row each.
    pub rows: Vec<DeliveryRow>,
    /// `received_at` up to which copies were looked for, µs.
    pub until: i64,
}

/// One delivery: `received_at` in µs, generation, partition, offset.
pub type Coordinates = (i64, u32, u32, u64);

/// Deliveries of one content with one outcome.
#[derive(Debug, Clone, Row, Deserialize)]
pub struct DeliveryRow {
    /// `None` where it could not be read.
    pub seq_no: Option<i64>,
    /// Hash of the content.
    pub content_hash: u128,
    /// `stored`, `duplicate`, `conflict`, `quarantined` or `missing`.
    pub outcome: String,
    /// How many.
    pub deliveries: u64,
    /// The first of them, one more than are told.
    pub earliest: Vec<Coordinates>,
}

/// Messages of the station that are part of no transaction.
#[derive(Debug, Clone, Default)]
pub struct Quarantined {
    /// How many there are of the station in the time of the charges.
    pub count: u64,
    /// The first of them, those that name the transactionId before all others.
    pub first: Vec<QuarantineRow>,
}

/// A message in quarantine.
#[derive(Debug, Clone, Row, Deserialize)]
pub struct QuarantineRow {
    /// Topic, where its generation is known.
    pub topic: String,
    /// Generation of the topic.
    pub generation: u32,
    /// Partition.
    pub partition: u32,
    /// Offset.
    pub offset: u64,
    /// µs.
    pub received_at: i64,
    /// Codes.
    pub reasons: Vec<String>,
    /// For people.
    pub message: String,
    /// Whether the transactionId stands anywhere in its bytes.
    pub names_it: bool,
    /// Such messages in all.
    pub total: u64,
}
