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

impl TransactionEvent<'_> {
    /// Whether everything that both read is the same; our event says more.
    #[must_use]
    pub fn agrees_with(&self, ours: &wattledger_decoder::TransactionEvent<'_>) -> bool {
        let info = &ours.transaction_info;
        let elements = ours.meter_values.iter().zip(&self.meter_value);
        Some(&*self.timestamp) == ours.timestamp.text
            && self.event_type == ours.event_type.as_str()
            && is_word(&self.trigger_reason, ours.trigger_reason.value.as_str(), ours.trigger_reason.raw)
            && self.seq_no == ours.seq_no
            && self.offline == ours.offline
            && self.transaction_info.transaction_id == info.transaction_id
            && self.transaction_info.time_spent_charging == info.time_spent_charging_s
            && self.evse.as_ref().map(|evse| (Some(evse.id), evse.connector_id))
                == ours.evse.map(|evse| (evse.id, evse.connector_id))
            && self.id_token.as_ref().map(|token| (&*token.id_token, &*token.r#type))
                == ours.id_token.map(|token| (token.id_token, token.token_type))
            && self.meter_value.len() == ours.meter_values.len()
            && elements.into_iter().all(|(ours, theirs)| theirs.agrees_with(&ours))
    }
}

impl MeterValue<'_> {
    fn agrees_with(&self, ours: &wattledger_decoder::MeterValue<'_>) -> bool {
        Some(&*self.timestamp) == ours.timestamp.text
            && self.sampled_value.len() == ours.samples.len()
            && ours.samples.iter().zip(&self.sampled_value).all(|(ours, theirs)| theirs.agrees_with(&ours))
    }
}

impl SampledValue<'_> {
    fn agrees_with(&self, ours: &wattledger_decoder::SampledValue<'_>) -> bool {
        let word = |theirs: &Option<Cow<'_, str>>, ours: Option<(&str, Option<&str>)>| match (theirs, ours) {
            (Some(theirs), Some((word, raw))) => is_word(theirs, word, raw),
            (theirs, ours) => theirs.is_none() && ours.is_none(),
        };
        let unit = self.unit_of_measure.as_ref();
        let signed = self.signed_meter_value.as_ref();
        ours.value_text.parse() == Ok(self.value)
            && is_word(
                self.measurand.as_deref().unwrap_or(REGISTER),
                ours.measurand.value.as_str(),
                ours.measurand.raw,
            )
            && word(&self.context, ours.context.map(|context| (context.value.as_str(), context.raw)))
            && word(&self.phase, ours.phase.map(|phase| (phase.value.as_str(), phase.raw)))
            && word(&self.location, ours.location.map(|location| (location.value.as_str(), location.raw)))
            && unit.and_then(|unit| unit.unit.as_deref()) == ours.unit_text
            && unit.and_then(|unit| unit.multiplier).unwrap_or(0) == i32::from(ours.multiplier)
            && signed.map(|signed| &*signed.signed_meter_data)
                == ours.signed.map(|signed| signed.signed_meter_data)
    }
}

/// What a sample without `measurand` is.
const REGISTER: &str = "Energy.Active.Import.Register";

fn is_word(theirs: &str, ours: &str, raw: Option<&str>) -> bool {
    theirs == raw.unwrap_or(ours)
}
