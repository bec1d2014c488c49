//! One TransactionEventRequest, built by name; what is not said is left out.

use serde_json::{Map, Value, json};

/// A message in the making.
#[derive(Debug, Clone)]
pub struct Message(Map<String, Value>);

impl Message {
    fn new(event_type: &str, trigger: &str, transaction_id: &str, seq_no: i64, at: &str) -> Self {
        let value = json!({
            "eventType": event_type,
            "timestamp": at,
            "triggerReason": trigger,
            "seqNo": seq_no,
            "transactionInfo": { "transactionId": transaction_id },
        });
        match value {
            Value::Object(members) => Self(members),
            _ => unreachable!("json! of braces is an object"),
        }
    }

    /// A `Started`.
    #[must_use]
    pub fn started(transaction_id: &str, seq_no: i64, at: &str) -> Self {
        Self::new("Started", "CablePluggedIn", transaction_id, seq_no, at).evse(1, Some(1))
    }

    /// An `Updated`.
    #[must_use]
    pub fn updated(transaction_id: &str, seq_no: i64, at: &str) -> Self {
        Self::new("Updated", "MeterValuePeriodic", transaction_id, seq_no, at)
    }

    /// An `Ended`.
    #[must_use]
    pub fn ended(transaction_id: &str, seq_no: i64, at: &str) -> Self {
        Self::new("Ended", "EVDeparted", transaction_id, seq_no, at)
    }

    /// Sets any top-level member.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// Leaves a top-level member out.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    /// Sets a member of `transactionInfo`.
    #[must_use]
    pub fn info(mut self, name: &str, value: Value) -> Self {
        if let Some(Value::Object(info)) = self.0.get_mut("transactionInfo") {
            info.insert(name.to_owned(), value);
        }
        self
    }

    /// Sets `evse`.
    #[must_use]
    pub fn evse(self, id: i64, connector_id: Option<i64>) -> Self {
        match connector_id {
            Some(connector_id) => self.with("evse", json!({ "id": id, "connectorId": connector_id })),
            None => self.with("evse", json!({ "id": id })),
        }
    }

    /// Sets `idToken`.
    #[must_use]
    pub fn token(self, id_token: &str, token_type: &str) -> Self {
        self.with("idToken", json!({ "idToken": id_token, "type": token_type }))
    }

    /// Adds a `meterValue` element with one reading of the import register, Wh.
    #[must_use]
    pub fn register(self, at: &str, context: &str, wh: f64) -> Self {
        self.sample(at, json!({ "value": wh, "context": context }))
    }

    /// Adds a `meterValue` element with one sampled value.
    #[must_use]
    pub fn sample(mut self, at: &str, sample: Value) -> Self {
        let element = json!({ "timestamp": at, "sampledValue": [sample] });
        match self.0.entry("meterValue").or_insert_with(|| json!([])) {
            Value::Array(elements) => elements.push(element),
            other => *other = json!([element]),
        }
        self
    }

    /// The message as a value.
    #[must_use]
    pub fn to_value(&self) -> Value {
        Value::Object(self.0.clone())
    }

    /// The message as bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_value().to_string().into_bytes()
    }
}
