//! Figures of the demonstration: rate, freshness, and what each process cost.

use std::path::Path;
use std::time::Duration;

use wattledger_fleet::Report;
use wattledger_local::probe;
use wattledger_local::stack::Addresses;

use crate::programs::Failure;

/// Histogram of the sink: from the gateway's receipt to the acknowledged insert, seconds.
const FRESHNESS: &str = "wattledger_sink_end_to_end_seconds";
/// Kernel ticks per second in /proc (USER_HZ), 100 on every Linux port in use.
const TICKS_PER_SECOND: f64 = 100.0;

/// The figures as lines for people. `arrived`: from the first request to the last event visible in SQL.
///
/// # Errors
/// If the sink's metrics cannot be read.
pub(crate) async fn summary(
    addresses: &Addresses,
    data: &Path,
    report: &Report,
    arrived: Duration,
) -> Result<String, Failure> {
    let metrics = probe::get(&format!("{}/metrics", addresses.sink_admin)).await?;
    let buckets = buckets(&metrics);
    let freshness =
        |q: f64| quantile(&buckets, q).map_or_else(|| "unknown".to_owned(), |s| format!("{s:.2} s"));
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let rate = |duration: Duration| report.acknowledged as f64 / duration.as_secs_f64().max(0.001);
    let mut text = format!(
        "\nevents/s       {:.0} acknowledged by the gateway, {:.0} until everything was visible and checked\n\
         freshness      p50 {}, p99 {} from receipt to visible in SQL\n\
         process        CPU s   peak MiB\n",
        rate(report.elapsed),
        rate(arrived),
        freshness(0.5),
        freshness(0.99),
    );
    for name in ["broker", "gateway", "sink", "engine"] {
        let pid = std::fs::read_to_string(data.join(format!("{name}.pid"))).unwrap_or_default();
        if let Some((cpu, mib)) = usage(pid.trim()) {
            text.push_str(&format!("  {name:<12} {cpu:>6.1}   {mib:>8}\n"));
        }
    }
    if let Some((cpu, mib)) = usage("self") {
        text.push_str(&format!("  {:<12} {cpu:>6.1}   {mib:>8}\n", "fleet"));
    }
    Ok(text)
}

/// CPU seconds and peak resident MiB of a process.
fn usage(pid: &str) -> Option<(f64, u64)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The fields after the program's name, which may hold spaces; utime and stime are the 14th and 15th of all.
    let (_, fields) = stat.rsplit_once(") ")?;
    let ticks = |n: usize| fields.split(' ').nth(n)?.parse::<f64>().ok();
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = peak.trim().split(' ').next()?.parse().ok()?;
    Some(((ticks(11)? + ticks(12)?) / TICKS_PER_SECOND, kib / 1024))
}

/// Cumulative buckets (upper bound in s, count) of the freshness histogram, summed over its labels.
fn buckets(metrics: &str) -> Vec<(f64, f64)> {
    let mut buckets: Vec<(f64, f64)> = Vec::new();
    for line in metrics.lines().filter(|line| line.starts_with(&format!("{FRESHNESS}_bucket"))) {
        let bound = line.split("le=\"").nth(1).and_then(|rest| rest.split('"').next());
        let bound = match bound {
            Some("+Inf") => Some(f64::INFINITY),
            other => other.and_then(|text| text.parse().ok()),
        };
        let count = line.rsplit(' ').next().and_then(|text| text.parse::<f64>().ok());
        let (Some(bound), Some(count)) = (bound, count) else { continue };
        match buckets.iter_mut().find(|(known, _)| known.total_cmp(&bound).is_eq()) {
            Some((_, sum)) => *sum += count,
            None => buckets.push((bound, count)),
        }
    }
    buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    buckets
}

/// Quantile by linear interpolation within its bucket, as Prometheus' `histogram_quantile`.
fn quantile(buckets: &[(f64, f64)], q: f64) -> Option<f64> {
    let total = buckets.last().map(|(_, count)| *count).filter(|count| *count > 0.0)?;
    let rank = q * total;
    let (mut lower_bound, mut below) = (0.0, 0.0);
    for (bound, count) in buckets {
        if *count >= rank {
            if bound.is_infinite() {
                return Some(lower_bound);
            }
            let share = if *count > below { (rank - below) / (count - below) } else { 1.0 };
            return Some(lower_bound + (bound - lower_bound) * share);
        }
        (lower_bound, below) = (*bound, *count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_interpolated_over_all_labels() {
        let metrics = format!(
            "# TYPE {FRESHNESS} histogram\n\
             {FRESHNESS}_bucket{{partition=\"0\",le=\"0.5\"}} 5\n\
             {FRESHNESS}_bucket{{partition=\"0\",le=\"1\"}} 10\n\
             {FRESHNESS}_bucket{{partition=\"0\",le=\"+Inf\"}} 10\n\
             {FRESHNESS}_bucket{{partition=\"1\",le=\"0.5\"}} 5\n\
             {FRESHNESS}_bucket{{partition=\"1\",le=\"1\"}} 10\n\
             {FRESHNESS}_bucket{{partition=\"1\",le=\"+Inf\"}} 10\n\
             {FRESHNESS}_count 20\n"
        );
        let buckets = buckets(&metrics);
        assert_eq!(buckets, vec![(0.5, 10.0), (1.0, 20.0), (f64::INFINITY, 20.0)]);
        assert_eq!(quantile(&buckets, 0.5), Some(0.5));
        assert_eq!(quantile(&buckets, 0.75), Some(0.75));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn a_process_knows_its_own_cost() {
        assert!(usage("self").is_some_and(|(_, mib)| mib > 0));
    }
}
