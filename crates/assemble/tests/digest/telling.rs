//! Charges as stations tell them, event by event in order.

use wattledger_assemble::event::{Event, Sample, Token};
use wattledger_decoder::{
    ChargingState, Code, EventType, Location, Measurand, Phase, ReadingContext, StoppedReason, TriggerReason,
};
use wattledger_record::{ContentHash, Decimal6, Micros};

use super::habit::{Course, Habit, Identity, Registers, Stop};
use crate::fold;

const SECOND: i64 = 1_000_000;
const WH: i64 = 1_000_000;

impl Habit {
    /// The events of the charge, in order.
    pub(crate) fn tell(&self) -> Vec<Event> {
        let last = self.course.updates + 1;
        let count = if self.course.ended { last + 1 } else { last };
        let mut register = self.meter.begin * WH;
        let mut paused = false;
        (0..count)
            .map(|place| {
                let flows = place > self.course.charging_from && !paused;
                let watts = if flows { self.power.watts * (90 + place % 10) / 100 } else { 0 };
                let before = register;
                register += watts * self.course.step_s * (WH / 3_600) / self.meter.ulp * self.meter.ulp;
                let changes = place > self.course.charging_from && place % self.course.pause_every == 0;
                paused ^= changes;
                let state = match place {
                    0 if self.course.charging_from > 0 => Some(ChargingState::EVConnected),
                    _ if place == self.course.charging_from => Some(ChargingState::Charging),
                    _ if changes && paused => Some(ChargingState::SuspendedEV),
                    _ if changes => Some(ChargingState::Charging),
                    _ => None,
                };
                self.event(place, place == last, &Flow { before, register, watts, state })
            })
            .collect()
    }

    fn event(&self, place: i64, ended: bool, flow: &Flow) -> Event {
        let Course { first_seq, step_s, offline, late, flagged, reason, .. } = self.course;
        let at = fold::time("10:00").unwrap() + place * step_s * SECOND;
        let event_type = match place {
            0 => EventType::Started,
            _ if ended => EventType::Ended,
            _ => EventType::Updated,
        };
        let delay = if late && place % 3 == 1 { 400 } else { 1 };
        let mut event = Event {
            seq_no: first_seq + place,
            received_at: Micros(at + delay * SECOND),
            event_time: Some(Micros(at)),
            month: Micros(at).month(),
            event_type,
            offline: offline && place % 2 == 1,
            charging_state: flow.state,
            flags: if flagged && place % 2 == 0 { vec![Code::EnumSpelling] } else { Vec::new() },
            samples: self.samples(place, event_type, at, flow),
            ..fold::events("0 U 10:00").remove(0)
        };
        self.identify(place, ended, reason, &mut event);
        seal(&mut event, "");
        event
    }

    fn identify(&self, place: i64, ended: bool, reason: Option<StoppedReason>, event: &mut Event) {
        let Identity { authorized_later, stop, evse_everywhere, connector, remote, phases_used, mode, spent } =
            self.identity;
        if place == 0 || evse_everywhere {
            event.evse_id = Some(2);
            event.connector_id = connector.then_some(1);
        }
        if place == i64::from(authorized_later) && !ended {
            event.trigger_reason = TriggerReason::Authorized;
            event.id_token = Some(token("04A2B3"));
            event.remote_start_id = remote.then_some(77);
        }
        if event.charging_state == Some(ChargingState::Charging) {
            event.phases_used = phases_used;
        }
        if mode && place == 1 {
            event.operation_mode = Some("ChargingOnly".into());
            event.tariff_id = Some("T1".into());
        }
        if spent {
            event.time_spent_charging_s = Some(place * 10);
        }
        if ended {
            event.stopped_reason = reason;
            event.stopped_reason_raw = reason.map(|_| "remote".into());
        }
        let stops_here = match stop {
            Stop::Remote => false,
            Stop::SameCard | Stop::OtherCard => ended,
            Stop::CardThenEnded => !ended && place > 1 && place == self.course.updates,
        };
        if stops_here {
            event.trigger_reason = TriggerReason::StopAuthorized;
            event.id_token = Some(token(if stop == Stop::OtherCard { "FFFF" } else { "04a2b3" }));
        }
    }

    fn samples(&self, place: i64, event_type: EventType, at: i64, flow: &Flow) -> Vec<Sample> {
        let mut samples = Vec::new();
        let ended = event_type == EventType::Ended;
        let begin_at = fold::time("10:00").unwrap();
        let registers = self.meter.registers;
        if ended && matches!(registers, Registers::EndedOnly | Registers::BeginRepeated) {
            self.register(ReadingContext::TransactionBegin, begin_at, self.meter.begin * WH, &mut samples);
        }
        let told = match registers {
            Registers::All | Registers::BeginRepeated => true,
            Registers::EndedOnly => ended,
            Registers::Thinned => !ended,
            Registers::Late => place > 1,
            Registers::None => false,
        };
        if told {
            let context = match event_type {
                EventType::Started if self.meter.explicit => ReadingContext::TransactionBegin,
                EventType::Ended if self.meter.explicit => ReadingContext::TransactionEnd,
                _ => ReadingContext::SamplePeriodic,
            };
            let half = at - self.course.step_s * SECOND / 2;
            if self.meter.readings_per_event > 1 && event_type == EventType::Updated {
                let middle = (flow.before + flow.register) / 2 / self.meter.ulp * self.meter.ulp;
                self.register(context, half, middle.max(flow.before), &mut samples);
            }
            self.register(context, at, flow.register, &mut samples);
        }
        if place > 0 {
            self.electrical(place, at, flow.watts, &mut samples);
        }
        samples
    }

    fn register(&self, context: ReadingContext, at: i64, value: i64, samples: &mut Vec<Sample>) {
        let total = Sample {
            value: Some(Decimal6(value)),
            ulp: Decimal6(self.meter.ulp),
            context,
            location: self.meter.outlet.then_some(Location::Outlet),
            ..sample(Measurand::EnergyActiveImportRegister, at, 0)
        };
        samples.push(total.clone());
        if self.meter.phases {
            let phases = [Phase::L1, Phase::L2, Phase::L3].into_iter().zip(0i64..);
            samples.extend(phases.map(|(phase, n)| Sample {
                phase: Some(phase),
                value: Some(Decimal6((value / WH + n) / 3 * WH)),
                ..total.clone()
            }));
        }
    }

    fn electrical(&self, place: i64, at: i64, watts: i64, samples: &mut Vec<Sample>) {
        if self.power.active {
            samples.push(sample(Measurand::PowerActiveImport, at, watts));
        }
        if self.power.offered {
            samples.push(sample(Measurand::PowerOffered, at, self.power.watts));
        }
        if self.power.electrical {
            for phase in [Phase::L1N, Phase::L2N, Phase::L3N] {
                samples.push(Sample { phase: Some(phase), ..sample(Measurand::Voltage, at, 230) });
            }
            samples.push(sample(Measurand::SoC, at, 20 + place));
        }
    }
}

struct Flow {
    before: i64,
    register: i64,
    watts: i64,
    state: Option<ChargingState>,
}

pub(crate) fn token(id: &str) -> Token {
    Token { id_token: id.into(), token_type: "ISO14443".into() }
}

/// A sample of whole units.
pub(crate) fn sample(measurand: Measurand, at: i64, value: i64) -> Sample {
    Sample {
        at: Some(Micros(at)),
        value: Some(Decimal6(value * WH)),
        ulp: Decimal6(WH),
        measurand,
        context: ReadingContext::SamplePeriodic,
        context_given: true,
        phase: None,
        location: None,
        signed: false,
        container: None,
    }
}

/// Gives an event the hashes of what it says.
pub(crate) fn seal(event: &mut Event, salt: &str) {
    event.content_hash = ContentHash(0);
    event.core_hash = ContentHash(0);
    let said = format!("{event:?}{salt}");
    event.content_hash = fold::hash(&said);
    event.core_hash = fold::hash(&format!("{said} core"));
}
