//! Long silences over holes: signs of another charge that only every event together can give. What else would be a
//! sign is not plain (`told`).

use wattledger_record::Micros;

use super::course::Course;
use crate::event::Event;
use crate::record::MissingRange;
use crate::signs::{GAP_MAX_US, Rhythm};

#[derive(Debug, Clone, Default)]
pub(super) struct Pace(Rhythm);

impl Pace {
    /// Hears the event that follows the last one of `course`; `false` if no charge is silent for so long.
    pub(super) fn go_on(&mut self, course: &Course, event: &Event, hole: Option<&MissingRange>) -> bool {
        let Some(Micros(at)) = event.usable_time() else { return false };
        let passed_us = at.saturating_sub(course.last_at);
        self.0.hear(hole.map(MissingRange::numbers), passed_us);
        passed_us <= GAP_MAX_US
    }

    /// Whether a hole is too long for what is missing in it, as far as is known by now.
    pub(super) fn is_broken(&self) -> bool {
        self.0.is_broken()
    }

    /// Whether a hole has room for an Ended and a Started.
    pub(super) const fn has_seam(&self) -> bool {
        self.0.seam
    }
}
