//! Sends a plan until every delivery of it is acknowledged.
//!
//! A connection speaks for some stations at a time, as a CSMS gateway does, and has one request outstanding; so each
//! station has at most one, and what a station sends in the next request is received later. What was acknowledged is
//! written to the ledger before the next request. A request without answer is sent again: a legal copy, of which the
//! ledger notes that it may exist.

use std::collections::VecDeque;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::{HeaderValue, StatusCode};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};
use xxhash_rust::xxh3::xxh3_64;

use crate::config::RunConfig;
use crate::error::Error;
use crate::http::{Answer, Connection, Gateway, Lost, Outcome, Post};
use crate::ledger::{Ack, Head, Writer};
use crate::report::{Progress, Report};
use crate::stream::{Delivery, Stream, Unit};
use crate::verify::observe::now_ms;

/// Pause between two reports of progress.
const TICK: Duration = Duration::from_millis(200);
/// First pause before a repetition that the gateway set no time for; it doubles.
const PAUSE: Duration = Duration::from_millis(50);
/// Longest pause before a repetition, whatever the gateway asks for.
const PAUSE_MAX: Duration = Duration::from_secs(12);
/// One connection of so many compresses what it sends.
const GZIP_EVERY: usize = 4;

/// Sends the plan and gives a report; `progress` is called a few times per second, and once at the end.
///
/// # Errors
/// [`Error::Config`] before anything is sent; [`Error::Refused`], [`Error::NotAcknowledged`], [`Error::Answer`] if the
/// gateway does not take it; [`Error::Ledger`]. The ledger is usable after each of them.
pub async fn run(config: RunConfig, mut progress: impl FnMut(Progress)) -> Result<Report, Error> {
    config.check()?;
    let gateway = Arc::new(Gateway::new(&config.gateway_url, &config.token, config.answer_timeout)?);
    let head = Head {
        tenant: config.tenant.clone(),
        prefix: config.plan.prefix.clone(),
        seed: config.plan.seed,
        planned: config.plan.events,
    };
    let ledger = Writer::create(&config.ledger, &head)?;
    let shared = Arc::new(Shared::new(config, gateway, ledger));
    let mut tasks = JoinSet::new();
    for number in 0..shared.config.connections {
        tasks.spawn(Worker::new(&shared, number).batches());
        tasks.spawn(Worker::new(&shared, number).singles());
    }
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let outcome = loop {
        tokio::select! {
            ended = tasks.join_next() => match ended {
                None => break Ok(()),
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => break Err(error),
                Some(Err(error)) => break Err(Error::Task(error.to_string())),
            },
            _ = ticks.tick() => progress(shared.progress()),
        }
    };
    tasks.shutdown().await;
    progress(shared.progress());
    if let Err(error) = outcome {
        shared.ledger.sync()?;
        return Err(error);
    }
    shared.ledger.end(shared.acknowledged.load(Ordering::Relaxed))?;
    Ok(shared.report())
}

/// What all connections share.
struct Shared {
    config: RunConfig,
    gateway: Arc<Gateway>,
    ledger: Writer,
    begin: Instant,
    /// Stations that nobody speaks for yet.
    batched: Mutex<VecDeque<u32>>,
    direct: Mutex<VecDeque<u32>>,
    /// Stations that one connection speaks for at a time.
    active: usize,
    paced: AtomicU64,
    sent: AtomicU64,
    acknowledged: AtomicU64,
    resent: AtomicU64,
    requests: AtomicU64,
    bytes: AtomicU64,
    report: Mutex<Report>,
}

impl Shared {
    fn new(config: RunConfig, gateway: Arc<Gateway>, ledger: Writer) -> Self {
        let (direct, batched): (VecDeque<u32>, VecDeque<u32>) =
            (0..config.plan.stations).partition(|index| Stream::new(&config.plan, *index).station().direct);
        // no connection takes more than its share, or the first would speak for a small fleet alone
        let active = batched.len().div_ceil(config.connections).clamp(1, config.active);
        Self {
            config,
            gateway,
            ledger,
            begin: Instant::now(),
            batched: Mutex::new(batched),
            direct: Mutex::new(direct),
            active,
            paced: AtomicU64::new(0),
            sent: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            resent: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            report: Mutex::new(Report::default()),
        }
    }

    fn progress(&self) -> Progress {
        Progress {
            planned: self.config.plan.events,
            sent: self.sent.load(Ordering::Relaxed),
            acknowledged: self.acknowledged.load(Ordering::Relaxed),
            resent: self.resent.load(Ordering::Relaxed),
            elapsed: self.begin.elapsed(),
        }
    }

    fn report(&self) -> Report {
        let progress = self.progress();
        let noted = self.report.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Report {
            planned: progress.planned,
            sent: progress.sent,
            acknowledged: progress.acknowledged,
            resent: progress.resent,
            elapsed: progress.elapsed,
            requests: self.requests.load(Ordering::Relaxed),
            payload_bytes: self.bytes.load(Ordering::Relaxed),
            ..noted
        }
    }

    /// Writes down what is about to be sent.
    fn announce(&self, units: &[Arc<Unit>]) -> Result<(), Error> {
        self.ledger.units(units.iter().map(|unit| &unit.truth))?;
        let mut report = self.report.lock().unwrap_or_else(PoisonError::into_inner);
        for unit in units {
            report.note(&unit.truth, &unit.faults);
        }
        Ok(())
    }

    /// Waits until the rate allows `count` more.
    async fn pace(&self, count: usize) {
        let count = u64::try_from(count).unwrap_or_default();
        self.sent.fetch_add(count, Ordering::Relaxed);
        let before = self.paced.fetch_add(count, Ordering::Relaxed);
        if let Some(rate) = self.config.rate_per_s {
            let due = Duration::from_micros(before.saturating_mul(1_000_000) / u64::from(rate.max(1)));
            tokio::time::sleep_until(self.begin + due).await;
        }
    }
}

/// One delivery on its way.
struct Pending {
    delivery: Delivery,
    /// What stands for it in a request: a line of a batch, or the bare payload.
    text: Vec<u8>,
    payload_bytes: usize,
    hash: u64,
    attempts: u32,
}

impl Pending {
    fn line(delivery: Delivery, payload: &mut Vec<u8>) -> Self {
        payload.clear();
        delivery.write(payload);
        let hash = xxh3_64(payload);
        let mut text = Vec::with_capacity(payload.len() + 128);
        let station = &delivery.unit.station;
        // station names and message ids hold no character that JSON escapes
        let head = format!(
            "{{\"station\":\"{}\",\"messageId\":\"{}\",\"ocppVersion\":\"{}\",",
            station.name,
            message_id(&delivery),
            station.ocpp
        );
        text.extend_from_slice(head.as_bytes());
        // a line break would end the line, and what is no JSON cannot stand in it
        let embeds = !payload.iter().any(|b| matches!(b, b'\n' | b'\r' | 0)) && delivery.is_json();
        if embeds {
            text.extend_from_slice(b"\"payload\":");
            text.extend_from_slice(payload);
            text.extend_from_slice(b"}\n");
        } else {
            text.extend_from_slice(b"\"payloadBase64\":\"");
            text.extend_from_slice(STANDARD.encode(&payload).as_bytes());
            text.extend_from_slice(b"\"}\n");
        }
        Self { delivery, text, payload_bytes: payload.len(), hash, attempts: 0 }
    }

    fn bare(delivery: Delivery) -> Self {
        let mut text = Vec::with_capacity(1_024);
        delivery.write(&mut text);
        let (hash, payload_bytes) = (xxh3_64(&text), text.len());
        Self { delivery, text, payload_bytes, hash, attempts: 0 }
    }

    fn ack(&self, at_ms: i64) -> Ack {
        let (unit, content) = (self.delivery.unit.truth.unit, self.delivery.content);
        Ack { unit, content, hash: self.hash, attempts: self.attempts, at_ms }
    }
}

/// A copy is a new message to OCPP-J, so it has an id of its own.
fn message_id(delivery: &Delivery) -> String {
    format!("{:x}-{}-{}", delivery.unit.truth.unit, delivery.content, delivery.copy)
}

/// One connection.
struct Worker {
    shared: Arc<Shared>,
    connection: Connection,
    gzip: bool,
}

impl Worker {
    fn new(shared: &Arc<Shared>, number: usize) -> Self {
        let connection = Connection::new(Arc::clone(&shared.gateway));
        let gzip = shared.config.gzip && number % GZIP_EVERY == 1;
        Self { shared: Arc::clone(shared), connection, gzip }
    }

    /// Speaks for stations in batches until no station is left.
    async fn batches(mut self) -> Result<(), Error> {
        let mut streams: VecDeque<Stream> = VecDeque::new();
        loop {
            self.take_over(&mut streams);
            let batch = self.fill(&mut streams);
            if batch.is_empty() {
                return Ok(());
            }
            let units: Vec<Arc<Unit>> = streams.iter_mut().flat_map(Stream::announced).collect();
            self.shared.announce(&units)?;
            self.shared.pace(batch.len()).await;
            self.deliver(batch).await?;
            streams.retain(|stream| !stream.is_over());
        }
    }

    fn take_over(&self, streams: &mut VecDeque<Stream>) {
        let mut waiting = self.shared.batched.lock().unwrap_or_else(PoisonError::into_inner);
        while streams.len() < self.shared.active {
            let Some(index) = waiting.pop_front() else { return };
            streams.push_back(Stream::new(&self.shared.config.plan, index));
        }
    }

    /// A batch with deliveries of every station, beginning with another station each time.
    fn fill(&self, streams: &mut VecDeque<Stream>) -> Vec<Pending> {
        let most = self.shared.config.batch;
        let each = most.div_ceil(streams.len().max(1));
        let mut batch = Vec::with_capacity(most);
        let mut payload = Vec::with_capacity(1_024);
        for stream in streams.iter_mut() {
            // the request before this one is answered, so a first delivery may need what was sent before
            let mut next = if batch.len() < most { stream.next_acknowledged() } else { None };
            let end = (batch.len() + each).min(most);
            while let Some(delivery) = next.take() {
                batch.push(Pending::line(delivery, &mut payload));
                next = if batch.len() < end { stream.next_to_join() } else { None };
            }
        }
        streams.rotate_left(usize::from(!streams.is_empty()));
        batch
    }

    /// Speaks for one station after the other, an event per request.
    async fn singles(mut self) -> Result<(), Error> {
        loop {
            let next = self.shared.direct.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
            let Some(index) = next else { return Ok(()) };
            let mut stream = Stream::new(&self.shared.config.plan, index);
            while let Some(delivery) = stream.next_acknowledged() {
                self.shared.announce(&stream.announced())?;
                self.shared.pace(1).await;
                self.deliver_alone(Pending::bare(delivery)).await?;
            }
        }
    }

    /// Sends a batch, and again what is not acknowledged of it.
    async fn deliver(&mut self, mut batch: Vec<Pending>) -> Result<(), Error> {
        let mut patience = Patience::new(self.shared.config.give_up_after);
        while !batch.is_empty() {
            let post = self.batch_post(&batch)?;
            let answer = self.attempt(&post, &mut batch, &mut patience).await?;
            let Some(answer) = answer else { continue };
            match answer.outcomes() {
                Some(outcomes) if outcomes.len() == batch.len() => {
                    self.settle(&mut batch, &outcomes, &answer)?;
                }
                Some(outcomes) => {
                    let text = format!("{} results for {} lines", outcomes.len(), batch.len());
                    return Err(Error::Answer(text));
                }
                None if passing(answer.status) => {}
                None => return Err(refused(&answer)),
            }
            if !batch.is_empty() {
                patience.wait(&answer.excerpt(), answer.retry_after).await?;
            }
        }
        Ok(())
    }

    async fn deliver_alone(&mut self, pending: Pending) -> Result<(), Error> {
        let mut patience = Patience::new(self.shared.config.give_up_after);
        let station = &pending.delivery.unit.station;
        let id = HeaderValue::from_str(&message_id(&pending.delivery));
        let mut headers = vec![
            ("content-type", HeaderValue::from_static("application/json")),
            ("x-ocpp-version", HeaderValue::from_static(station.ocpp)),
        ];
        headers.extend(id.into_iter().map(|id| ("x-message-id", id)));
        let post = Post {
            path: format!("/v1/stations/{}/transaction-events", station.name),
            headers,
            body: Bytes::copy_from_slice(&pending.text),
        };
        let mut batch = vec![pending];
        while !batch.is_empty() {
            let Some(answer) = self.attempt(&post, &mut batch, &mut patience).await? else { continue };
            let outcome = answer.outcome();
            let status = answer.status;
            let durable = status.is_success() || outcome.is_some_and(|outcome| outcome.durable);
            self.settle(&mut batch, &[Outcome { status: status.as_u16(), durable }], &answer)?;
            if !batch.is_empty() {
                patience.wait(&answer.excerpt(), answer.retry_after).await?;
            }
        }
        Ok(())
    }

    /// One request; `None` if it has to be sent again at once.
    async fn attempt(
        &mut self,
        post: &Post,
        batch: &mut [Pending],
        patience: &mut Patience,
    ) -> Result<Option<Answer>, Error> {
        let again = batch.iter().filter(|pending| pending.attempts > 0).count();
        self.shared.resent.fetch_add(u64::try_from(again).unwrap_or_default(), Ordering::Relaxed);
        self.shared.requests.fetch_add(1, Ordering::Relaxed);
        let answer = self.connection.post(post).await;
        if !matches!(answer, Err(Lost::Unsent(_))) {
            for pending in batch.iter_mut() {
                pending.attempts += 1;
            }
        }
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(Lost::Unsent(reason) | Lost::Unknown(reason)) => {
                patience.wait(&reason, None).await?;
                Ok(None)
            }
        }
    }

    /// Writes down what is acknowledged, and leaves the rest in the batch.
    fn settle(&self, batch: &mut Vec<Pending>, outcomes: &[Outcome], answer: &Answer) -> Result<(), Error> {
        let at_ms = now_ms();
        let mut acks = Vec::with_capacity(batch.len());
        let mut left = Vec::new();
        let mut bytes = 0;
        let mut hopeless = None;
        for (pending, outcome) in std::mem::take(batch).into_iter().zip(outcomes) {
            if outcome.durable {
                acks.push(pending.ack(at_ms));
                bytes += pending.payload_bytes;
            } else {
                let status = StatusCode::from_u16(outcome.status).unwrap_or_default();
                if !passing(status) {
                    hopeless = Some(outcome.status);
                }
                left.push(pending);
            }
        }
        *batch = left;
        self.shared.ledger.acks(&acks)?;
        self.shared.bytes.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
        let acknowledged = u64::try_from(acks.len()).unwrap_or_default();
        self.shared.acknowledged.fetch_add(acknowledged, Ordering::Relaxed);
        match hopeless {
            Some(status) => Err(Error::Refused { status, body: answer.excerpt() }),
            None => Ok(()),
        }
    }

    fn batch_post(&self, batch: &[Pending]) -> Result<Post, Error> {
        let mut headers = vec![("content-type", HeaderValue::from_static("application/x-ndjson"))];
        let lines: Vec<u8> = batch.iter().flat_map(|pending| pending.text.iter().copied()).collect();
        let body = if self.gzip {
            headers.push(("content-encoding", HeaderValue::from_static("gzip")));
            let mut encoder = GzEncoder::new(Vec::with_capacity(lines.len() / 4), Compression::fast());
            let written = encoder.write_all(&lines).and_then(|()| encoder.finish());
            written.map_err(|error| Error::Task(format!("gzip: {error}")))?
        } else {
            lines
        };
        Ok(Post { path: "/v1/transaction-events".to_owned(), headers, body: body.into() })
    }
}

/// Whether another try may fare better.
fn passing(status: StatusCode) -> bool {
    status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::REQUEST_TIMEOUT
        || status.is_server_error()
}

fn refused(answer: &Answer) -> Error {
    Error::Refused { status: answer.status.as_u16(), body: answer.excerpt() }
}

/// How long a request is repeated, and how often.
struct Patience {
    begin: Instant,
    whole: Duration,
    pause: Duration,
}

impl Patience {
    fn new(whole: Duration) -> Self {
        Self { begin: Instant::now(), whole, pause: PAUSE }
    }

    /// Waits before the next try: as long as the gateway asks, or longer each time.
    async fn wait(&mut self, last: &str, retry_after: Option<u64>) -> Result<(), Error> {
        if self.begin.elapsed() >= self.whole {
            return Err(Error::NotAcknowledged { seconds: self.whole.as_secs(), last: last.to_owned() });
        }
        let pause = retry_after.map_or(self.pause, Duration::from_secs).min(PAUSE_MAX);
        self.pause = (self.pause * 2).min(PAUSE_MAX / 4);
        tokio::time::sleep(pause).await;
        Ok(())
    }
}
