//! The world that is asked: a fleet's messages, received over a year, taken in by the real sink.
//!
//! What the sink made of them is compared with the fleet's ledger before it is copied.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use wattledger_fleet::verify;
use wattledger_fleet::verify::VerifyConfig;
use wattledger_local::stack::{Ports, Stack, StackConfig};
use wattledger_local::topics::PARTITIONS;
use wattledger_record::Micros;
use wattledger_sink::migrate::{self, MIGRATIONS};

use super::engine::{Asker, Engine, LOOK_EVERY};
use super::report::say;
use super::tell::tell;
use super::{COPIES, Outcome, SEED, Settings, copies, reference};

/// Deliveries of one station: about 400 charges.
const STATION_EVENTS: u64 = 5_000;
/// How long the sink may take to write what is in the log, and to say so.
const WRITTEN_WITHIN: Duration = Duration::from_secs(1_200);

/// How large a world is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Stations that the pipeline hears of.
    pub(super) stations: u32,
    /// Their deliveries.
    pub(super) events: u64,
}

impl Size {
    fn of(events: u64) -> Outcome<Self> {
        let seed = events / u64::from(copies::COUNT);
        let stations = u32::try_from(seed / STATION_EVENTS)?.max(1);
        Ok(Self { stations, events: seed.max(STATION_EVENTS) })
    }

    /// What the world was made from: its size, the tables, and the code that makes it.
    fn stamp(self) -> String {
        let tables: Vec<String> = MIGRATIONS.iter().map(migrate::Migration::checksum).collect();
        let code =
            [include_str!("tell.rs"), include_str!("reference.rs"), include_str!("copies.rs")].concat();
        let code = xxhash_rust::xxh3::xxh3_64(code.as_bytes());
        format!("{self:?} × {} by {code:016x}\n{}\n", copies::COUNT, tables.join("\n"))
    }
}

/// Opens the kept world, made anew if it is another one, with the views of this build.
///
/// # Errors
/// If it cannot be made, or is not what the ledger says.
pub async fn open(settings: &Settings) -> Outcome<Engine> {
    let size = Size::of(settings.events)?;
    let folder = settings.folder.join(size.events.to_string());
    let stamp = folder.join("stamp");
    let library = settings.parts.join("chdb/libchdb.so");
    let data = folder.join("clickhouse");
    let kept = std::fs::read_to_string(&stamp).is_ok_and(|text| text == size.stamp());
    if !kept {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let begun = Instant::now();
        make_seed(settings, size, &folder).await?;
        let engine = Engine::start(&settings.program, &library, &data).await?;
        migrate_to(engine.asker(), settings, COPIES).await?;
        reference::fill(engine.asker()).await?;
        copies::make(engine.asker(), size).await?;
        say(&format!("world made in {:.0} s", begun.elapsed().as_secs_f64()));
        engine.stop();
        std::fs::write(&stamp, size.stamp())?;
    }
    let engine = Engine::start(&settings.program, &library, &data).await?;
    for database in [SEED, COPIES] {
        migrate_to(engine.asker(), settings, database).await?;
    }
    Ok(engine)
}

async fn migrate_to(engine: &Asker, settings: &Settings, database: &str) -> Outcome<()> {
    let target = migrate::Target {
        url: engine.url().to_owned(),
        database: database.to_owned(),
        user: None,
        password: None,
    };
    migrate::run(&target).await?;
    put_up_views(engine, settings, database).await
}

/// Puts up the views as they stand in the folder, so that a change of one is measured without a build.
async fn put_up_views(engine: &Asker, settings: &Settings, database: &str) -> Outcome<()> {
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(settings.views())? {
        files.push(entry?.path());
    }
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    for file in files {
        for statement in migrate::split(&std::fs::read_to_string(&file)?)? {
            engine.execute(database, &statement).await?;
        }
    }
    Ok(())
}

/// Lets a stack take the fleet's messages in, compares, and leaves the engine's folder behind.
async fn make_seed(settings: &Settings, size: Size, folder: &Path) -> Outcome<()> {
    let stack = Stack::start(StackConfig {
        program: settings.program.clone(),
        data: folder.to_owned(),
        jars: settings.parts.join("kafka-libs"),
        library: settings.parts.join("chdb/libchdb.so"),
        kafka: None,
        clickhouse: None,
        database: SEED.to_owned(),
        ports: Ports::ANY,
    })
    .await?;
    let (brokers, url) = (stack.addresses().kafka.clone(), stack.addresses().clickhouse.clone());
    let ledger = folder.join("ledger.jsonl");
    let begun = Instant::now();
    let (told, until) = {
        let ledger = ledger.clone();
        tokio::task::spawn_blocking(move || tell(size, &brokers, &ledger)).await??
    };
    say(&format!("{told} messages in the log after {:.0} s", begun.elapsed().as_secs_f64()));
    let asker = Asker::new(&url);
    put_up_views(&asker, settings, SEED).await?;
    await_written(&asker, told, until).await?;
    say(&format!("written after {:.0} s", begun.elapsed().as_secs_f64()));
    check_ledger(&asker, ledger.clone(), url).await?;
    tokio::task::spawn_blocking(move || stack.stop()).await?;
    std::fs::remove_dir_all(folder.join("kafka"))?;
    std::fs::remove_file(ledger)?;
    Ok(())
}

/// Compares what the sink wrote with the ledger, which knows nothing of what time decides: nothing settles meanwhile.
async fn check_ledger(engine: &Asker, ledger: PathBuf, url: String) -> Outcome<()> {
    let patience = "SELECT name, value * 1e6, revision + 1, meaning FROM parameters FINAL WHERE name IN ('settle_after_s', 'stale_after_s')";
    engine.execute(SEED, &format!("INSERT INTO parameters {patience}")).await?;
    let verdict = verify(VerifyConfig::new(ledger, url, SEED.to_owned())).await?;
    say(&verdict.to_string());
    if !verdict.holds() {
        return Err("what the sink wrote is not what the ledger says".into());
    }
    engine.execute(SEED, &format!("INSERT INTO parameters {}", patience.replace("* 1e6", "/ 1e6"))).await
}

/// Waits until every message is written, and the watermark is past the last receipt: what time decides is decided.
async fn await_written(engine: &Asker, told: u64, until: Micros) -> Outcome<()> {
    let deadline = Instant::now() + WRITTEN_WITHIN;
    let sql = format!(
        "SELECT (SELECT sum(next_offset) FROM progress FINAL) = {told}
            AND (SELECT watermark FROM watermark) > fromUnixTimestamp64Micro({}) AS done",
        until.0
    );
    while engine.number::<u8>(SEED, &sql).await? == 0 {
        if Instant::now() > deadline {
            return Err("the sink has not written everything in time".into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// Partitions that the seed's topic has.
pub(super) const SEED_PARTITIONS: u32 = PARTITIONS.unsigned_abs();
