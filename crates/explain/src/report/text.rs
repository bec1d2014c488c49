//! The report for people: what was asked first, then why. At most 110 columns; colour only where it is asked for.

mod charge;
mod events;
mod facts;
mod near;
mod page;
pub(crate) mod plain;

use std::fmt::{self, Write as _};

use super::{Place, Quarantined, Report, SetAside};
use crate::limits::CHARGES_TOLD_MAX;
use page::{Ink, Page};
use plain::{grouped, many, printable};

pub(crate) use near::write as write_near;

/// Writes a report.
pub(super) fn write(report: &Report, colour: bool) -> String {
    let mut page = Page::new(colour);
    // a String takes everything
    match report_to(report, &mut page) {
        Ok(()) | Err(fmt::Error) => page.finish(),
    }
}

fn report_to(report: &Report, out: &mut Page) -> fmt::Result {
    let (station, id) = (printable(&report.station), printable(&report.transaction_id));
    writeln!(
        out,
        "wattledger explain {}   tenant {}   station {station}   transactionId {id}",
        report.wattledger, report.tenant
    )?;
    let told = report.charges.len();
    let charges = u64::from(report.charges_in_all);
    let (of, which) = match told {
        _ if charges == u64::try_from(told).unwrap_or(u64::MAX) => (String::new(), ""),
        CHARGES_TOLD_MAX => (format!("the latest {told} of "), " (--all tells the others)"),
        _ => (format!("{told} of "), ""),
    };
    let written = match &report.written_until {
        Some(at) => format!("all is written up to {at}"),
        None => "a partition has not said how far it is written".to_owned(),
    };
    let contents = u64::try_from(report.contents).unwrap_or(u64::MAX);
    let charges = many(charges, "charge");
    writeln!(out, "{of}{charges}{which}, {} stored; {written}", many(contents, "content"))?;
    for charge in &report.charges {
        charge::write(report, charge, out)?;
    }
    account(report, out)?;
    quarantined(&report.quarantined, &id, out)
}

fn account(report: &Report, out: &mut Page) -> fmt::Result {
    out.title("In the log")?;
    let outcomes: Vec<String> = report
        .deliveries
        .outcomes
        .iter()
        .map(|o| format!("{} {}", grouped(&o.count.to_string()), o.outcome))
        .collect();
    if outcomes.is_empty() {
        let why = "the account has no deliveries of this transactionId: they expire before the records do";
        writeln!(out, "  {why}; copies cannot be counted")?;
    } else {
        let text = format!("Kafka records of this transactionId: {}", outcomes.join(", "));
        writeln!(out, "  {text}; received until {}", report.deliveries.until)?;
    }
    writeln!(
        out,
        "  the bytes of an event, exactly: the same command with --raw SEQNO, or --raw and its content hash"
    )
}

fn quarantined(found: &Quarantined, id: &str, out: &mut Page) -> fmt::Result {
    if found.count == 0 {
        return Ok(());
    }
    out.title("Set aside in that time")?;
    let are = if found.count == 1 { "is" } else { "are" };
    let count = many(found.count, "message");
    writeln!(out, "  {count} of this station {are} in quarantine and part of no transaction; their bytes:")?;
    writeln!(
        out,
        "  SELECT raw FROM quarantine WHERE generation = … AND kafka_partition = … AND kafka_offset = …"
    )?;
    set_aside(&found.first, found.count, id, out)
}

/// Messages in quarantine, one by one.
fn set_aside(first: &[SetAside], count: u64, id: &str, out: &mut Page) -> fmt::Result {
    for message in first {
        let SetAside { place, received_at, reasons, message: said, names_it, seq_no } = message;
        let seq_no = seq_no.map(|seq_no| format!("seqNo {seq_no}  ")).unwrap_or_default();
        let names = if *names_it { format!("names {id}  ") } else { String::new() };
        let line = format!("{received_at}  {seq_no}{names}{}  {}", reasons.join(", "), where_is(place));
        out.wrapped_in(if *names_it { Ink::Bad } else { Ink::Plain }, "    ", &line)?;
        out.wrapped("      ", &printable(said))?;
    }
    let told = u64::try_from(first.len()).unwrap_or(u64::MAX);
    if count > told {
        writeln!(out, "    and {} more", grouped(&(count - told).to_string()))?;
    }
    Ok(())
}

/// Where bytes lie, in full: topic, partition, offset, generation.
fn where_is(place: &Place) -> String {
    let Place { topic, generation, partition, offset } = place;
    let topic = if topic.is_empty() { "topic-unknown" } else { topic };
    format!("{topic}[{partition}]@{offset} gen {generation}")
}
