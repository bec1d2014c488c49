//! Sending, against a gateway that is only as good as the network: it loses answers after it has taken the events,
//! breaks connections before, answers 503 for some lines and 429 for all. It stands for the faults of the way; the real
//! gateway is met in the end-to-end tests.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail as tests do"
)]

use std::collections::{BTreeMap, HashSet};
use std::convert::Infallible;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::value::RawValue;
use tokio::net::TcpListener;
use wattledger_fleet::ledger::Ledger;
use wattledger_fleet::{Error, Faults, Plan, Progress, RunConfig, run};
use xxhash_rust::xxh3::xxh3_64;

/// What the gateway has taken: copies by (station, hash of the bytes), and every batch as a list of stations.
#[derive(Default)]
struct Taken {
    copies: BTreeMap<(String, u64), u64>,
    requests: u64,
    compressed: u64,
    alone: u64,
}

type State = Arc<Mutex<Taken>>;

/// How the gateway treats its n-th request.
type Mood = fn(u64) -> Treatment;

#[derive(Clone, Copy, PartialEq)]
enum Treatment {
    Take,
    /// Takes everything, and says nothing.
    LoseAnswer,
    /// Takes nothing and breaks off.
    Break,
    /// Takes every second line.
    Half,
    /// 429 for the whole request.
    Busy,
    Refuse,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    station: String,
    message_id: String,
    ocpp_version: String,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    payload_base64: Option<String>,
}

fn parse(line: &str) -> (String, u64) {
    let line: Line<'_> = serde_json::from_str(line).unwrap();
    assert!(!line.message_id.is_empty() && line.ocpp_version.starts_with('2'));
    let bytes = match (line.payload, line.payload_base64) {
        (Some(raw), None) => raw.get().as_bytes().to_vec(),
        (None, Some(text)) => STANDARD.decode(text).unwrap(),
        _ => panic!("one payload"),
    };
    (line.station, xxh3_64(&bytes))
}

async fn serve(
    request: Request<Incoming>,
    state: State,
    mood: Mood,
) -> Result<Response<Full<Bytes>>, std::io::Error> {
    assert_eq!(request.headers()["authorization"], "Bearer secret");
    let path = request.uri().path().to_owned();
    let gzip = request.headers().contains_key("content-encoding");
    #[expect(clippy::disallowed_methods, reason = "the body is limited")]
    let body = Limited::new(request.into_body(), 8 << 20).collect().await.unwrap().to_bytes();
    let mut text = vec![];
    if gzip {
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut text).unwrap();
    } else {
        text = body.to_vec();
    }
    let station = path.strip_prefix("/v1/stations/").map(|rest| rest.split('/').next().unwrap().to_owned());
    let payloads = match &station {
        Some(station) => vec![(station.clone(), xxh3_64(&text))],
        None => std::str::from_utf8(&text).unwrap().lines().map(parse).collect(),
    };
    let mut state = state.lock().unwrap();
    state.requests += 1;
    state.compressed += u64::from(gzip);
    state.alone += u64::from(station.is_some());
    let treatment = mood(state.requests);
    let mut results = vec![];
    for (place, payload) in payloads.into_iter().enumerate() {
        let durable = match treatment {
            Treatment::Take | Treatment::LoseAnswer => true,
            Treatment::Half => place % 2 == 0,
            Treatment::Break | Treatment::Busy | Treatment::Refuse => false,
        };
        if durable {
            *state.copies.entry(payload).or_default() += 1;
        }
        let status = if durable { 200 } else { 503 };
        results.push(format!(
            "{{\"line\":{},\"status\":{status},\"code\":\"x\",\"durable\":{durable}}}",
            place + 1
        ));
    }
    drop(state);
    let answer = |status, body: String| {
        let mut response = Response::new(Full::new(Bytes::from(body)));
        *response.status_mut() = status;
        Ok(response)
    };
    let all =
        if station.is_some() { results.concat() } else { format!("{{\"results\":[{}]}}", results.join(",")) };
    match treatment {
        Treatment::LoseAnswer | Treatment::Break => Err(std::io::Error::other("broken off")),
        Treatment::Take => answer(StatusCode::OK, all),
        Treatment::Half if station.is_some() => answer(StatusCode::OK, all),
        Treatment::Half => answer(StatusCode::SERVICE_UNAVAILABLE, all),
        Treatment::Busy => answer(StatusCode::TOO_MANY_REQUESTS, "{}".to_owned()),
        Treatment::Refuse => answer(StatusCode::UNAUTHORIZED, "{\"code\":\"unauthorized\"}".to_owned()),
    }
}

async fn gateway(mood: Mood) -> (SocketAddr, State) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let state = State::default();
    let shared = Arc::clone(&state);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let state = Arc::clone(&shared);
            tokio::spawn(async move {
                let service = service_fn(move |request| serve(request, Arc::clone(&state), mood));
                // an error here is an answer that was meant to be lost
                drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await);
                Ok::<(), Infallible>(())
            });
        }
    });
    (address, state)
}

fn config(address: SocketAddr, name: &str) -> RunConfig {
    let plan = Plan {
        seed: 9,
        stations: 40,
        events: 4_000,
        until_ms: 1_780_272_000_000,
        prefix: "S".to_owned(),
        faults: Faults::default(),
        direct: 1_500,
    };
    let ledger = std::env::temp_dir().join(format!("wattledger-fleet-{}-{name}.jsonl", std::process::id()));
    let url = format!("http://{address}");
    RunConfig { batch: 60, ..RunConfig::new(plan, url, "secret".to_owned(), "demo".to_owned(), ledger) }
}

/// Reads and removes a ledger.
fn read(path: &PathBuf) -> Ledger {
    let ledger = Ledger::read(path).unwrap();
    std::fs::remove_file(path).unwrap();
    ledger
}

/// Copies that the ledger knows of, by (station, hash): acknowledged, and at most sent.
fn known(ledger: &Ledger) -> BTreeMap<(String, u64), (u64, u64)> {
    let stations: BTreeMap<u64, &str> =
        ledger.units.iter().map(|unit| (unit.unit, unit.station.as_str())).collect();
    let mut known = BTreeMap::new();
    for ack in ledger.acks.values().flatten() {
        let entry: &mut (u64, u64) = known.entry((stations[&ack.unit].to_owned(), ack.hash)).or_default();
        entry.0 += 1;
        entry.1 += u64::from(ack.attempts);
    }
    known
}

#[tokio::test]
async fn every_event_is_acknowledged_once_over_a_bad_network() {
    let mood: Mood = |n| match n % 23 {
        3 => Treatment::LoseAnswer,
        7 => Treatment::Break,
        11 => Treatment::Half,
        17 => Treatment::Busy,
        _ => Treatment::Take,
    };
    let (address, state) = gateway(mood).await;
    let config = config(address, "bad");
    let mut last = None;
    let report = run(config.clone(), |progress: Progress| last = Some(progress)).await.unwrap();
    assert_eq!((report.planned, report.sent, report.acknowledged), (4_000, 4_000, 4_000));
    assert_eq!(last.unwrap().acknowledged, 4_000);
    assert!(report.resent > 0 && !report.faults.is_empty() && !report.picks.is_empty());
    let ledger = read(&config.ledger);
    assert!(ledger.ended);
    assert_eq!(ledger.acknowledged(), 4_000);
    let planned: u32 =
        ledger.units.iter().flat_map(|unit| &unit.contents).map(|content| content.copies).sum();
    assert_eq!(planned, 4_000);
    let state = state.lock().unwrap();
    assert!(state.compressed > 0 && state.alone > 0);
    let known = known(&ledger);
    assert_eq!(known.keys().collect::<HashSet<_>>(), state.copies.keys().collect::<HashSet<_>>());
    for (payload, copies) in &state.copies {
        let (least, most) = known[payload];
        assert!((least..=most).contains(copies), "{payload:?}: {copies} not in {least}..={most}");
    }
}

#[tokio::test]
async fn a_killed_run_leaves_what_was_acknowledged() {
    let (address, state) = gateway(|_| Treatment::Take).await;
    let config = RunConfig { rate_per_s: Some(4_000), ..config(address, "killed") };
    // dropped in the middle: nothing is ended, nothing is synced
    let mut half = tokio::sync::mpsc::channel(1);
    let running = run(config.clone(), |progress| {
        if progress.acknowledged > 1_000 {
            half.0.try_send(()).ok();
        }
    });
    tokio::select! {
        ended = running => panic!("ended before it was killed: {ended:?}"),
        _ = half.1.recv() => {}
    }
    // a line torn by the kill
    let mut text = std::fs::read(&config.ledger).unwrap();
    text.extend_from_slice(b"{\"ack\":{\"unit\":1");
    std::fs::write(&config.ledger, text).unwrap();
    let ledger = read(&config.ledger);
    assert!(!ledger.ended);
    assert!((1_000..4_000).contains(&ledger.acknowledged()));
    let announced: HashSet<&str> = ledger.units.iter().map(|unit| unit.station.as_str()).collect();
    let state = state.lock().unwrap();
    for payload in known(&ledger).keys() {
        assert!(state.copies.contains_key(payload), "acknowledged, and not taken");
    }
    for (station, _) in state.copies.keys() {
        assert!(announced.contains(station.as_str()), "taken, and not announced");
    }
}

#[tokio::test]
async fn a_refusal_ends_the_run_and_says_why() {
    let (address, _) = gateway(|n| if n > 5 { Treatment::Refuse } else { Treatment::Take }).await;
    let config = config(address, "refused");
    let error = run(config.clone(), |_| {}).await.unwrap_err();
    assert!(
        matches!(&error, Error::Refused { status: 401, body } if body.contains("unauthorized")),
        "{error}"
    );
    assert!(!read(&config.ledger).ended);
}

#[tokio::test]
async fn a_gateway_that_never_takes_it_is_given_up() {
    let (address, _) = gateway(|_| Treatment::Busy).await;
    let config = RunConfig { give_up_after: Duration::from_millis(200), ..config(address, "never") };
    let error = run(config.clone(), |_| {}).await.unwrap_err();
    assert_eq!(error.code(), "not_acknowledged");
    assert_eq!(read(&config.ledger).acknowledged(), 0);
}

#[tokio::test]
async fn the_rate_is_kept() {
    let (address, _) = gateway(|_| Treatment::Take).await;
    let config = RunConfig { rate_per_s: Some(4_000), ..config(address, "rate") };
    let report = run(config.clone(), |_| {}).await.unwrap();
    // all but the deliveries of the last requests have waited for their turn
    assert!(report.elapsed > Duration::from_millis(800), "{:?}", report.elapsed);
    read(&config.ledger);
}
