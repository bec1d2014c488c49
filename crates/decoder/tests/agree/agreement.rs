//! One payload under both versions: what the schema finds against what the decoder says.

use serde_json::Value;
use wattledger_decoder::{Code, Decoder, Reading};

use super::official::{Finding, Official};
use super::rules::{ELSEWHERE, EXTRAS, codes};
use super::tally::{Tally, Verdict};

/// What the decoder says of a place.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Code,
    pub(crate) path: String,
}

/// A message type.
pub(crate) struct Subject {
    pub(crate) message: String,
    pub(crate) schemas: [Official; 2],
    pub(crate) decode: fn(&mut Decoder, &[u8], Reading) -> Vec<Said>,
}

impl Subject {
    /// Compares a payload under both versions, whichever of them it was made for.
    pub(crate) fn compare(&self, payload: &str, made_by: &str, tally: &mut Tally) {
        let value: Value = serde_json::from_str(payload).unwrap();
        for official in &self.schemas {
            let findings = official.findings(&value);
            let reading = Reading { version: official.version, ..Reading::default() };
            let said = (self.decode)(&mut Decoder::default(), payload.as_bytes(), reading);
            for difference in differences(&value, &findings, &said, tally) {
                let version = official.version.as_str();
                tally.difference(|| {
                    let sides = format!("schema {findings:?}\ndecoder {said:?}");
                    format!("{made_by}, read as {version}: {difference}\npayload {payload}\n{sides}")
                });
            }
        }
    }
}

/// Everything that one side says and the other does not.
fn differences(value: &Value, findings: &[Finding], said: &[Said], tally: &mut Tally) -> Vec<String> {
    let mut differences = Vec::new();
    if said.iter().any(|said| said.code == Code::ViolationsTruncated) {
        // what lies beyond the bound of the list cannot be compared
        tally.count(Verdict::Truncated);
        return if findings.is_empty() { vec!["more is listed than can be".to_owned()] } else { differences };
    }
    for finding in findings {
        tally.finding(finding);
        if !said.iter().any(|said| names(said, finding)) {
            differences.push(format!("not named: {} at '{}'", finding.keyword, finding.path));
        }
    }
    for said in said {
        if !findings.iter().any(|finding| names(said, finding) || covers(finding, &said.path)) {
            match EXTRAS.iter().find(|extra| is_cause(extra.cause, said, value) && extra.code == said.code) {
                Some(extra) => tally.extra(extra),
                None => differences.push(format!("named without a reason: {} at '{}'", said.code, said.path)),
            }
        }
    }
    tally.count(match (findings.is_empty(), said.is_empty()) {
        (true, true) => Verdict::Clean,
        (true, false) => Verdict::Extras,
        (false, _) => Verdict::Rejected,
    });
    differences
}

/// Whether the decoder says what the schema found.
fn names(said: &Said, finding: &Finding) -> bool {
    let is_here = said.path == finding.path && codes(&finding.keyword).contains(&said.code);
    is_here
        || ELSEWHERE.iter().any(|(theirs, ours, code)| {
            let owner = finding.path.strip_suffix(theirs);
            *code == said.code && owner.is_some() && owner == said.path.strip_suffix(ours)
        })
}

/// Whether a finding says that a whole value is not what the schema describes, so that what is in it is not looked at; or
/// that this very value is broken, which may break it in more than one way.
fn covers(finding: &Finding, path: &str) -> bool {
    match path.strip_prefix(finding.path.as_str()) {
        Some("") => true,
        Some(rest) => {
            let is_whole = matches!(finding.keyword.as_str(), "additionalProperties" | "type");
            is_whole && (finding.path.is_empty() || rest.starts_with(['.', '[']))
        }
        None => false,
    }
}

fn is_cause(cause: fn(&str, Option<&Value>) -> bool, said: &Said, value: &Value) -> bool {
    cause(&said.path, at(value, &said.path))
}

fn at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let mut steps = path.split(['.', '[']).filter(|step| !step.is_empty());
    steps.try_fold(value, |value, step| match step.strip_suffix(']') {
        Some(index) => value.get(index.parse::<usize>().unwrap()),
        None => value.get(step),
    })
}
