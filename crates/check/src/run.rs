//! The run: inputs → chunks → workers → heaps → charges → report.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use wattledger_record::{OcppVersion, StationKey};

use crate::assemble;
use crate::error::Error;
use crate::limits::{EXAMPLES_MAX, HEAPS};
use crate::line::versions;
use crate::options::Options;
use crate::position::Atlas;
use crate::progress::Progress;
use crate::report::{Findings, Report};
use crate::source::{self, Chunk, Input};
use crate::store::Store;
use crate::tally::Tally;
use crate::work::{How, UNNAMED, Worker};

/// Longest run of threads that makes sense; more than any machine has cores for one file.
const THREADS_MAX: usize = 256;

/// What the reading of the inputs gave.
struct Read {
    tally: Tally,
    lines: Vec<ChunkLines>,
    inputs: Vec<InputRead>,
}

/// A chunk, and how many lines it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ChunkLines {
    number: usize,
    input: usize,
    lines: u32,
}

/// What is known of an input.
#[derive(Debug, Clone, Default)]
pub(crate) struct InputRead {
    pub(crate) bytes: u64,
    pub(crate) named: Vec<OcppVersion>,
}

/// Checks the inputs.
///
/// # Errors
/// [`Error`] if there is no report to give.
pub fn check(options: &Options) -> Result<Report, Error> {
    let how = how(options)?;
    let threads = options.threads.unwrap_or_else(cores).clamp(1, THREADS_MAX);
    let inputs = source::open(&options.inputs)?;
    let names: Vec<String> = inputs.iter().map(|input| input.name().to_owned()).collect();
    let total = inputs.iter().map(Input::size).sum::<Option<u64>>();
    let store = Store::new(spill(options));

    let progress = Progress::reading(total);
    let read = read(inputs, &how, &store, threads, &progress)?;
    let progress = progress.assembling(HEAPS);
    let charges = assemble::all(&store, &how, options.charges, threads, &|n| progress.step(n))?;
    progress.end();

    let lines: Vec<(usize, u32)> = read.lines.iter().map(|chunk| (chunk.input, chunk.lines)).collect();
    let atlas = Atlas::new(names, &lines);
    Ok(Report::new(&Findings { options, atlas, inputs: read.inputs, tally: read.tally, charges }))
}

fn how(options: &Options) -> Result<How, Error> {
    if options.inputs.is_empty() {
        return Err(Error::Option("no input: name files, or - for standard input".to_owned()));
    }
    if options.examples > EXAMPLES_MAX || options.charges > EXAMPLES_MAX {
        return Err(Error::Option(format!("at most {EXAMPLES_MAX} examples and charges can be told")));
    }
    let station = options.station.clone().unwrap_or_else(|| UNNAMED.to_owned());
    StationKey::new("any", &station).map_err(|error| Error::Option(format!("--station: {error}")))?;
    Ok(How {
        shape: options.shape,
        version: options.version,
        strict: options.strict,
        zone_minutes: options.zone_minutes,
        station,
        examples: options.examples,
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

fn spill(options: &Options) -> PathBuf {
    options.spill.clone().unwrap_or_else(std::env::temp_dir)
}

/// Reads all inputs, with workers beside this thread. Chunks under way: one waits for each worker, each works on one, and
/// this thread has two.
fn read(
    inputs: Vec<Input>,
    how: &How,
    store: &Store,
    threads: usize,
    progress: &Progress,
) -> Result<Read, Error> {
    let (to_workers, chunks) = sync_channel::<Chunk>(threads);
    let (give_back, room) = sync_channel::<Vec<u8>>(threads);
    let (chunks, failed) = (Mutex::new(chunks), AtomicBool::new(false));
    let mut read = Read { tally: Tally::new(how.examples), lines: Vec::new(), inputs: Vec::new() };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (chunks, failed, give_back) = (&chunks, &failed, give_back.clone());
                scope.spawn(move || work(how, store, chunks, failed, &give_back))
            })
            .collect();
        let fed = feed(inputs, &to_workers, &room, &failed, progress);
        drop(to_workers);
        for worker in workers {
            let done = worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            let (tally, lines) = done?;
            read.tally.absorb(tally);
            read.lines.extend(lines);
        }
        read.inputs = fed?;
        Ok::<(), Error>(())
    })?;
    read.lines.sort_unstable();
    Ok(read)
}

/// One worker's part. After a failure it goes on to take chunks without reading them, so that nobody waits for it.
fn work(
    how: &How,
    store: &Store,
    chunks: &Mutex<Receiver<Chunk>>,
    failed: &AtomicBool,
    give_back: &SyncSender<Vec<u8>>,
) -> Result<(Tally, Vec<ChunkLines>), Error> {
    let mut worker = Worker::new(how, store);
    let (mut lines, mut failure) = (Vec::new(), None);
    loop {
        let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(mut chunk) = next else { break };
        if failure.is_some() {
            continue;
        }
        match worker.read(&chunk) {
            Ok(count) => lines.push(ChunkLines { number: chunk.number, input: chunk.input, lines: count }),
            Err(error) => {
                failed.store(true, Ordering::Relaxed);
                failure = Some(error);
            }
        }
        chunk.bytes.clear();
        // a buffer more or less is only an allocation
        drop(give_back.try_send(chunk.bytes));
    }
    failure.map_or_else(|| Ok((worker.tally, lines)), Err)
}

/// Cuts the inputs into chunks and hands them over, in order.
fn feed(
    inputs: Vec<Input>,
    to_workers: &SyncSender<Chunk>,
    room: &Receiver<Vec<u8>>,
    failed: &AtomicBool,
    progress: &Progress,
) -> Result<Vec<InputRead>, Error> {
    let mut number = 0;
    let mut fed = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.into_iter().enumerate() {
        let mut about = InputRead::default();
        let mut first = true;
        input.read(
            || room.try_recv().unwrap_or_default(),
            |bytes, too_long| {
                if std::mem::take(&mut first) {
                    about.named = versions(&bytes);
                }
                let read = too_long.unwrap_or_else(|| u64::try_from(bytes.len()).unwrap_or_default());
                about.bytes += read;
                progress.step(read);
                let version = about.only_named();
                let chunk = Chunk { input: index, number, bytes, version, too_long };
                number += 1;
                to_workers.send(chunk).is_ok() && !failed.load(Ordering::Relaxed)
            },
        )?;
        fed.push(about);
    }
    Ok(fed)
}

impl InputRead {
    /// The version that the beginning of the input names, if it names one alone.
    pub(crate) fn only_named(&self) -> Option<OcppVersion> {
        match self.named.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }
}
