//! Findings → report.

mod charges;

use wattledger_decoder::Severity;
use wattledger_record::OcppVersion;

use super::{
    CodeFound, Counted, Events, Example, FORM, FileRead, Findings, Found, Input, NO_EVENTS, OtherLines,
    Reading, Report, Verdict, exit_status,
};
use crate::line::{Form, Kind};
use crate::options::Level;
use crate::position::{Atlas, Position};
use crate::tally::Seen;

impl Report {
    pub(crate) fn new(findings: &Findings<'_>) -> Self {
        Self {
            form: FORM,
            wattledger: env!("CARGO_PKG_VERSION"),
            reading: reading(findings),
            verdict: verdict(findings),
            input: input(findings),
            events: events(findings),
            codes: codes(findings),
            charges: charges::all(findings),
        }
    }
}

fn reading(findings: &Findings<'_>) -> Reading {
    let (tally, options) = (&findings.tally, findings.options);
    let total = tally.outcomes.total();
    let version = match tally.v21 {
        0 if total == 0 => options.version.unwrap_or_default().as_str(),
        0 => OcppVersion::V201.as_str(),
        all if all == total => OcppVersion::V21.as_str(),
        _ => "both",
    };
    // an envelope's version is the input's word as well; one that says 2.0.1 cannot be told from the default
    let named = tally.v21 > 0 || findings.inputs.iter().any(|input| input.only_named().is_some());
    let version_from = match options.version {
        Some(_) => "option",
        None if named => "input",
        None => "default",
    };
    Reading {
        version,
        version_from,
        strict: options.strict,
        zone_minutes: options.zone_minutes.unwrap_or_default(),
    }
}

/// The worst of what was found.
fn level(findings: &Findings<'_>) -> Level {
    let outcomes = findings.tally.outcomes;
    let events = match (outcomes.quarantined, outcomes.flagged) {
        (0, 0) => Level::Clean,
        (0, _) => Level::Flagged,
        _ => Level::Quarantined,
    };
    let charges = findings.charges.levels.keys().max().copied().unwrap_or(Level::Clean);
    // what could not be assembled has not been tested
    let left_out = if findings.charges.not_assembled.count > 0 { Level::Review } else { Level::Clean };
    events.max(charges).max(left_out)
}

fn verdict(findings: &Findings<'_>) -> Verdict {
    let fail_on = findings.options.fail_on;
    let level = level(findings);
    let (text, exit_status) = match findings.tally.outcomes.total() {
        0 => ("no_events", NO_EVENTS),
        _ => (level.as_str(), exit_status(level, fail_on)),
    };
    Verdict { level: text, fail_on: fail_on.as_str(), exit_status }
}

fn input(findings: &Findings<'_>) -> Input {
    let tally = &findings.tally;
    let lines = findings.atlas.lines();
    let files: Vec<FileRead> = lines
        .into_iter()
        .zip(&findings.inputs)
        .map(|((file, lines), read)| FileRead { file, bytes: read.bytes, lines })
        .collect();
    let forms = Form::ALL.iter().zip(tally.forms).filter(|(_, count)| *count > 0);
    let mut actions: Vec<Counted> = tally.actions.iter().map(|(name, count)| counted(name, *count)).collect();
    actions.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Input {
        bytes: files.iter().map(|file| file.bytes).sum(),
        lines: files.iter().map(|file| file.lines).sum(),
        files,
        forms: forms.map(|(form, count)| counted(form.as_str(), count)).collect(),
        other_lines: Kind::ALL
            .iter()
            .zip(&tally.others)
            .filter(|(_, seen)| seen.count > 0)
            .map(|(kind, seen)| OtherLines {
                kind: kind.as_str(),
                meaning: kind.meaning(),
                count: seen.count,
                examples: if kind.is_suspect() { examples(seen, &findings.atlas) } else { Vec::new() },
            })
            .collect(),
        other_actions: actions,
    }
}

fn counted(name: &str, count: u64) -> Counted {
    Counted { name: name.to_owned(), count }
}

/// Examples whose text is all there is to say.
fn examples(seen: &Seen<String>, atlas: &Atlas) -> Vec<Example> {
    let example = |(at, text): (Position, &String)| Example {
        place: atlas.place(at),
        path: String::new(),
        detail: text.clone(),
        transaction_id: None,
        seq_no: None,
    };
    seen.first.iter().map(example).collect()
}

fn found(seen: &Seen<String>, atlas: &Atlas) -> Found {
    Found { count: seen.count, examples: examples(seen, atlas) }
}

const fn events(findings: &Findings<'_>) -> Events {
    let outcomes = findings.tally.outcomes;
    Events {
        total: outcomes.total(),
        clean: outcomes.clean,
        flagged: outcomes.flagged,
        quarantined: outcomes.quarantined,
    }
}

fn codes(findings: &Findings<'_>) -> Vec<CodeFound> {
    let total = findings.tally.outcomes.total();
    let code = |(code, effect, seen): (wattledger_decoder::Code, Severity, &Seen<crate::tally::Found>)| {
        let examples = seen.first.iter().map(|(at, found)| Example {
            place: findings.atlas.place(at),
            path: found.path.as_str().to_owned(),
            detail: found.detail.as_str().to_owned(),
            transaction_id: found.transaction_id.clone(),
            seq_no: found.seq_no,
        });
        CodeFound {
            code: code.as_str(),
            effect: if effect == Severity::Quarantine { "quarantine" } else { "flag" },
            events: seen.count,
            share: share(seen.count, total),
            meaning: code.meaning(),
            source: code.source(),
            ocpp_error: code.ocpp_error().as_str(),
            examples: examples.collect(),
        }
    };
    findings.tally.codes().into_iter().map(code).collect()
}

/// A share from 0 to 1, to six digits, so that its text is the same everywhere.
#[expect(clippy::cast_precision_loss, reason = "six digits of a share do not need more than 53 bits")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64 * 1e6).round() / 1e6 }
}
