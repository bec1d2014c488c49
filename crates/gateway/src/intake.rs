//! Envelopes -> records -> one outcome each, in order.
//!
//! The work from the first hand-over to the last delivery report runs in a task of its own: when a client leaves, its
//! request's future is dropped, but what was handed over is still delivered, counted, and told to the breaker.
//!
//! Invariant: answers are made from the list of lines, so there is one for each, whatever happened.

use std::sync::Arc;
use std::time::Instant;

use rdkafka::producer::future_producer::DeliveryFuture;
use tokio::sync::{Semaphore, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wattledger_decoder::{Preview, Reading};
use wattledger_record::headers::Ingress;
use wattledger_record::{Headers, Micros};

use crate::admission::{Reservation, Shares};
use crate::batch::{Envelope, Line};
use crate::config::Config;
use crate::error::Refusal;
use crate::metrics::{Fate, Metrics};
use crate::preview::Previewer;
use crate::producer::Failure;
use crate::publish::{Admission, Publisher, Record};
use crate::tenants::{Store, Tenant};

/// Events, and bytes of payloads, after which a long batch lets other work on its thread go on.
const TURN_EVENTS: usize = 64;
const TURN_BYTES: usize = 64 << 10;

/// Everything that requests share.
pub(crate) struct Intake {
    pub(crate) config: Config,
    pub(crate) tenants: Store,
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) previewer: Previewer,
    pub(crate) metrics: Arc<Metrics>,
    /// A permit per byte.
    pub(crate) in_flight: Arc<Semaphore>,
    /// How much of it each tenant may hold.
    pub(crate) shares: Shares,
    /// A permit per core.
    pub(crate) inflating: Arc<Semaphore>,
    /// Deliveries that are under way.
    pub(crate) tasks: TaskTracker,
    /// The process is to end.
    pub(crate) stop: CancellationToken,
}

/// A request that was received in full.
pub(crate) struct Received {
    pub(crate) tenant: Arc<Tenant>,
    pub(crate) lines: Vec<Line>,
    pub(crate) ingress: Ingress,
    pub(crate) traceparent: Option<String>,
    /// One stamp for all lines: they arrived together. Copies under one stamp are ordered by their bytes.
    pub(crate) received_at: Micros,
    pub(crate) held: Reservation,
}

/// What became of one line.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) line: usize,
    pub(crate) ignored: Vec<&'static str>,
    pub(crate) outcome: Outcome,
}

/// The three ways a line can end.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// Acknowledged by the broker; with the decoder's verdict, if there was room for it.
    Durable(Option<Preview>),
    /// Not taken; sending it again would not help.
    Refused(Refusal, String),
    /// Not known to be durable; to be sent again.
    Undelivered(Failure),
}

/// A line on its way.
struct Pending {
    line: Line,
    delivery: Result<DeliveryFuture, Failure>,
    handed_over: Instant,
}

impl Intake {
    /// Makes the lines durable and answers for each; `None` if that work broke off, and nothing can be said.
    pub(crate) async fn take(self: &Arc<Self>, received: Received) -> Option<Vec<Answer>> {
        let (answer, answered) = oneshot::channel();
        let intake = Arc::clone(self);
        self.tasks.spawn(async move {
            let answers = intake.deliver(received).await;
            if let Err(unread) = answer.send(answers) {
                intake.metrics.cancelled(unread.len());
            }
        });
        answered.await.ok()
    }

    async fn deliver(&self, received: Received) -> Vec<Answer> {
        let Received { tenant, lines, ingress, traceparent, received_at, held } = received;
        let taken = lines.iter().filter(|line| line.read.is_ok()).count();
        tracing::debug!(tenant = tenant.name(), lines = lines.len(), taken, "request received");
        let admission = if taken > 0 { self.publisher.admit() } else { None };
        let answers = match admission {
            Some(admission) => {
                let open = self.metrics.in_flight(taken);
                let door = Door {
                    tenant: &tenant,
                    gateway: &self.config.id,
                    ingress,
                    traceparent: traceparent.as_deref(),
                    received_at,
                };
                let answers = self.publish(&door, lines, admission).await;
                drop(open);
                answers
            }
            None => lines.into_iter().map(|line| line.answer(Err(Failure::Closed))).collect(),
        };
        drop(held);
        self.account(&answers);
        answers
    }

    async fn publish(&self, door: &Door<'_>, lines: Vec<Line>, admission: Admission<'_>) -> Vec<Answer> {
        let started = Instant::now();
        let pending = self.hand_over(door, lines, &admission).await;
        // besides the broker's work, not before it
        let previews = self.preview(door, &pending).await;
        let (mut answers, mut failures) = (Vec::with_capacity(pending.len()), Vec::new());
        let mut any_delivered = false;
        for (Pending { line, delivery, handed_over }, preview) in pending.into_iter().zip(previews) {
            let result = match delivery {
                Ok(delivery) => {
                    let result = admission.delivered(delivery).await;
                    self.metrics.reported(result, handed_over.elapsed());
                    result
                }
                Err(failure) => Err(failure),
            };
            if line.read.is_ok() {
                any_delivered |= result.is_ok();
                failures.extend(result.err());
            }
            answers.push(line.answer(result.map(|()| preview)));
        }
        admission.tell(started, any_delivered, &failures);
        answers
    }

    /// Hands the records over in order. After the first that is not taken the rest is not tried: it would fail too,
    /// or overtake.
    async fn hand_over(&self, door: &Door<'_>, lines: Vec<Line>, admission: &Admission<'_>) -> Vec<Pending> {
        let mut pending = Vec::with_capacity(lines.len());
        let mut failed = None;
        let (mut events, mut bytes) = (0, 0usize);
        for line in lines {
            if events >= TURN_EVENTS || bytes >= TURN_BYTES {
                tokio::task::yield_now().await;
                (events, bytes) = (0, 0);
            }
            events += 1;
            bytes = bytes.saturating_add(line.read.as_ref().map_or(0, |envelope| envelope.payload.len()));
            let handed_over = Instant::now();
            let delivery = match (&line.read, failed) {
                (Ok(envelope), None) => {
                    let sent = admission.send(&door.record(envelope));
                    match &sent {
                        Ok(_) => self.metrics.handed_over(envelope.payload.len()),
                        Err(failure) => self.metrics.reported(Err(*failure), handed_over.elapsed()),
                    }
                    failed = sent.as_ref().err().copied();
                    sent
                }
                (_, failure) => Err(failure.unwrap_or(Failure::Closed)),
            };
            pending.push(Pending { line, delivery, handed_over });
        }
        pending
    }

    async fn preview(&self, door: &Door<'_>, pending: &[Pending]) -> Vec<Option<Preview>> {
        let wanted = pending.iter().map(|one| match (&one.line.read, &one.delivery) {
            (Ok(envelope), Ok(_)) => Some((envelope.payload.clone(), door.reading(envelope))),
            _ => None,
        });
        self.previewer.preview(wanted.collect()).await
    }

    fn account(&self, answers: &[Answer]) {
        for answer in answers {
            let fate = match &answer.outcome {
                Outcome::Durable(preview) => {
                    if let Some(preview) = preview {
                        self.metrics.previewed(preview.outcome);
                    }
                    Fate::Accepted
                }
                Outcome::Refused(refusal, _) => Fate::Refused(*refusal),
                Outcome::Undelivered(failure) => Fate::Undelivered(*failure),
            };
            self.metrics.messages(fate, 1);
        }
    }
}

impl Line {
    /// Ends the line: as it was refused, or as its delivery went.
    fn answer(self, delivered: Result<Option<Preview>, Failure>) -> Answer {
        let line = self.number;
        match self.read {
            Err(refused) => {
                let outcome = Outcome::Refused(refused.refusal, refused.detail);
                Answer { line, ignored: Vec::new(), outcome }
            }
            Ok(envelope) => {
                let outcome = delivered.map_or_else(Outcome::Undelivered, Outcome::Durable);
                Answer { line, ignored: envelope.stated.ignored, outcome }
            }
        }
    }
}

/// What all records of one request share.
struct Door<'a> {
    tenant: &'a Tenant,
    gateway: &'a str,
    ingress: Ingress,
    traceparent: Option<&'a str>,
    received_at: Micros,
}

impl Door<'_> {
    fn record<'a>(&'a self, envelope: &'a Envelope) -> Record<'a> {
        let policy = self.tenant.policy(&envelope.key);
        let headers = Headers {
            received_at: Some(self.received_at),
            client_received_at: envelope.stated.received_at,
            backfill: self.tenant.backfill(),
            ocpp: envelope.stated.ocpp,
            message_id: envelope.stated.message_id.as_deref(),
            ingress: Some(self.ingress),
            gateway: Some(self.gateway),
            station: envelope.station.as_deref(),
            strict: policy.strict,
            zone_minutes: policy.zone_minutes,
            traceparent: self.traceparent,
            ..Headers::default()
        };
        Record { key: &envelope.key, headers, payload: &envelope.payload }
    }

    fn reading(&self, envelope: &Envelope) -> Reading {
        let policy = self.tenant.policy(&envelope.key);
        let version = envelope.stated.ocpp.unwrap_or_default();
        Reading { version, strict: policy.strict, zone_minutes: policy.zone_minutes }
    }
}
