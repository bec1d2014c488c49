//! What a question must say of the copies, from what it says of the seed.
//!
//! A row about one station or one charge comes back once for each copy, under that copy's names. A row about all of them
//! comes back once: its counts and sums are ten times as high, all else is the same.

use super::copies::{COUNT, Map};
use super::engine::Engine;
use super::questions::{Question, Rule};
use super::{COPIES, Outcome, SEED};

/// Relative difference that adding floating-point numbers in another order may make.
const TOLERANCE: f64 = 1e-9;
/// Figures that are no sums are rounded to four digits by the questions; the last one may differ by one.
const LAST_DIGIT: f64 = 1.01e-4;
/// Sums are rounded to two digits or more: ten times half a hundredth.
const SUM_DIGIT: f64 = 0.0501;
/// Columns with some of the things counted in a row: which ones is not told, only whether there are any.
const SAMPLES: &[&str] = &["first_ten"];
/// Differences that are shown.
const SHOWN: usize = 3;

/// Rows of an answer, sorted: the order of the answer is the question's own business.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    names: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Asks every question of both worlds and compares. Returns how many rows each answer has.
///
/// # Errors
/// Every wrong answer.
pub async fn check_all(engine: &Engine, questions: &[Question]) -> Outcome<Vec<usize>> {
    let (mut rows, mut wrong) = (Vec::with_capacity(questions.len()), Vec::new());
    for question in questions {
        let seed = engine.asker().ask(SEED, &question.in_seed).await;
        let found = engine.asker().ask(COPIES, &question.sql).await;
        let compared =
            seed.and_then(|seed| found.map(|found| (Table::read(&seed.text), Table::read(&found.text))));
        let outcome = compared.map_err(|error| error.to_string()).and_then(|(seed, found)| {
            rows.push(found.rows.len());
            seed.grown(question).compare(&found, question)
        });
        wrong.extend(outcome.err().map(|difference| format!("{}: {difference}", question.name)));
    }
    if wrong.is_empty() { Ok(rows) } else { Err(wrong.join("\n").into()) }
}

impl Table {
    fn read(text: &str) -> Self {
        let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
        let names = lines.next().unwrap_or_default();
        let mut rows: Vec<_> = lines.collect();
        rows.sort_unstable();
        Self { names, rows }
    }

    fn grown(&self, question: &Question) -> Self {
        let map = |copy| Map { copy, stations: question.stations };
        let mut rows: Vec<Vec<String>> = match question.rule {
            Rule::PerCopy => (0..COUNT)
                .flat_map(|copy| self.rows.iter().map(move |row| self.moved(row, map(copy))))
                .collect(),
            Rule::OneCopy(copy) => self.rows.iter().map(|row| self.moved(row, map(copy))).collect(),
            Rule::Summed(columns) => self.rows.iter().map(|row| self.summed(row, columns)).collect(),
        };
        rows.sort_unstable();
        Self { names: self.names.clone(), rows }
    }

    /// A row as a copy has it.
    fn moved(&self, row: &[String], map: Map) -> Vec<String> {
        let key = self.names.iter().position(|name| name == "transaction_key").and_then(|at| row.get(at));
        let cells = self.names.iter().zip(row);
        cells
            .map(|(name, cell)| match name.as_str() {
                "station" | "station_key" | "station_raw" => map.station(cell),
                "transaction_id"
                | "transaction_key"
                | "earlier_transaction_id"
                | "previous_id"
                | "next_id" => map.transaction(cell),
                "record_id" | "earlier_record_id" | "question_id" => map.uuid(cell),
                "content_hash" => map.hash(cell),
                "kafka_partition" => map.partition(cell),
                "cdr_id" => map.cdr(cell),
                // bytes of messages: the id as it is spelled in them
                "raw" | "counting" | "losing" => {
                    key.map_or_else(|| cell.clone(), |key| moved_in_text(cell, key, map))
                }
                _ => cell.clone(),
            })
            .collect()
    }

    /// A row over all copies.
    fn summed(&self, row: &[String], columns: &[&str]) -> Vec<String> {
        let cells = self.names.iter().zip(row);
        cells
            .map(|(name, cell)| {
                if !columns.contains(&name.as_str()) {
                    return cell.clone();
                }
                let whole = cell.parse::<i128>().map(|number| (number * i128::from(COUNT)).to_string());
                whole
                    .or_else(|_| cell.parse::<f64>().map(|number| (number * f64::from(COUNT)).to_string()))
                    .unwrap_or_else(|_| cell.clone())
            })
            .collect()
    }

    /// Whether `found` is this table, up to the rounding of floating-point numbers.
    fn compare(&self, found: &Self, question: &Question) -> Result<(), String> {
        if self.names != found.names {
            return Err(format!("columns {:?} in place of {:?}", found.names, self.names));
        }
        if self.rows.len() != found.rows.len() {
            return Err(format!("{} rows in place of {}", found.rows.len(), self.rows.len()));
        }
        let differing: Vec<String> = ordered(&self.rows)
            .zip(ordered(&found.rows))
            .filter(|(expected, found)| {
                !self
                    .names
                    .iter()
                    .zip(expected.iter().zip(*found))
                    .all(|(name, (a, b))| same(name, a, b, question))
            })
            .map(|(expected, found)| format!("\n  expected {expected:?}\n  found    {found:?}"))
            .collect();
        if differing.is_empty() {
            return Ok(());
        }
        let shown: String = differing.iter().take(SHOWN).map(String::as_str).collect();
        Err(format!("{} of {} rows differ{shown}", differing.len(), self.rows.len()))
    }
}

/// Rows by what is no fraction first, so that a last digit does not move a row.
fn ordered(rows: &[Vec<String>]) -> impl Iterator<Item = &Vec<String>> {
    let rounded = |cell: &str| cell.contains('.') && cell.parse::<f64>().is_ok();
    let mut sorted: Vec<_> = rows.iter().collect();
    sorted.sort_by_cached_key(|row| {
        let (plain, figures): (Vec<&str>, Vec<&str>) =
            row.iter().map(String::as_str).partition(|cell| !rounded(cell));
        (plain.join("\t"), figures.join("\t"))
    });
    sorted.into_iter()
}

fn same(name: &str, expected: &str, found: &str, question: &Question) -> bool {
    if expected == found || (SAMPLES.contains(&name) && (expected == "[]") == (found == "[]")) {
        return true;
    }
    let (Ok(a), Ok(b)) = (expected.parse::<f64>(), found.parse::<f64>()) else { return false };
    let is_sum = matches!(question.rule, Rule::Summed(columns) if columns.contains(&name));
    let whole = !expected.contains('.') && !found.contains('.');
    let rounding = match (whole, is_sum) {
        (true, _) => 0.0,
        (false, true) => SUM_DIGIT,
        (false, false) => LAST_DIGIT,
    };
    (a - b).abs() <= rounding + TOLERANCE * a.abs().max(b.abs())
}

/// A text with each id in it, in whatever case, as the copy has it.
fn moved_in_text(text: &str, key: &str, map: Map) -> String {
    let folded = text.to_ascii_lowercase();
    let mut moved = String::with_capacity(text.len());
    let mut rest = 0;
    for (at, _) in folded.match_indices(key) {
        moved.push_str(text.get(rest..at).unwrap_or_default());
        moved.push_str(&map.transaction(text.get(at..at + key.len()).unwrap_or_default()));
        rest = at + key.len();
    }
    moved.push_str(text.get(rest..).unwrap_or_default());
    moved
}
