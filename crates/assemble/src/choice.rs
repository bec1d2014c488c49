//! Which series of a charge is billed, and what its two ends say about it (rules 24, 25, 27).

use super::charge::Charge;
use super::contents::Place;
use super::guards;
use super::missing;
use super::pick::{self, Charging, Pick};
use super::readings::Readings;
use super::series::{self, Kind, Series, Spot};
use super::words::{Remarks, flag, review};

/// A begin reading taken longer than this before the start is not of this charge's time, µs: what the record tolerates
/// as lateness elsewhere. Stations that send their last sample as the begin are some minutes late.
const BEGIN_EARLY_US: i64 = 300_000_000;

/// Rule 24: the first series with both ends; else Outlet and unmarked together; else the first with any two.
///
/// Signed readings are series of their own: believed where no unsigned one is whole, else compared. Of an exchanged
/// meter only they are: an unsigned register does not say which meter it is of.
pub(super) fn choose(
    charge: &Charge<'_>,
    readings: &Readings,
    remarks: &mut Remarks,
) -> Option<(Kind, Pick)> {
    let search = Search { readings, charging: pick::first_charging(charge.stated()) };
    let candidates = series::candidates(readings);
    let of = |signed: bool| candidates.iter().filter(move |s| s.kind.signed == signed);
    let signed = search.first(of(true), true);
    if charge.exchange.is_some() {
        return signed;
    }
    let unsigned = search.first(of(false), true);
    if let (Some((_, a)), Some((_, b))) = (&unsigned, &signed)
        && guards::apart(energy(a), energy(b))
    {
        remarks.both(review::SIGNED_DIFFERS);
    }
    unsigned
        .or(signed)
        .or_else(|| search.first(series::joined(readings).iter(), true))
        .or_else(|| search.first(candidates.iter(), false))
}

struct Search<'r> {
    readings: &'r Readings,
    charging: Charging,
}

impl Search<'_> {
    /// The first series that has two readings, with `whole` a begin and an end proper.
    fn first<'s>(&self, mut list: impl Iterator<Item = &'s Series>, whole: bool) -> Option<(Kind, Pick)> {
        list.find_map(|series| {
            let by_time = self.readings.by_time(series.kind.signed);
            pick::pick(series, by_time, self.charging, whole).map(|pick| (series.kind, pick))
        })
    }
}

/// End minus begin, µWh.
fn energy(pick: &Pick) -> i128 {
    i128::from(pick.end.value) - i128::from(pick.begin.value)
}

/// Says what is remarkable about the series and its two ends.
pub(super) fn remark(
    charge: &Charge<'_>,
    readings: &Readings,
    kind: Kind,
    pick: &Pick,
    remarks: &mut Remarks,
) {
    match kind.spot {
        Spot::Body | Spot::Inlet => remarks.both(review::OTHER_LOCATION),
        Spot::Joined => remarks.both(review::LOCATION_MIXED),
        Spot::Outlet | Spot::Unmarked => {}
    }
    if series::leaves_out_a_phase(readings, kind) {
        remarks.both(review::PHASE_LEFT_OUT);
    }
    if pick.late_begin {
        remarks.both(review::BEGIN_LATE);
    }
    if pick.last_update {
        remarks.flag(flag::LAST_UPDATE);
        let end = charge.end().map(|e| e.place);
        if end.is_some_and(|end| missing::any_between(&charge.counting, pick.end.place, end)) {
            remarks.both(review::MISSING_EVENTS);
        }
    }
    // the meter's clock is not the station's, so a signed time cannot be held against the start
    let started_at = charge.start().filter(|_| !kind.signed).and_then(|start| start.at());
    let taken_before = started_at.zip(pick.begin.at).map(|(start, at)| start - at);
    if taken_before.is_some_and(|us| us > BEGIN_EARLY_US) {
        remarks.both(review::BEGIN_EARLY);
    }
    let with_more = pick.highest_behind.map(|highest| i128::from(highest) - i128::from(pick.begin.value));
    if with_more.is_some_and(|more| more > energy(pick) && guards::apart(energy(pick), more)) {
        remarks.both(review::END_EARLY);
    }
    let touched = |place: &Place| charge.contested.binary_search(place).is_ok();
    if touched(&pick.begin.place) || touched(&pick.end.place) {
        remarks.review(review::CONFLICT);
    }
}
