//! Events of one transactionId in, the records of its charges out: pure, without clock or I/O.
//!
//! The path of a set of contents, file by file:
//!
//! 1. [`event`]: what is known of an event · `contents`: each content once; which counts
//! 2. `instances`: charges that shared the id · `epochs`: runs of seqNo inside a charge · `end`: which Ended counts
//! 3. `charge`: from which events the record speaks · `missing`: holes · `classify`: class, and what neighbours tell
//! 4. [`ocmf`], `signed`: signed readings, and what they forbid · `readings` → `series` → `pick` → `guards`, `power` → `energy`, `intervals`, `estimate`: energy and its method
//! 5. `times`, `carried`: the other fields · `words`: the closed lists of words · [`record`]: the result
//!
//! Invariants: [`fold`] depends on the *set* of contents alone, each with the lowest `received_at` of its copies: no
//! permutation, no duplication changes a record. Of two sets of which one contains the other the larger has the higher
//! version and at least the same keys. The work grows as n·log n with the number of events.

mod carried;
mod charge;
mod classify;
mod contents;
mod end;
mod energy;
mod epochs;
mod estimate;
pub mod event;
mod guards;
mod instances;
mod intervals;
mod missing;
pub mod ocmf;
mod pick;
mod power;
mod readings;
pub mod record;
mod series;
mod signed;
mod times;
pub mod words;
mod write;

use std::collections::BTreeSet;

use wattledger_record::{StationKey, ids};

use charge::Charge;
use event::Event;
use instances::Instance;
use record::{FOLD_REVISION, Folded};

/// Rebuilds the charges that used one transactionId from what is known of its events.
///
/// `transaction_id_folded` is the id as compared (`wattledger_record::ids::fold_id`). `events` may hold copies of one
/// content; the earliest counts.
#[must_use]
pub fn fold(station: &StationKey, transaction_id_folded: &str, events: &[Event]) -> Folded {
    let contents = contents::distinct(events);
    let instances = instances::split(&contents);
    let (repeats, charges): (Vec<&Instance<'_>>, Vec<&Instance<'_>>) =
        instances.iter().partition(|instance| instance.part_of.is_some());
    let mut charges: Vec<Charge<'_>> = charges.into_iter().map(Charge::new).collect();
    classify::judge_neighbours(&mut charges);

    let id = write::Identity { station, transaction_id: transaction_id_folded };
    let mut records: Vec<_> = charges.into_iter().map(|charge| write::record(&id, charge)).collect();
    records.extend(repeats.iter().map(|repeat| write::repeat(&id, repeat)));
    records.sort_by_key(|record| record.instance_key);

    let months: BTreeSet<u32> = contents.iter().map(|event| event.month).collect();
    let dated = || months.iter().copied().filter(|month| *month > 0);
    Folded {
        version: ids::record_version(
            contents.iter().map(|event| (event.content_hash, event.received_at)),
            FOLD_REVISION,
        ),
        contents: u32::try_from(contents.len()).unwrap_or(u32::MAX),
        first_month: dated().next().unwrap_or(0),
        last_month: dated().next_back().unwrap_or(0),
        undated: months.contains(&0),
        records,
    }
}
