//! What a TransactionEventRequest says, as far as it could be read: one shape for OCPP 2.0.1 and 2.1.
//!
//! Fields stand in the order of the schema and keep its names in snake_case, with a unit where there is one. A member
//! that is absent, null or unreadable is `None`, never 0; `seqNo`, `eventType` and `transactionId` are always there,
//! since a message without them is no event. Text borrows from the message (or from the decoder's scratch where it
//! was escaped). Invariant: nothing here depends on a clock or on another message.

use wattledger_record::Micros;

use crate::cost::CostDetails;
use crate::sample::{MeterValues, Samples};
use crate::slots::{AdditionalInfos, Extras};
use crate::vocabulary::{
    ChargingState, EventType, OperationMode, PreconditioningStatus, Spelled, StoppedReason, TriggerReason,
};

/// TransactionEventRequest.
#[derive(Debug, Clone, Copy)]
pub struct TransactionEvent<'a> {
    /// `eventType`.
    pub event_type: EventType,
    /// `timestamp`: time of the event; meter values carry their own.
    pub timestamp: Timestamp<'a>,
    /// `triggerReason`; `Unknown` without raw text where it is missing.
    pub trigger_reason: Spelled<'a, TriggerReason>,
    /// `seqNo` as sent, possibly negative or above 2³¹−1 (flagged).
    pub seq_no: i64,
    /// `offline`; absent means false.
    pub offline: Option<bool>,
    /// `numberOfPhasesUsed`.
    pub phases_used: Option<i64>,
    /// `cableMaxCurrent`, A.
    pub cable_max_current_a: Option<i64>,
    /// `reservationId`.
    pub reservation_id: Option<i64>,
    /// `preconditioningStatus` (2.1).
    pub preconditioning_status: Option<Spelled<'a, PreconditioningStatus>>,
    /// `evseSleep` (2.1).
    pub evse_sleep: Option<bool>,
    /// `transactionInfo`.
    pub transaction_info: TransactionInfo<'a>,
    /// `evse`.
    pub evse: Option<Evse>,
    /// `idToken`.
    pub id_token: Option<IdToken<'a>>,
    /// `meterValue`: the elements, each with its samples.
    pub meter_values: MeterValues<'a>,
    /// All sampled values of all elements, in the order of the message.
    pub samples: Samples<'a>,
    /// `costDetails` (2.1).
    pub cost_details: Option<CostDetails<'a>>,
    /// `customData` of the message itself, raw JSON.
    pub custom_data: Option<&'a str>,
    /// `customData` at every depth and members that no schema knows, raw JSON with their paths.
    pub extras: Extras<'a>,
}

/// A time as sent and as read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timestamp<'a> {
    /// µs UTC, fractions below cut off; `None` if missing, unreadable or outside 1900 … 2299, which is what
    /// `DateTime64(6)` holds. It need not be usable ([`Micros::is_usable`]).
    pub micros: Option<Micros>,
    /// Text as sent; `None` if missing or no text.
    pub text: Option<&'a str>,
    /// `yyyymm` of the time read *without* the zone override (no zone = UTC), 0 if that is not usable: equal in every
    /// copy of a message, whatever is configured.
    pub month: u32,
}

impl Timestamp<'_> {
    /// No time at all.
    pub const MISSING: Self = Self { micros: None, text: None, month: 0 };
}

/// TransactionType.
#[derive(Debug, Clone, Copy)]
pub struct TransactionInfo<'a> {
    /// `transactionId` as sent, not folded.
    pub transaction_id: &'a str,
    /// `chargingState`.
    pub charging_state: Option<Spelled<'a, ChargingState>>,
    /// `timeSpentCharging`, s.
    pub time_spent_charging_s: Option<i64>,
    /// `stoppedReason`; absent on an `Ended` means `Local`, which is for the reader to apply.
    pub stopped_reason: Option<Spelled<'a, StoppedReason>>,
    /// `remoteStartId`.
    pub remote_start_id: Option<i64>,
    /// `operationMode` (2.1).
    pub operation_mode: Option<Spelled<'a, OperationMode>>,
    /// `tariffId` (2.1).
    pub tariff_id: Option<&'a str>,
    /// `transactionLimit` (2.1).
    pub transaction_limit: Option<TransactionLimit<'a>>,
}

/// TransactionLimitType (2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TransactionLimit<'a> {
    /// `maxCost`, currency of the station.
    pub max_cost: Option<Amount<'a>>,
    /// `maxEnergy`, Wh.
    pub max_energy_wh: Option<Amount<'a>>,
    /// `maxTime`, s from `Started`.
    pub max_time_s: Option<i64>,
    /// `maxSoC`, percent.
    pub max_soc_percent: Option<i64>,
}

/// A decimal number as sent and as held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Amount<'a> {
    /// Digits as sent.
    pub text: &'a str,
    /// Rounded to six fractional digits; `None` if it does not fit.
    pub value: Option<wattledger_record::Decimal6>,
}

/// EVSEType. A missing connector stays missing (never 1), and so does a missing id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Evse {
    /// `id`.
    pub id: Option<i64>,
    /// `connectorId`.
    pub connector_id: Option<i64>,
}

/// IdTokenType.
#[derive(Debug, Clone, Copy)]
pub struct IdToken<'a> {
    /// `idToken` as sent; `""` is legal with `NoAuthorization`.
    pub id_token: &'a str,
    /// `type` as sent; `""` where it is missing (flagged).
    pub token_type: &'a str,
    /// `additionalInfo`; no part of token equality (C01.FR.25).
    pub additional_info: AdditionalInfos<'a>,
}
