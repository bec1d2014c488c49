//! A record from what is in memory, or from the set that was looked up. The core runs guarded.

use std::panic::{AssertUnwindSafe, catch_unwind};

use wattledger_assemble::digest::{Added, Digest};
use wattledger_assemble::record::{Folded, LARGE_CONTENTS};

use crate::contents::Contents;
use crate::deliver::{Content, TransactionKey};
use crate::hydrate::Stored;
use crate::metrics::{self, Panicked};
use crate::partition::memory::State;

/// A set that came out of order is kept as one, since more of that kind mostly follows; above this many contents, as
/// [`LARGE_CONTENTS`], it would push thousands of others out.
pub(super) const SET_CONTENTS_MAX: usize = 10_000;
/// Why a record is left as it is: the fold failed, which [`guarded`] has told.
pub(super) const CANNOT_BE_MADE: &str = "the fold fails on its events";
const _: () = assert!(SET_CONTENTS_MAX == LARGE_CONTENTS as usize, "a set is kept until its record is large");

/// What came of a transaction that was in memory.
pub(super) enum Step {
    /// Its record.
    Made(Folded),
    /// Its record, and the set behind it is too large to be kept.
    Outgrown(Folded),
    /// This process has had its rows acknowledged.
    Unchanged,
    /// A look-up has to tell; the events in hand.
    Open(Vec<Content>),
    /// The fold failed on it; nothing of it may be kept.
    Failed,
}

pub(super) fn add_to_digest(
    key: &TransactionKey,
    digest: &mut Digest,
    new: Vec<Content>,
    acknowledged: bool,
) -> Step {
    let told = guarded(key, || {
        let mut changed = !acknowledged;
        for content in &new {
            match digest.add(&content.event) {
                Added::New => changed = true,
                Added::Known => {}
                Added::NotPlain => return None,
            }
        }
        if changed { digest.record(&key.station, &key.transaction_id).map(Some) } else { Some(None) }
    });
    // the whole set tells also where the digest has a defect
    match told.flatten() {
        Some(Some(folded)) => Step::Made(folded),
        Some(None) => Step::Unchanged,
        None => Step::Open(new),
    }
}

pub(super) fn add_to_set(
    key: &TransactionKey,
    contents: &mut Contents,
    new: Vec<Content>,
    acknowledged: bool,
) -> Step {
    let mut changed = !acknowledged;
    for content in new {
        changed |= contents.unite(content);
    }
    if !changed {
        return Step::Unchanged;
    }
    let outgrown = contents.len() > SET_CONTENTS_MAX;
    fold(key, contents).map_or(Step::Failed, if outgrown { Step::Outgrown } else { Step::Made })
}

/// The record of a set that was looked up, and what is kept of it.
///
/// # Errors
/// Why there is none: it cannot be made, or is of less than the stored one.
pub(super) fn from_set(
    key: &TransactionKey,
    stored: Stored,
    late: bool,
) -> Result<(Folded, State), &'static str> {
    let Stored { version, contents, .. } = stored;
    let events = contents.events();
    let plain = guarded(key, || {
        let digest = Digest::of(&key.station, &key.transaction_id, events)?;
        let folded = digest.record(&key.station, &key.transaction_id)?;
        Some((folded, digest))
    });
    // the whole set tells also where the digest has a defect
    let (folded, state) = match plain.flatten() {
        Some((folded, digest)) if !late || contents.len() > SET_CONTENTS_MAX => {
            (folded, State::Digest(digest))
        }
        Some((folded, _)) => (folded, State::Set(Box::new(contents))),
        None => (fold(key, &contents).ok_or(CANNOT_BE_MADE)?, State::Set(Box::new(contents))),
    };
    if folded.version < version {
        // kept, it would with the next event overtake the stored record, which knows more
        metrics::version_regression();
        return Err("the stored record is of more than its stored events");
    }
    Ok((folded, state))
}

fn fold(key: &TransactionKey, contents: &Contents) -> Option<Folded> {
    guarded(key, || wattledger_assemble::fold(&key.station, &key.transaction_id, contents.events()))
}

/// Runs the core, guarded: a defect in it must not stop the other transactions of the partition.
fn guarded<T>(key: &TransactionKey, run: impl FnOnce() -> T) -> Option<T> {
    let result = catch_unwind(AssertUnwindSafe(run));
    if result.is_err() {
        metrics::panicked(Panicked::Fold);
        tracing::error!(
            station = %key.station,
            transaction_id = %key.transaction_id,
            "the record cannot be made: a defect of this build; its events are stored"
        );
    }
    result.ok()
}
