//! What is near a transaction that is not there.

use clickhouse::Row;
use serde::Deserialize;
use wattledger_record::ids::fold_id;
use wattledger_record::{Micros, StationKey, partition};

use super::ask::Asker;
use super::sql;
use crate::error::Error;
use crate::figures;
use crate::limits::NEAR_TOLD_MAX;
use crate::near::{Named, Near, Tenant};
use crate::question::Subject;
use crate::report;

/// The last instant that a column holds: 2299-12-31, µs.
const NEVER_US: i64 = 10_413_791_999_999_999;
/// A beginning shorter than this is like everything.
const ALIKE_CHARS_MIN: usize = 3;

#[derive(Row, Deserialize)]
struct TenantRow {
    tenant: String,
    charges: u64,
    has_transaction: bool,
}

#[derive(Row, Deserialize)]
struct NamedRow {
    tenant: String,
    station: String,
    transaction_id: String,
    last_received_at: i64,
}

pub(super) async fn of(asker: &Asker, subject: &Subject) -> Result<Near, Error> {
    let Subject::Transaction { station, transaction_id, tenant } = subject else {
        let Subject::Record(id) = subject else { return Ok(Near::new()) };
        return Ok(Near { record_id: Some(id.to_string()), ..Near::new() });
    };
    let (station_folded, id) = (fold_id(station), fold_id(transaction_id));
    let tenant_or_none = tenant.as_deref().unwrap_or_default();
    let query = asker.query(sql::TENANTS_OF_STATION).bind(&id).bind(&station_folded).bind(NEAR_TOLD_MAX);
    let tenants: Vec<TenantRow> = asker.all("tenants with this station", query).await?;
    let query =
        asker.query(sql::OTHER_STATIONS).bind(transaction_id).bind(&station_folded).bind(NEAR_TOLD_MAX);
    let other_stations = named(asker, query).await?;
    let of_station = |beginning: &str| {
        let query =
            asker.query(sql::OF_STATION).bind(&station_folded).bind(tenant_or_none).bind(tenant_or_none);
        query.bind(beginning).bind(NEAR_TOLD_MAX)
    };
    let alike = match beginning(&id) {
        Some(beginning) => named(asker, of_station(&beginning)).await?,
        None => Vec::new(),
    };
    let latest = named(asker, of_station("")).await?;
    let quarantined = quarantined(asker, tenant.as_deref(), &tenants, &station_folded, &id).await?;
    Ok(Near {
        tenant: tenant.clone(),
        station: Some(station.clone()),
        transaction_id: Some(transaction_id.clone()),
        tenants: tenants
            .into_iter()
            .map(|row| Tenant {
                tenant: row.tenant,
                charges: row.charges,
                has_transaction: row.has_transaction,
            })
            .collect(),
        other_stations,
        alike,
        latest,
        quarantined,
        ..Near::new()
    })
}

/// The first two thirds of an id.
fn beginning(id: &str) -> Option<String> {
    let count = id.chars().count() * 2 / 3;
    (count >= ALIKE_CHARS_MIN).then(|| id.chars().take(count).collect())
}

async fn named(asker: &Asker, query: clickhouse::query::Query) -> Result<Vec<Named>, Error> {
    let rows: Vec<NamedRow> = asker.all("charges nearby", query).await?;
    let named = |row: NamedRow| Named {
        tenant: row.tenant,
        station: row.station,
        transaction_id: row.transaction_id,
        last_received_at: figures::time(Micros(row.last_received_at)),
    };
    Ok(rows.into_iter().map(named).collect())
}

/// Of the tenant that was asked for, else of each that has the station; of nobody known there may be messages too.
async fn quarantined(
    asker: &Asker,
    tenant: Option<&str>,
    tenants: &[TenantRow],
    station: &str,
    id: &str,
) -> Result<report::Quarantined, Error> {
    let clock = asker.clock().await?;
    let names: Vec<String> = match tenant {
        Some(tenant) => vec![tenant.to_owned()],
        None if tenants.is_empty() => asker.tenants_in_quarantine(station).await?,
        None => tenants.iter().map(|row| row.tenant.clone()).collect(),
    };
    let mut found = report::Quarantined::default();
    for name in names {
        let Ok(key) = StationKey::new(&name, station) else { continue };
        let partitions = [partition::of_key(key.as_str().as_bytes(), clock.partitions)];
        let here = asker.quarantined(&key, id, &partitions, 0, NEVER_US).await?;
        found.count += here.count;
        found.first.extend(here.first.iter().map(report::SetAside::of));
    }
    Ok(found)
}
