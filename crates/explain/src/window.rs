//! Which events of a long charge are shown: its head, its tail, and in between those of which something is to be said.

use crate::charges::{Charge, Entry, Role};
use crate::limits::{HEAD, NOTABLE_MAX, TAIL};
use crate::story::Content;

/// Indexes of the entries that are shown, ascending; `figures` are contents that a figure was read from.
#[must_use]
pub(crate) fn shown(charge: &Charge<'_>, figures: &[Content], all: bool) -> Vec<usize> {
    let count = charge.entries.len();
    if all || count <= HEAD + TAIL + NOTABLE_MAX {
        return (0..count).collect();
    }
    let holes: Vec<usize> = charge.holes().into_iter().map(|(index, ..)| index).collect();
    let tail = count - TAIL;
    let behind_hole = |index: usize| holes.binary_search(&index).is_ok();
    let is_notable = |index: &usize| {
        charge.entries.get(*index).is_some_and(|entry| {
            let place = |e: &Entry<'_>| (e.epoch, e.event.seq_no);
            let next = charge.entries.get(index + 1);
            // what lost is shown beside what counts
            let is_contested =
                next.is_some_and(|next| next.role != Role::Counts && place(next) == place(entry));
            entry.role != Role::Counts || !entry.marks.is_empty() || is_contested || behind_hole(*index)
        })
    };
    let is_read = |index: &usize| charge.entries.get(*index).is_some_and(|e| figures.contains(&e.content()));
    let read = (HEAD..tail).filter(is_read);
    let notable = (HEAD..tail).filter(is_notable).take(NOTABLE_MAX);
    let mut shown: Vec<usize> = (0..HEAD).chain(read).chain(notable).chain(tail..count).collect();
    shown.sort_unstable();
    shown.dedup();
    shown
}
