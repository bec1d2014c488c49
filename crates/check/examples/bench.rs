//! `make bench-check`: `wattledger check` beside `wc -l` on what a fleet sends, answers checked first.
//!
//! `bench WATTLEDGER FLEET_LOG EVENTS FOLDER` writes a file of payloads and one of log lines, checks that both reports tell
//! the same events, as many as were sent, in as many lines as `wc` counts, with the memory of the process below
//! [`MEMORY_BYTES_MAX`], and then times both programs. The files are in the page cache, so the disk has no part in it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a measurement that cannot go on has failed"
)]

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Runs of each program; the best one counts, since other programs can only make it slower.
const RUNS: usize = 3;
/// Peak of the resident memory. 256 MiB of events in memory, two workers' passes, and their heaps' bookkeeping.
const MEMORY_BYTES_MAX: u64 = 768 << 20;
/// How often the memory of a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

struct Measured {
    seconds: f64,
    memory_bytes: u64,
    output: String,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [wattledger, fleet_log, events, folder] = arguments.as_slice() else {
        panic!("bench WATTLEDGER FLEET_LOG EVENTS FOLDER")
    };
    let folder = Path::new(folder);
    fs::create_dir_all(folder).unwrap();
    // a fleet sends lines that are no JSON as well: only a stated shape makes events of them
    let forms = [("payloads", "payloads"), ("ocpp-go", "log")];
    let written: Vec<PathBuf> = forms
        .iter()
        .map(|(form, _)| {
            let file = folder.join(format!("{form}.log"));
            let out = File::create(&file).unwrap();
            let stations = (events.parse::<u64>().unwrap() / 1_000).max(1).to_string();
            let status =
                Command::new(fleet_log).args([*form, events.as_str(), &stations, "1"]).stdout(out).status();
            assert!(status.unwrap().success());
            file
        })
        .collect();
    let measured = written.iter().zip(forms).map(|(file, (_, shape))| both(wattledger, file, shape));
    let results: Vec<(f64, f64, u64, Value)> = measured.collect();
    for (file, (seconds, wc, memory, report)) in written.iter().zip(&results) {
        let bytes = report["input"]["bytes"].as_f64().unwrap();
        println!(
            "{}: {:.2} GB, {} events: check {:.2} GB/s, {:.0} events/s, {} MiB; wc -l {:.2} GB/s",
            file.file_name().unwrap().display(),
            bytes / 1e9,
            report["events"]["total"],
            bytes / 1e9 / seconds,
            report["events"]["total"].as_f64().unwrap() / seconds,
            memory >> 20,
            bytes / 1e9 / wc,
        );
    }
    let same = |part: &str| assert_eq!(results[0].3[part], results[1].3[part], "{part} differ");
    same("events");
    assert_eq!(results[0].3["events"]["total"], events.parse::<u64>().unwrap());
    let (seconds, wc, memory, report) = &results[0];
    let bytes = report["input"]["bytes"].as_f64().unwrap();
    println!(
        "bench check: gb_s={:.2} vs_wc={:.3} events_s={:.0} log_gb_s={:.2} memory_mib={}",
        bytes / 1e9 / seconds,
        wc / seconds,
        report["events"]["total"].as_f64().unwrap() / seconds,
        results[1].3["input"]["bytes"].as_f64().unwrap() / 1e9 / results[1].0,
        (*memory).max(results[1].2) >> 20,
    );
    written.iter().for_each(|file| fs::remove_file(file).unwrap());
}

/// Seconds of `check` and of `wc -l`, peak memory of `check`, and its report.
fn both(wattledger: &str, file: &Path, shape: &str) -> (f64, f64, u64, Value) {
    let check = best(&mut || {
        let mut command = Command::new(wattledger);
        command.args(["check", "--format", "json", "--input", shape]).arg(file);
        measure(command)
    });
    let wc = best(&mut || {
        let mut command = Command::new("wc");
        command.arg("-l").arg(file);
        measure(command)
    });
    let report: Value = serde_json::from_str(&check.output).unwrap();
    let lines: u64 = wc.output.split_whitespace().next().unwrap().parse().unwrap();
    assert_eq!(report["input"]["lines"], lines, "{}", file.display());
    assert!(check.memory_bytes < MEMORY_BYTES_MAX, "{} bytes of memory", check.memory_bytes);
    (check.seconds, wc.seconds, check.memory_bytes, report)
}

fn best(run: &mut dyn FnMut() -> Measured) -> Measured {
    let mut runs: Vec<Measured> = (0..RUNS).map(|_| run()).collect();
    let memory_bytes = runs.iter().map(|run| run.memory_bytes).max().unwrap();
    runs.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    Measured { memory_bytes, ..runs.swap_remove(0) }
}

fn measure(mut command: Command) -> Measured {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::read_to_string(&mut stdout).unwrap());
    let mut memory_bytes = 0;
    while child.try_wait().unwrap().is_none() {
        memory_bytes = memory_bytes.max(peak(&child));
        std::thread::sleep(LOOK_EVERY);
    }
    Measured { seconds: start.elapsed().as_secs_f64(), memory_bytes, output: reader.join().unwrap() }
}

/// High-water mark of the resident memory; it never falls, so the last look is the peak but for its last milliseconds.
fn peak(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or_default() << 10
}
