//! The obvious alternative: structs with serde derives that borrow from the message. No checks, no hash, doubles for
//! values, text for times and words.

use std::borrow::Cow;

use serde::Deserialize;

/// TransactionEventRequest.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionEvent<'a> {
    /// `eventType`.
    #[serde(borrow)]
    pub event_type: Cow<'a, str>,
    /// `timestamp`.
    #[serde(borrow)]
    pub timestamp: Cow<'a, str>,
    /// `triggerReason`.
    #[serde(borrow)]
    pub trigger_reason: Cow<'a, str>,
    /// `seqNo`.
    pub seq_no: i64,
    /// `offline`.
    pub offline: Option<bool>,
    /// `transactionInfo`.
    #[serde(borrow)]
    pub transaction_info: TransactionInfo<'a>,
    /// `evse`.
    pub evse: Option<Evse>,
    /// `idToken`.
    #[serde(borrow)]
    pub id_token: Option<IdToken<'a>>,
    /// `meterValue`.
    #[serde(borrow, default)]
    pub meter_value: Vec<MeterValue<'a>>,
}

/// TransactionType.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransactionInfo<'a> {
    /// `transactionId`.
    #[serde(borrow)]
    pub transaction_id: Cow<'a, str>,
    /// `chargingState`.
    #[serde(borrow)]
    pub charging_state: Option<Cow<'a, str>>,
    /// `stoppedReason`.
    #[serde(borrow)]
    pub stopped_reason: Option<Cow<'a, str>>,
    /// `timeSpentCharging`.
    pub time_spent_charging: Option<i64>,
}

/// EVSEType.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evse {
    /// `id`.
    pub id: i64,
    /// `connectorId`.
    pub connector_id: Option<i64>,
}

/// IdTokenType.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdToken<'a> {
    /// `idToken`.
    #[serde(borrow)]
    pub id_token: Cow<'a, str>,
    /// `type`.
    #[serde(borrow)]
    pub r#type: Cow<'a, str>,
}

/// MeterValueType.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeterValue<'a> {
    /// `timestamp`.
    #[serde(borrow)]
    pub timestamp: Cow<'a, str>,
    /// `sampledValue`.
    #[serde(borrow)]
    pub sampled_value: Vec<SampledValue<'a>>,
}

/// SampledValueType.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SampledValue<'a> {
    /// `value`.
    pub value: f64,
    /// `measurand`.
    #[serde(borrow)]
    pub measurand: Option<Cow<'a, str>>,
    /// `context`.
    #[serde(borrow)]
    pub context: Option<Cow<'a, str>>,
    /// `phase`.
    #[serde(borrow)]
    pub phase: Option<Cow<'a, str>>,
    /// `location`.
    #[serde(borrow)]
    pub location: Option<Cow<'a, str>>,
    /// `unitOfMeasure`.
    #[serde(borrow)]
    pub unit_of_measure: Option<UnitOfMeasure<'a>>,
    /// `signedMeterValue`.
    #[serde(borrow)]
    pub signed_meter_value: Option<SignedMeterValue<'a>>,
}

/// UnitOfMeasureType.
#[derive(Debug, Deserialize)]
pub struct UnitOfMeasure<'a> {
    /// `unit`.
    #[serde(borrow)]
    pub unit: Option<Cow<'a, str>>,
    /// `multiplier`.
    pub multiplier: Option<i32>,
}

/// SignedMeterValueType.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedMeterValue<'a> {
    /// `signedMeterData`.
    #[serde(borrow)]
    pub signed_meter_data: Cow<'a, str>,
    /// `encodingMethod`.
    #[serde(borrow)]
    pub encoding_method: Cow<'a, str>,
}
