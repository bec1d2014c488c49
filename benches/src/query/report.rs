//! What is printed.

#![expect(clippy::print_stdout, reason = "a bench reports on standard output")]
#![expect(clippy::cast_precision_loss, reason = "figures for people")]

use std::time::Duration;

use super::measure::{Measured, SHARE_MAX};
use super::plan::Reads;
use super::questions::Scope;
use super::storage::{Storage, Taken};

/// Prints a line at once.
pub(super) fn say(line: &str) {
    println!("{line}");
}

/// Prints tables, and the line that is compared from change to change.
pub fn print(measured: &[Measured], storage: &Storage) {
    print_storage(storage);
    println!(
        "\n| question | rows | cold ms | warm ms | cpu ms | read rows | read MB | memory MB | granules read |"
    );
    println!("|:--|--:|--:|--:|--:|--:|--:|--:|:--|");
    measured.iter().for_each(print_question);
    let bounded = measured.iter().filter(|m| m.scope == Scope::Bounded).count();
    println!(
        "\nfull scan: a look-up by identity or day ({bounded} of {}) that reads more than {:.0} % of the granules of a table",
        measured.len(),
        SHARE_MAX * 100.0
    );
    let mut times: Vec<f64> = measured.iter().map(|m| ms(m.warm)).collect();
    times.sort_by(f64::total_cmp);
    println!(
        "bench query: p50_ms={:.0} max_ms={:.0} full_scans={}",
        times.get(times.len() / 2).copied().unwrap_or_default(),
        times.last().copied().unwrap_or_default(),
        measured.iter().filter(|m| m.is_full_scan()).count(),
    );
}

fn print_question(m: &Measured) {
    let memory = m.memory_bytes.map_or_else(|| "<1".to_owned(), |bytes| format!("{:.0}", mb(bytes).max(1.0)));
    println!(
        "| {}{} | {} | {:.0} | {:.0} | {:.0} | {} | {:.1} | {memory} | {} |",
        m.name,
        if m.is_full_scan() { " **full scan**" } else { "" },
        m.rows,
        ms(m.cold),
        ms(m.warm),
        ms(m.cpu),
        m.read_rows,
        mb(m.read_bytes),
        granules(&m.reads),
    );
}

fn granules(reads: &Reads) -> String {
    // tables of a few granules say nothing
    let large = reads.iter().filter(|(_, read)| read.all > 1);
    let told = large.map(|(table, read)| {
        let by =
            if read.indexes.is_empty() { String::new() } else { format!(" by {}", read.indexes.join(", ")) };
        format!("{table} {}/{}{by}", read.selected, read.all)
    });
    told.collect::<Vec<_>>().join("; ")
}

fn print_storage(storage: &Storage) {
    let per_event = |taken: &Taken| taken.bytes as f64 / storage.events.max(1) as f64;
    println!("\n{} event rows", storage.events);
    println!("| table | rows | parts | MB | unpacked MB | bytes per event |");
    println!("|:--|--:|--:|--:|--:|--:|");
    for taken in &storage.tables {
        println!(
            "| {} | {} | {} | {:.1} | {:.1} | {:.1} |",
            taken.name,
            taken.rows,
            taken.parts,
            mb(taken.bytes),
            mb(taken.unpacked_bytes),
            per_event(taken)
        );
    }
    println!("\n| column | MB | unpacked MB | bytes per event |\n|:--|--:|--:|--:|");
    for taken in &storage.columns {
        println!(
            "| {} | {:.1} | {:.1} | {:.1} |",
            taken.name,
            mb(taken.bytes),
            mb(taken.unpacked_bytes),
            per_event(taken)
        );
    }
    let whole: f64 = storage.tables.iter().map(per_event).sum();
    println!("stored: {whole:.0} bytes per event in all tables");
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn mb(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
