//! Events of one transactionId in, the records of its charges out: pure, without clock or I/O.
//!
//! The path of a set of contents, file by file:
//!
//! 1. [`event`]: what is known of an event · `contents`: each content once; which counts
//! 2. `instances`: charges that shared the id · `epochs`: runs of seqNo inside a charge · `end`: which Ended counts
//! 3. `charge`: from which events the record speaks · `missing`: holes · `classify`: class · `signs`,
//!    `neighbours`: whether events of another charge are among them
//! 4. [`ocmf`], `signed`: signed readings, and what they forbid · `energy`: how energy and its method are found, from `readings` over `choice`, `series`, `pick` to `figure`, `guards`, `power`, `segments`, else `intervals` · `estimate` · `reckoning`: where it comes from
//! 5. `times`, `carried`: the other fields · `words`: the closed lists of words · [`record`]: the result
//!
//! [`digest`] gives the same record from a value of constant size, while a charge's events come in order.
//!
//! Invariants: [`fold`] depends on the *set* of contents alone, each with the lowest `received_at` of its copies: no
//! permutation, no duplication changes a record. Of two sets of which one contains the other the larger has the higher
//! version and at least the same keys. The work grows as n·log n with the number of events.

mod carried;
mod charge;
mod choice;
mod classify;
mod contents;
pub mod digest;
mod end;
mod energy;
mod epochs;
mod estimate;
pub mod event;
mod figure;
mod guards;
mod instances;
mod intervals;
pub mod meaning;
mod missing;
mod neighbours;
pub mod ocmf;
mod pick;
mod power;
mod readings;
mod reckoning;
pub mod record;
mod segments;
mod series;
mod signed;
mod signs;
mod times;
pub mod words;
mod write;

use std::collections::BTreeSet;

pub use end::AFTER_ENDED_MAX_US;

use wattledger_record::{StationKey, ids};

use charge::Charge;
use event::Event;
use instances::Instance;
use record::{FOLD_REVISION, Folded, Reckoning};

/// Rebuilds the charges that used one transactionId from what is known of its events.
///
/// `transaction_id_folded` is the id as compared (`wattledger_record::ids::fold_id`). `events` may hold copies of one
/// content; the earliest counts.
#[must_use]
pub fn fold(station: &StationKey, transaction_id_folded: &str, events: &[Event]) -> Folded {
    fold_and_reckon(station, transaction_id_folded, events).0
}

/// As [`fold`], and per charge where its figures come from, in the order of the records. A record that only repeats a
/// start has none.
#[must_use]
pub fn fold_and_reckon(
    station: &StationKey,
    transaction_id_folded: &str,
    events: &[Event],
) -> (Folded, Vec<Reckoning>) {
    let contents = contents::distinct(events);
    let instances = instances::split(&contents);
    let (repeats, charges): (Vec<&Instance<'_>>, Vec<&Instance<'_>>) =
        instances.iter().partition(|instance| instance.part_of.is_some());
    let mut charges: Vec<Charge<'_>> = charges.into_iter().map(Charge::new).collect();
    neighbours::judge(&mut charges);

    let id = write::Identity { station, transaction_id: transaction_id_folded };
    let written = charges.into_iter().map(|charge| write::record(&id, charge));
    let (mut records, mut reckonings): (Vec<_>, Vec<_>) = written.unzip();
    reckonings.sort_by_key(|reckoning: &Reckoning| reckoning.instance_key);
    records.extend(repeats.iter().map(|repeat| write::repeat(&id, repeat)));
    records.sort_by_key(|record| record.instance_key);

    let months: BTreeSet<u32> = contents.iter().map(|event| event.month).collect();
    let dated = || months.iter().copied().filter(|month| *month > 0);
    let mut folded = Folded {
        version: ids::record_version(
            contents.iter().map(|event| (event.content_hash, event.received_at)),
            FOLD_REVISION,
        ),
        contents: u32::try_from(contents.len()).unwrap_or(u32::MAX),
        first_month: dated().next().unwrap_or(0),
        last_month: dated().next_back().unwrap_or(0),
        undated: months.contains(&0),
        records,
    };
    folded.flag_large();
    (folded, reckonings)
}
