//! Time per charging state, interval by interval as the fold splits it.

use wattledger_decoder::{ChargingState, EventType};
use wattledger_record::{Decimal6, Micros};

use super::course::{Course, place};
use super::skeleton;
use crate::contents::Entry;
use crate::event::Event;
use crate::record::StateTimes;
use crate::times;

/// States that are told, in the order of [`States::known`].
const TOLD: usize = 5;

#[derive(Debug, Clone)]
pub(super) struct States {
    /// µs in each state that was told; what remains of the time from the start is unknown.
    known: [i64; TOLD],
    /// Told last.
    state: Option<ChargingState>,
}

impl States {
    pub(super) const fn begin(event: &Event) -> Self {
        Self { known: [0; TOLD], state: event.charging_state }
    }

    /// Times from the start to the last event of `course`.
    pub(super) fn times(&self, course: &Course) -> StateTimes {
        let [charging, suspended_ev, suspended_evse, ev_connected, idle] = self.known.map(Decimal6);
        let unknown = Decimal6(course.last_at - course.started_at - self.known.iter().sum::<i64>());
        StateTimes { charging, suspended_ev, suspended_evse, ev_connected, idle, unknown }
    }

    /// Adds the interval from the last event of `course` to `event`; `false` if it cannot be split.
    pub(super) fn go_on(&mut self, course: &Course, event: &Event) -> bool {
        let before = Event {
            event_time: Some(Micros(course.last_at)),
            charging_state: self.state,
            ..skeleton::blank(EventType::Updated)
        };
        let before = Entry { place: place(course.last_seq()), event: &before };
        let interval = times::state_times(&[before, Entry { place: place(event.seq_no), event }]);
        self.state = event.charging_state.or(self.state);
        let Some(interval) = interval else { return false };
        self.add(&interval);
        true
    }

    fn add(&mut self, interval: &StateTimes) {
        let StateTimes { charging, suspended_ev, suspended_evse, ev_connected, idle, unknown: _ } = interval;
        let further = [charging, suspended_ev, suspended_evse, ev_connected, idle];
        for (sum, further) in self.known.iter_mut().zip(further) {
            *sum += further.0;
        }
    }
}
