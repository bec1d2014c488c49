//! Nothing was found: what is near.

use std::fmt::{self, Write as _};

use super::page::{Ink, Page};
use super::plain::{grouped, many, printable};
use super::set_aside;
use crate::near::{Named, Near};

pub(crate) fn write(near: &Near, colour: bool) -> String {
    let mut page = Page::new(colour);
    // a String takes everything
    match near_to(near, &mut page) {
        Ok(()) | Err(fmt::Error) => page.finish(),
    }
}

fn near_to(near: &Near, out: &mut Page) -> fmt::Result {
    let text = |value: &Option<String>| value.as_deref().map(printable).unwrap_or_default();
    if near.record_id.is_some() {
        return out.ink(Ink::Bad, &format!("no record {} is stored", text(&near.record_id)));
    }
    let (station, id) = (text(&near.station), text(&near.transaction_id));
    let tenant = near.tenant.as_deref().map_or_else(|| "any tenant".to_owned(), |t| format!("tenant {t}"));
    out.ink(
        Ink::Bad,
        &format!("nothing is stored of transactionId {id} of station {station} under {tenant}"),
    )?;
    if near.tenants.is_empty() {
        writeln!(out, "  no tenant has a charge of a station of that name")?;
    }
    for found in &near.tenants {
        let has = if found.has_transaction { ", this transactionId among them" } else { "" };
        writeln!(
            out,
            "  tenant {} has {} of station {station}{has}",
            found.tenant,
            many(found.charges, "charge")
        )?;
    }
    named("this transactionId at other stations", &near.other_stations, out)?;
    named("transactionIds of this station that begin alike", &near.alike, out)?;
    named("the latest of this station", &near.latest, out)?;
    quarantined(near, &id, out)
}

fn named(what: &str, all: &[Named], out: &mut Page) -> fmt::Result {
    if all.is_empty() {
        return Ok(());
    }
    writeln!(out, "  {what}:")?;
    for Named { tenant, station, transaction_id, last_received_at } in all {
        let names = format!("{tenant}  {}  {}", printable(station), printable(transaction_id));
        writeln!(out, "    {names}  last received {last_received_at}")?;
    }
    Ok(())
}

fn quarantined(near: &Near, id: &str, out: &mut Page) -> fmt::Result {
    let found = &near.quarantined;
    if found.count == 0 {
        return writeln!(out, "  no message of this station is in quarantine");
    }
    let naming = found.first.iter().filter(|message| message.names_it).count();
    let count = grouped(&found.count.to_string());
    writeln!(out, "  in quarantine: {count} of this station; of the ones below {naming} name {id}")?;
    set_aside(&found.first, found.count, id, out)
}
