//! One charge, sorted out: what counts, from which events the record speaks, and which serve estimates only
//! (rules 8, 13–16).

use wattledger_decoder::EventType;
use wattledger_record::Micros;

use super::contents::{self, Entry};
use super::end::{self, AFTER_ENDED_MAX_US};
use super::epochs::{self, Epochs};
use super::instances::Instance;
use super::missing;
use super::record::{Lost, MissingRange, Placed, ScanPosition};
use super::signed::{self, Exchange};
use super::signs::{self, Signs};
use super::words::{Remarks, flag, review};

/// A charge before its record is written.
pub(super) struct Charge<'a> {
    pub(super) key: i64,
    pub(super) until: i64,
    /// When the Started that opens it was received.
    pub(super) opened: Option<Micros>,
    pub(super) epochs: u16,
    pub(super) epoch_starts: Vec<ScanPosition>,
    pub(super) placed: Vec<Placed>,
    /// Every content, at its place, in no order.
    pub(super) contents: Vec<Entry<'a>>,
    /// What counts, in place order.
    pub(super) counting: Vec<Entry<'a>>,
    pub(super) lost: Vec<Lost>,
    pub(super) conflicts: u32,
    /// Places whose contents contradict each other, sorted.
    pub(super) contested: Vec<super::contents::Place>,
    /// Contents contradict each other.
    pub(super) conflict: bool,
    /// Nothing here may be billed as energy, whatever the readings say.
    pub(super) energy_blocked: bool,
    /// Signed data say that times may not be billed.
    pub(super) time_error: bool,
    /// Signed data say that the meter was exchanged.
    pub(super) exchange: Option<Exchange<'a>>,
    pub(super) remarks: Remarks,
    /// Index in `counting`; only a start that is not after the end.
    start: Option<usize>,
    /// Index in `counting`.
    end: Option<usize>,
    /// What the record speaks from: from the start to the end, without what is stamped after the end and without an
    /// Ended that does not count.
    stated: Vec<Entry<'a>>,
    /// As `stated`, and what is stamped after the end or placed behind it.
    everything: Vec<Entry<'a>>,
    /// All contents in event-time order where one seqNo stands for all of them.
    constant: Vec<Entry<'a>>,
}

impl<'a> Charge<'a> {
    /// Sorts out the contents of one instance.
    pub(super) fn new(instance: &Instance<'a>) -> Self {
        let mut remarks = Remarks::default();
        let epochs = epochs::assign(instance);
        let count = epochs.count();
        let Epochs { entries, starts, placed } = epochs;
        let elected = contents::elect(entries.clone(), &mut remarks);
        let mut charge = Self {
            key: instance.key,
            until: instance.until,
            opened: instance.opening.map(|event| event.received_at),
            epochs: count,
            epoch_starts: starts,
            placed,
            contents: entries,
            counting: elected.counting,
            lost: elected.lost,
            conflicts: elected.conflicts,
            contested: elected.contested,
            conflict: elected.conflict,
            energy_blocked: !elected.constant.is_empty(),
            time_error: false,
            exchange: None,
            remarks,
            start: None,
            end: elected.end,
            stated: Vec::new(),
            everything: Vec::new(),
            constant: elected.constant,
        };
        charge.find_start();
        charge.choose_speakers();
        charge.heed_signed();
        charge.look_for_signs(instance);
        charge
    }

    /// The start, if it is not after the end.
    pub(super) fn start(&self) -> Option<&Entry<'a>> {
        self.counting.get(self.start?)
    }

    /// The Ended that counts as the end.
    pub(super) fn end(&self) -> Option<&Entry<'a>> {
        self.counting.get(self.end?)
    }

    /// What counts, up to the end.
    pub(super) fn until_end(&self) -> &[Entry<'a>] {
        self.counting.get(..=self.end_index()).unwrap_or(&self.counting)
    }

    /// What counts from start to end; empty without either.
    pub(super) fn span(&self) -> &[Entry<'a>] {
        self.start.zip(self.end).and_then(|(start, end)| self.counting.get(start..=end)).unwrap_or_default()
    }

    /// The events from which fields and registers are taken.
    pub(super) fn stated(&self) -> &[Entry<'a>] {
        &self.stated
    }

    /// The events from which tokens and estimated times are taken.
    pub(super) fn told(&self) -> &[Entry<'a>] {
        if self.constant.is_empty() { &self.stated } else { &self.constant }
    }

    /// The events from which energy is estimated.
    pub(super) fn everything(&self) -> &[Entry<'a>] {
        if self.constant.is_empty() { &self.everything } else { &self.constant }
    }

    /// seqNos of every Started, whether or not it counts.
    pub(super) fn starts(&self) -> impl Iterator<Item = i64> {
        self.contents.iter().filter(|e| e.is(EventType::Started)).map(|e| e.place.seq_no)
    }

    /// Whether an Ended of its own is there: one that lies before the start, by place or by time, is another charge's.
    pub(super) fn has_ended(&self) -> bool {
        let start = self.counting.iter().find(|e| e.is(EventType::Started));
        let mut ends = self.contents.iter().filter(|e| e.is(EventType::Ended));
        ends.any(|end| {
            start.is_none_or(|start| {
                let backwards = start.at().zip(end.at()).is_some_and(|(start, end)| end < start);
                end.place >= start.place && !backwards
            })
        })
    }

    /// Whether start and end are there, nothing between them is missing and nothing else is here.
    pub(super) fn is_whole(&self) -> bool {
        let span = self.span();
        let all_of_it = !span.is_empty() && span.len() == self.counting.len();
        !self.conflict && self.epochs == 1 && all_of_it && self.holes().next().is_none()
    }

    /// Missing seqNos up to the end, run by run.
    pub(super) fn holes(&self) -> impl Iterator<Item = MissingRange> {
        let counting = self.until_end();
        let pairs = counting.iter().zip(counting.iter().skip(1));
        pairs.filter_map(|(before, after)| missing::hole(before.place, after.place))
    }

    /// Whether so many numbers are missing in a row that an Ended and the next Started may be among them.
    pub(super) fn has_seam(&self) -> bool {
        self.holes().any(|hole| hole.numbers() >= signs::SEAM_MIN)
    }

    /// When the first of its contents was received.
    pub(super) fn first_received(&self) -> Option<Micros> {
        self.contents.iter().map(|e| e.event.received_at).min()
    }

    /// What counts behind the first Ended, whether or not that is the one that counts as the end.
    fn after_an_end(&self) -> impl Iterator<Item = &Entry<'a>> {
        let first = self.counting.iter().position(|e| e.is(EventType::Ended)).unwrap_or(usize::MAX - 1);
        let behind = self.counting.iter().enumerate().skip(first + 1);
        behind.filter(|(index, _)| Some(*index) != self.end).map(|(_, entry)| entry)
    }

    fn end_index(&self) -> usize {
        self.end.unwrap_or(usize::MAX - 1)
    }

    /// Rule 8: the lowest Started is the start; a second one that counts contradicts it.
    fn find_start(&mut self) {
        let mut starts = self.counting.iter().enumerate().filter(|(_, e)| e.is(EventType::Started));
        let first = starts.next().map(|(index, _)| index);
        let second = starts.next().is_some();
        self.start = first.filter(|index| *index <= self.end_index());
        if second {
            self.conflict = true;
            self.energy_blocked = true;
            self.remarks.both(review::SECOND_START);
        }
    }

    /// Rule 27: no figure against what is signed.
    fn heed_signed(&mut self) {
        let verdict = signed::judge(&self.contents, self.end());
        if verdict.energy_error {
            self.remarks.both(review::SIGNED_ERROR);
        }
        if verdict.unreadable {
            self.remarks.both(review::SIGNED_UNREADABLE);
        }
        if verdict.exchange.is_some() {
            self.remarks.both(review::METER_EXCHANGED);
        }
        if verdict.unused {
            self.remarks.flag(flag::SIGNED_UNUSED);
        }
        if verdict.meter_state {
            self.remarks.flag(flag::SIGNED_METER_STATE);
        }
        if verdict.time_error {
            self.remarks.flag(flag::SIGNED_TIME_ERROR);
        }
        self.energy_blocked |= verdict.energy_error;
        self.time_error = verdict.time_error;
        self.exchange = verdict.exchange;
    }

    /// What shows that events of another charge may be among these.
    fn look_for_signs(&mut self, instance: &Instance<'_>) {
        let mut remarks = std::mem::take(&mut self.remarks);
        if self.epochs > 1 {
            remarks.both(review::SEQ_RESET);
        }
        if instance.retold {
            remarks.both(review::START_RETOLD);
        }
        let earliest = instance.untimed.first().map(|event| event.received_at);
        if self.opened.zip(earliest).is_some_and(|(opened, earliest)| earliest < opened) {
            remarks.both(review::PLACED_BY_RECEPTION);
        }
        let mut signs = Signs::default();
        self.stated.iter().for_each(|entry| signs.hear(entry.place, entry.event));
        signs.say(self.exchange.is_some(), &mut remarks);
        if let Some(end) = self.end() {
            end::judge_after(&self.stated, end, self.after_an_end(), &mut remarks);
        }
        self.remarks = remarks;
    }

    /// Rules 15 and 16, and what lies before the start.
    fn choose_speakers(&mut self) {
        let start = self.start().map(|e| e.place);
        let started_at = self.start().and_then(Entry::at);
        let ended_at = self.end().and_then(Entry::at);
        let backwards = started_at.zip(ended_at).is_some_and(|(start, end)| end < start);
        if backwards {
            self.remarks.both(review::CLOCK_STEP);
        }
        let end = self.end_index();
        for (index, entry) in self.counting.iter().enumerate() {
            let foreign =
                start.is_some_and(|s| entry.place.epoch == s.epoch && entry.place.seq_no < s.seq_no);
            if foreign {
                self.remarks.both(review::BEFORE_START);
                continue;
            }
            self.everything.push(*entry);
            // an Ended below the one that counts is another account of the stop, not a part of this one
            if index > end || (index < end && entry.is(EventType::Ended)) {
                continue;
            }
            let stamped_after =
                ended_at.zip(entry.at()).is_some_and(|(end, at)| at - end > AFTER_ENDED_MAX_US);
            if index < end && stamped_after && !backwards {
                self.remarks.both(review::CLOCK_STEP);
            } else {
                self.stated.push(*entry);
            }
        }
    }
}
