//! The only part with I/O: what is asked of ClickHouse, every look-up by key.
//!
//! Records, the account and quarantine come through the views that analysts use, so what is explained is what they see;
//! the events come through the sink's own reader, so what is folded is what the sink folds.

mod ask;
mod near;
mod sql;

use std::collections::{BTreeSet, HashMap};

use wattledger_assemble::event::Event;
use wattledger_record::ids::fold_id;
use wattledger_record::{ContentHash, StationKey, partition};
use wattledger_sink::{Config, stored};

use crate::error::Error;
use crate::limits::{AFTER_US, BEFORE_US, CONTENTS_MAX};
use crate::near::Near;
use crate::question::{Question, Subject, Which};
use crate::report::Report;
use crate::story::{Clock, Content, Deliveries, StoredRecord, Story};
use crate::wanted::{Scope, Wanted};
use crate::{charges, story};
use ask::Asker;

/// What is said to a question.
#[derive(Debug)]
pub enum Answer {
    /// The charges.
    Told(Box<Report>),
    /// Nothing of that name is stored; what is near.
    Nothing(Box<Near>),
}

/// What is said to a question for bytes.
#[derive(Debug)]
pub enum Bytes {
    /// Exactly as received.
    Found(Vec<u8>),
    /// Several contents under that seqNo, and whether each counts: none of them is chosen.
    Several(Vec<(ContentHash, bool)>),
    /// No such event.
    Nothing,
}

/// A transactionId of a station.
struct Key {
    station: StationKey,
    /// Folded.
    transaction_id: String,
}

/// Explains the charges of a transactionId.
///
/// # Errors
/// [`Error`]; that nothing is there is no error.
pub async fn explain(config: &Config, question: &Question) -> Result<Answer, Error> {
    let asker = Asker::new(config);
    let Some(key) = resolve(&asker, &question.subject).await? else {
        return nothing(&asker, &question.subject).await;
    };
    let only = match question.subject {
        Subject::Record(id) => Some(id),
        Subject::Transaction { .. } => None,
    };
    let told = tell(config, &asker, &key, &Scope { all: question.all, only }).await?;
    match told {
        Some(report) => Ok(Answer::Told(Box::new(report))),
        None => nothing(&asker, &question.subject).await,
    }
}

/// The bytes of one event, exactly as received.
///
/// # Errors
/// [`Error`]; that there is none is no error.
pub async fn bytes(config: &Config, subject: &Subject, which: Which) -> Result<Bytes, Error> {
    let asker = Asker::new(config);
    let Some(key) = resolve(&asker, subject).await? else { return Ok(Bytes::Nothing) };
    let found = asker.contents(&key, which).await?;
    match found.as_slice() {
        [] => Ok(Bytes::Nothing),
        [(seq_no, hash, _)] => Ok(Bytes::Found(asker.raw(&key, *seq_no, *hash).await?)),
        several => Ok(Bytes::Several(several.iter().map(|(_, hash, counts)| (*hash, *counts)).collect())),
    }
}

async fn nothing(asker: &Asker, subject: &Subject) -> Result<Answer, Error> {
    Ok(Answer::Nothing(Box::new(near::of(asker, subject).await?)))
}

/// The key behind a subject; `None` where nobody has it.
async fn resolve(asker: &Asker, subject: &Subject) -> Result<Option<Key>, Error> {
    match subject {
        Subject::Record(id) => asker.key_of_record(*id).await,
        Subject::Transaction { station, transaction_id, tenant } => {
            // a name that no tenant can have is told before anything is asked
            let named = station_key(tenant.as_deref().unwrap_or("t"), station)?;
            let (station_folded, id) = (named.station().to_owned(), fold_id(transaction_id));
            if tenant.is_some() {
                return Ok(Some(Key { station: named, transaction_id: id }));
            }
            let tenants = asker.tenants_of(&station_folded, &id).await?;
            match tenants.as_slice() {
                [] => Ok(None),
                [tenant] => {
                    let station = station_key(tenant, &station_folded)?;
                    Ok(Some(Key { station, transaction_id: id }))
                }
                _ => Err(Error::Tenants(tenants)),
            }
        }
    }
}

fn station_key(tenant: &str, station: &str) -> Result<StationKey, Error> {
    StationKey::new(tenant, station).map_err(|source| Error::Name {
        tenant: tenant.to_owned(),
        station: station.to_owned(),
        source,
    })
}

/// Reads and explains; `None` where neither a record nor an event is stored.
async fn tell(config: &Config, asker: &Asker, key: &Key, scope: &Scope) -> Result<Option<Report>, Error> {
    let records = asker.records(key).await?;
    let counted = records.iter().map(|record| record.version >> 96).max().unwrap_or(0);
    if counted > CONTENTS_MAX {
        return Err(Error::TooMany(counted));
    }
    let stored = stored::contents(config, &key.station, &key.transaction_id).await.map_err(Error::Events)?;
    if records.is_empty() && stored.events.is_empty() {
        return Ok(None);
    }
    let clock = asker.clock().await?;
    let (folded, reckonings) =
        wattledger_assemble::fold_and_reckon(&key.station, &key.transaction_id, &stored.events);
    let wanted = Wanted::of(&charges::arrange(&folded, &reckonings, &stored.events), scope);
    let story = gather(asker, key, records, stored.events, clock, &wanted, scope.all).await?;
    Ok(Some(Report::new(&story, &folded, &reckonings, scope)))
}

/// Everything beside records and events.
async fn gather(
    asker: &Asker,
    key: &Key,
    records: Vec<StoredRecord>,
    events: Vec<Event>,
    clock: Clock,
    wanted: &Wanted,
    all: bool,
) -> Result<Story, Error> {
    let shown: BTreeSet<Content> = wanted.shown.union(&wanted.figures).copied().collect();
    let details = asker.details(key, if all { None } else { Some(&shown) }).await?;
    let details: HashMap<Content, story::Detail> =
        details.into_iter().map(|d| ((d.seq_no, ContentHash(d.content_hash)), d)).collect();
    let texts = asker.texts(key, &wanted.figures).await?;
    let raws = asker.raws(key, &wanted.compared).await?;
    let (from, until) = span(&records, &events);
    let mut partitions: Vec<u32> = details.values().map(|detail| detail.partition).collect();
    partitions.push(partition::of_key(key.station.as_str().as_bytes(), clock.partitions));
    partitions.sort_unstable();
    partitions.dedup();
    let rows = asker.deliveries(key, &partitions, from, until).await?;
    let quarantined = asker.quarantined(&key.station, &key.transaction_id, &partitions, from, until).await?;
    Ok(Story {
        station: key.station.clone(),
        transaction_id: key.transaction_id.clone(),
        clock,
        records,
        events,
        details,
        texts: texts.into_iter().map(|t| ((ContentHash(t.content_hash), t.position), t)).collect(),
        raws,
        deliveries: Deliveries { rows, until },
        quarantined,
    })
}

/// When messages of these charges may have been received, µs.
fn span(records: &[StoredRecord], events: &[Event]) -> (i64, i64) {
    let received = || events.iter().map(|event| event.received_at.0);
    let first = records.iter().map(|record| record.first_received_at).chain(received()).min().unwrap_or(0);
    let last = records.iter().map(|record| record.last_received_at).chain(received()).max().unwrap_or(0);
    (first.saturating_sub(BEFORE_US).max(0), last.saturating_add(AFTER_US))
}
