//! Where the rows put a content: the join of the view `events`.

use wattledger_assemble::event::Event;
use wattledger_assemble::record::{Folded, Record, ScanPosition};
use wattledger_record::Micros;

/// Charge, epoch, and whether the content counts.
pub(crate) fn locate(folded: &Folded, event: &Event) -> (i64, u16, bool) {
    let rows = || folded.records.iter().filter(|r| r.part_of.is_none());
    let counts = |row: &Record| !row.lost.iter().any(|lost| lost.content_hash == event.content_hash);
    if let Some(Micros(at)) = event.usable_time() {
        let position = ScanPosition { at, seq_no: event.seq_no, content_hash: event.content_hash };
        let row =
            rows().find(|row| (row.instance_key == 0 || row.instance_key <= at) && at < row.until).unwrap();
        let begun = row.epoch_starts.iter().filter(|start| **start <= position).count();
        return (row.instance_key, u16::try_from(begun).unwrap() + 1, counts(row));
    }
    let (row, placed) = rows()
        .find_map(|row| {
            let placed = row.placed.iter().find(|placed| placed.content_hash == event.content_hash)?;
            Some((row, placed))
        })
        .unwrap();
    (row.instance_key, placed.epoch, counts(row))
}
