//! What is near a transaction that is not there, for whoever mistyped it, asks the wrong tenant, or misses a message that
//! was set aside.

use serde::Serialize;

use crate::report::{FORM, Quarantined};

/// What was not found, and what is near it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Near {
    /// Number of the JSON form.
    pub form: u32,
    /// Version of this program.
    pub wattledger: &'static str,
    /// Always false: tells this form from a report.
    pub found: bool,
    /// As asked; absent where any tenant would have done, or a record was asked for.
    pub tenant: Option<String>,
    /// As asked.
    pub station: Option<String>,
    /// As asked.
    pub transaction_id: Option<String>,
    /// As asked.
    pub record_id: Option<String>,
    /// Tenants that have a station of this name, with its charges.
    pub tenants: Vec<Tenant>,
    /// Stations that have charges under this very transactionId.
    pub other_stations: Vec<Named>,
    /// transactionIds of the station that begin alike.
    pub alike: Vec<Named>,
    /// Latest transactionIds of the station.
    pub latest: Vec<Named>,
    /// Messages of the station that are part of no transaction.
    pub quarantined: Quarantined,
}

/// A tenant with a station of the name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// Its name.
    pub tenant: String,
    /// Charges of the station.
    pub charges: u64,
    /// Whether the transactionId is among them.
    pub has_transaction: bool,
}

/// A transaction of a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Tenant.
    pub tenant: String,
    /// Station as it spells itself.
    pub station: String,
    /// As spelled.
    pub transaction_id: String,
    /// When the last of its events was received.
    pub last_received_at: String,
}

impl Near {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            form: FORM,
            wattledger: env!("CARGO_PKG_VERSION"),
            found: false,
            tenant: None,
            station: None,
            transaction_id: None,
            record_id: None,
            tenants: Vec::new(),
            other_stations: Vec::new(),
            alike: Vec::new(),
            latest: Vec::new(),
            quarantined: Quarantined::default(),
        }
    }

    /// As one JSON object over several lines.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// For people; `colour` for a terminal.
    #[must_use]
    pub fn to_text(&self, colour: bool) -> String {
        crate::report::near_to_text(self, colour)
    }
}

impl Default for Near {
    fn default() -> Self {
        Self::new()
    }
}
