//! Kafka in, ordered transactions, ClickHouse out: exactly once in effect.
//!
//! The path of a record, in the order of the modules:
//!
//! ```text
//! consume    one OS thread polls, pauses, commits, answers rebalances        offsets   [pure] what may be committed
//! partition  a worker per partition: cut ranges, write them                  batch     [pure] when a range is closed
//! deliver    bytes -> event or quarantine, and a row of the account          rows      RowBinary, a file per table
//! hydrate    what is stored of transactions that are not in memory           contents  each content once
//! (wattledger_assemble: [pure] the set of a transaction's events -> its records)
//! insert     same bytes, same token, until the server has taken them
//! progress   how far each partition is written
//! ```
//!
//! Why it is exactly once in effect although everything may happen twice: rows are a function of the record alone, the
//! tables replace equal keys by version, and offsets are committed only behind what is acknowledged (`DESIGN.md`).

mod admin;
mod batch;
pub mod config;
mod consume;
mod contents;
mod deliver;
pub mod error;
mod generation;
mod hydrate;
mod insert;
mod metrics;
pub mod migrate;
mod offsets;
mod partition;
mod progress;
mod rows;
pub mod stored;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use clickhouse::Client;
use tokio_util::sync::CancellationToken;
use wattledger_record::TokenKey;

pub use config::Config;
pub use contents::Contents;
pub use deliver::TransactionKey;
pub use deliver::event::{Reception, of_message};
pub use error::Error;
pub use hydrate::LOOK_UP;
pub use insert::{Class, Failure};
pub use partition::memory::{Memory, State};

use generation::{Refused, Topic};
use insert::lane::Deduplication;
use insert::{Lanes, backoff};
use partition::Shared;
use rows::schema::Unfit;

/// Runs the sink until `shutdown` is cancelled: then open ranges are written against a deadline, committed, and the
/// group is left.
///
/// # Errors
/// [`Error`] if the sink has to stop. An absent broker or server is no error: it is waited for.
pub async fn run(config: Config, shutdown: CancellationToken) -> Result<(), Error> {
    let problems = config.problems();
    if !problems.is_empty() {
        return Err(Error::Config(problems));
    }
    let tokens = TokenKey::new(config.token_key.0.as_bytes())
        .ok_or_else(|| Error::Config(vec!["token_key cannot be used".to_owned()]))?;
    let shown = Arc::new(admin::Shown { metrics: metrics::install(), polling: OnceLock::new() });
    // the admin port outlives the shutdown's first step, so that the drain can be watched
    let ended = CancellationToken::new();
    let _end = ended.clone().drop_guard();
    admin::serve(config.admin, Arc::clone(&shown), ended.clone()).await?;

    let client = client(&config);
    let ready = tokio::select! {
        () = shutdown.cancelled() => return Ok(()),
        ready = prepare(&config, &client) => ready?,
    };
    tracing::info!(topic = ready.topic.name, generation = ready.generation, "tables and topic are checked");
    let lanes = Lanes::start(
        insert::Client::new(&config.clickhouse),
        config.clickhouse.inserts_per_second_max,
        ready.deduplication,
    );
    let shared = Shared {
        generation: ready.generation,
        partitions: ready.topic.partitions,
        limits: limits(&config),
        memory_bytes: config.memory.state_bytes_max
            / usize::try_from(ready.topic.partitions).unwrap_or(1).max(1),
        quarantine: deliver::quarantine::Quarantine::new(&config.kafka)?,
        hydrator: hydrate::Hydrator::new(client.clone(), &config.clickhouse).bounded(),
        clickhouse: client,
        lanes: lanes.clone(),
        tokens,
    };
    let running = consume::start(&config, shared, shutdown.clone())?;
    drop(shown.polling.set(running.polling.clone()));
    let reporter = progress::Reporter {
        generation: ready.generation,
        topic: config.kafka.topic.clone(),
        polling: running.polling,
        consumer: running.consumer,
        lane: lanes.progress,
    };
    let reporting = tokio::spawn(reporter.run(ended));
    let result = running.ended.await.unwrap_or(Err(Error::PollThread));
    reporting.abort();
    result
}

/// Gives the topic, as the broker has it now, a generation of its own, and returns its number: for a topic that was made
/// anew or moved to another cluster, so that its offsets never mix with those of the old one.
///
/// # Errors
/// [`Error`] if the broker does not know the topic or the server refuses.
pub async fn new_generation(config: &Config) -> Result<u32, Error> {
    let kafka = config.kafka.clone();
    let asked = tokio::task::spawn_blocking(move || generation::ask(&kafka)).await;
    let topic = match asked {
        Ok(Ok(Some(topic))) => topic,
        Ok(Ok(None)) => {
            return Err(Error::Config(vec![format!("topic {} does not exist", config.kafka.topic)]));
        }
        Ok(Err(source)) => return Err(Error::Kafka { what: "asking for the topic", source }),
        Err(_panicked) => return Err(Error::PollThread),
    };
    let renewed = generation::renew(&client(config), &topic).await;
    renewed.map_err(|error| Error::ClickHouse(Failure::of_query(&error)))
}

/// What has to be known before the first record is read.
struct Ready {
    topic: Topic,
    generation: u32,
    deduplication: Deduplication,
}

/// Checks tables, topic and generation; waits for broker, server and topic as long as it takes.
async fn prepare(config: &Config, client: &Client) -> Result<Ready, Error> {
    let mut times = 0;
    loop {
        let failure = match rows::schema::check(client).await {
            Ok(()) => break,
            Err(Unfit::Differs(error)) => return Err(error),
            Err(Unfit::Unasked(failure)) => failure,
        };
        wait(&mut times, failure).await?;
    }
    let deduplication = deduplication(client).await;
    let topic = topic(config).await;
    loop {
        match generation::of(client, &topic).await {
            Ok(generation) => return Ok(Ready { topic, generation, deduplication }),
            Err(Refused::Other(error)) => return Err(error),
            Err(Refused::Unasked(failure)) => wait(&mut times, failure).await?,
        }
    }
}

async fn wait(times: &mut u32, failure: Failure) -> Result<(), Error> {
    if failure.class == Class::Stop {
        return Err(Error::ClickHouse(failure));
    }
    *times += 1;
    tracing::warn!(times, %failure, "waiting for clickhouse");
    tokio::time::sleep(backoff(*times)).await;
    Ok(())
}

async fn topic(config: &Config) -> Topic {
    let mut times = 0;
    loop {
        let kafka = config.kafka.clone();
        match tokio::task::spawn_blocking(move || generation::ask(&kafka)).await {
            Ok(Ok(Some(topic))) => return topic,
            Ok(Ok(None)) => tracing::warn!(topic = config.kafka.topic, "waiting for the topic"),
            Ok(Err(error)) => tracing::warn!(%error, "waiting for kafka"),
            Err(error) => tracing::error!(%error, "asking for the topic"),
        }
        times += 1;
        tokio::time::sleep(backoff(times).min(Duration::from_secs(5))).await;
    }
}

/// Which setting tells this server that a block is not to be compared with earlier ones.
async fn deduplication(client: &Client) -> Deduplication {
    let known = client
        .query("SELECT count() FROM system.settings WHERE name = 'deduplicate_insert'")
        .fetch_one::<u64>()
        .await;
    if known.is_ok_and(|count| count == 0) { Deduplication::ByUser } else { Deduplication::ByInsert }
}

fn client(config: &Config) -> Client {
    let clickhouse = &config.clickhouse;
    let client = Client::default()
        .with_url(&clickhouse.url)
        .with_database(&clickhouse.database)
        .with_user(&clickhouse.user)
        // every look-up names its columns in order, so their names need not travel with each answer
        .with_validation(false);
    if clickhouse.password.0.is_empty() { client } else { client.with_password(&clickhouse.password.0) }
}

fn limits(config: &Config) -> batch::Limits {
    batch::Limits {
        rows_max: config.batch.rows_max,
        bytes_max: config.batch.bytes_max,
        linger: Duration::from_millis(config.batch.linger_ms),
    }
}
