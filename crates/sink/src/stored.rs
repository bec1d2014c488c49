//! What is stored of one transactionId, for a program that explains records and writes none.

use wattledger_assemble::event::Event;
use wattledger_record::StationKey;
use wattledger_record::ids::fold_id;

use crate::config::Config;
use crate::deliver::TransactionKey;
use crate::hydrate::{Depth, Hydrate, Hydrator};
use crate::insert::Failure;

/// The contents stored of one transactionId.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Version of its records; 0 if it has none.
    pub version: u128,
    /// Each content once, as its earliest copy, in no order.
    pub events: Vec<Event>,
}

/// Reads every content stored of a transactionId (ASCII case does not matter), in any month, with or without a record.
///
/// # Errors
/// What the server or the connection said.
pub async fn contents(
    config: &Config,
    station: &StationKey,
    transaction_id: &str,
) -> Result<Contents, Failure> {
    let key = TransactionKey { station: station.clone(), transaction_id: fold_id(transaction_id).into() };
    let hydrator = Hydrator::new(crate::client(config), &config.clickhouse);
    let mut found = hydrator.read(&[&key], Depth::Everywhere).await?;
    let stored = found.remove(&key).unwrap_or_default();
    Ok(Contents { version: stored.version, events: stored.contents.events().to_vec() })
}
