//! What a run of readings says about itself: rounding, outliers, falls, two scales (rules 26, 28).
//!
//! A guard never changes a figure silently: each finding becomes a word of the record.

use super::series::Point;

/// Readings of two scales differ by at least this factor.
const SCALES_APART: i128 = 10;
/// A reading below this counts as this when scales are compared, µWh (1 Wh): a register that starts at 0 has no scale.
const SCALE_FLOOR: i128 = 1_000_000;

/// Energies of one charge that agree differ by at most this, µWh (1 Wh), and a thousandth.
const AGREEMENT: i128 = 1_000_000;

/// A run of readings, looked through.
pub(super) struct Examined {
    /// Without outliers.
    pub(super) points: Vec<Point>,
    pub(super) rounding: bool,
    pub(super) outlier: bool,
    pub(super) regression: bool,
    /// Readings of two scales are mixed: the lowest value of the upper one.
    pub(super) mixed: Option<i64>,
}

/// Whether `b` after `a` is a fall that rounding explains or no fall at all.
pub(super) fn not_below(a: &Point, b: &Point) -> bool {
    i128::from(a.value) - i128::from(b.value) <= i128::from(a.ulp.max(b.ulp))
}

/// Whether two energies of one charge, µWh, are more than 1 Wh + 0.1 % apart.
pub(super) fn apart(a: i128, b: i128) -> bool {
    (a - b).abs() > AGREEMENT + a.abs() / 1_000
}

/// Looks through readings in order; `keep` names those that are never an outlier.
pub(super) fn examine(points: &[Point], keep: impl Fn(&Point) -> bool) -> Examined {
    let mixed = scales(points);
    let mut kept: Vec<Point> = Vec::with_capacity(points.len());
    let mut outlier = false;
    for (index, point) in points.iter().enumerate() {
        let neighbours = kept.last().zip(points.get(index + 1));
        let outside = mixed.is_none()
            && !keep(point)
            && neighbours.is_some_and(|(before, after)| {
                before.value <= after.value && !(not_below(before, point) && not_below(point, after))
            });
        if outside {
            outlier = true;
        } else {
            kept.push(*point);
        }
    }
    let pairs = || kept.windows(2).filter_map(|pair| pair.first().zip(pair.last()));
    let rounding = pairs().any(|(a, b)| b.value < a.value && not_below(a, b));
    let regression = pairs().any(|(a, b)| !not_below(a, b));
    Examined { rounding, regression, outlier, mixed, points: kept }
}

/// Two groups of at least two readings, a factor apart, each rising, told in turns: the lowest value of the upper one.
///
/// A register that merely goes back changes scale once and is a regression; one reading alone is an outlier.
fn scales(points: &[Point]) -> Option<i64> {
    let mut values: Vec<i64> = points.iter().map(|p| p.value).collect();
    values.sort_unstable();
    let scale = |value: i64| i128::from(value).max(SCALE_FLOOR);
    let mut gaps: Vec<(i64, i64)> = values
        .windows(2)
        .filter_map(|pair| pair.first().copied().zip(pair.last().copied()))
        .filter(|(low, high)| scale(*high) >= SCALES_APART * scale(*low))
        .collect();
    // the widest first, by cross-multiplication: 10¹⁸ squared fits i128. A register that starts at 0 has its widest gap
    // above its own first reading, so one gap alone does not decide
    gaps.sort_by(|(a_low, a_high), (b_low, b_high)| {
        (scale(*b_high) * scale(*a_low)).cmp(&(scale(*a_high) * scale(*b_low)))
    });
    gaps.dedup();
    gaps.into_iter().find(|(low, high)| are_scales(points, *low, *high)).map(|(_, high)| high)
}

/// Whether the readings up to `low` and those from `high` on are registers of two scales.
fn are_scales(points: &[Point], low: i64, high: i64) -> bool {
    let is_upper = |p: &&Point| p.value >= high;
    let upper: Vec<&Point> = points.iter().filter(is_upper).collect();
    let lower: Vec<&Point> = points.iter().filter(|p| p.value <= low).collect();
    let rises = |group: &[&Point]| {
        group.windows(2).filter_map(|pair| pair.first().zip(pair.last())).all(|(a, b)| not_below(a, b))
    };
    let turns = points
        .windows(2)
        .filter_map(|pair| pair.first().zip(pair.last()))
        .filter(|(a, b)| is_upper(a) != is_upper(b))
        .count();
    upper.len() > 1 && lower.len() > 1 && turns > 1 && rises(&upper) && rises(&lower)
}
