//! What the assembling core knows of an event: exactly what its stored row says, so that an event taken from the log
//! and the same event read back from ClickHouse are equal.

use wattledger_decoder::{
    ChargingState, Code, EventType, Location, Measurand, Phase, ReadingContext, StoppedReason, TriggerReason,
};
use wattledger_record::{ContentHash, Decimal6, Micros};

use super::ocmf::Container;

/// One distinct content of one (tenant, station, transactionId, seqNo).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// `seqNo` as sent.
    pub seq_no: i64,
    /// Identity of the content.
    pub content_hash: ContentHash,
    /// Equal core makes two contents variants of one event (fixtures `rule_01_…` of `tests/fold`).
    pub core_hash: ContentHash,
    /// Lowest `received_at` among the copies of this content.
    pub received_at: Micros,
    /// `month` of the stored row: yyyymm of the event time read without an override, or 0.
    pub month: u32,
    /// Station identity as spelled by the connection of the earliest copy.
    pub station_raw: Box<str>,
    /// `transactionId` as sent.
    pub transaction_id_raw: Box<str>,
    /// `eventType`.
    pub event_type: EventType,
    /// `triggerReason`; `Unknown` if missing or outside the vocabulary.
    pub trigger_reason: TriggerReason,
    /// `timestamp`, if it is readable and fits the column; it may still be unusable.
    pub event_time: Option<Micros>,
    /// `offline` of the earliest copy.
    pub offline: bool,
    /// `evse.id`.
    pub evse_id: Option<i64>,
    /// `evse.connectorId`.
    pub connector_id: Option<i64>,
    /// `idToken`.
    pub id_token: Option<Token>,
    /// `transactionInfo.chargingState`.
    pub charging_state: Option<ChargingState>,
    /// `transactionInfo.stoppedReason`.
    pub stopped_reason: Option<StoppedReason>,
    /// `stoppedReason` as sent where that differs from the canonical spelling.
    pub stopped_reason_raw: Option<Box<str>>,
    /// `transactionInfo.timeSpentCharging`, s.
    pub time_spent_charging_s: Option<i64>,
    /// `transactionInfo.remoteStartId`.
    pub remote_start_id: Option<i64>,
    /// `reservationId`.
    pub reservation_id: Option<i64>,
    /// `numberOfPhasesUsed`.
    pub phases_used: Option<i64>,
    /// `cableMaxCurrent`, A.
    pub cable_max_current_a: Option<i64>,
    /// `transactionInfo.operationMode` as sent (2.1).
    pub operation_mode: Option<Box<str>>,
    /// `transactionInfo.tariffId` (2.1).
    pub tariff_id: Option<Box<str>>,
    /// Flags of the message, sorted.
    pub flags: Vec<Code>,
    /// Sampled values in the order of the message.
    pub samples: Vec<Sample>,
}

/// `idToken`: equality is idToken folded, and type (C01.FR.25).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// `idToken.idToken` as sent.
    pub id_token: Box<str>,
    /// `idToken.type` as sent.
    pub token_type: Box<str>,
}

/// One sampled value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// `timestamp` of its meterValue element.
    pub at: Option<Micros>,
    /// Value in the base unit of its measurand (Wh for energy registers); `None` if the unit is unknown or the value
    /// does not fit.
    pub value: Option<Decimal6>,
    /// One unit in the last place of the value as sent, in the base unit.
    pub ulp: Decimal6,
    /// Measurand; absent means Energy.Active.Import.Register.
    pub measurand: Measurand,
    /// Context; absent means Sample.Periodic.
    pub context: ReadingContext,
    /// Whether the context was given.
    pub context_given: bool,
    /// Phase; `None` is the total.
    pub phase: Option<Phase>,
    /// Location; `None` is unmarked.
    pub location: Option<Location>,
    /// Whether the sample carries signed data (a series of its own).
    pub signed: bool,
    /// The signed data, where they start like OCMF; a function of the stored text (`ocmf::read`).
    pub container: Option<Container>,
}

impl Event {
    /// The event time, if a bill may rest on it.
    #[must_use]
    pub fn usable_time(&self) -> Option<Micros> {
        self.event_time.filter(|at| at.is_usable())
    }
}
