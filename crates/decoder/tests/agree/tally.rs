//! What was tried: a comparison is worth as much as its payloads.

use std::collections::{BTreeMap, BTreeSet};

use wattledger_decoder::Code;

use super::official::Finding;
use super::rules::Extra;

/// How one payload ended under one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// The schema accepts it and the decoder names nothing.
    Clean,
    /// The schema accepts it; the decoder names what the schemas cannot say.
    Extras,
    /// The schema rejects it, and the decoder names why.
    Rejected,
    /// More was named than is listed.
    Truncated,
}

#[derive(Debug, Default)]
pub(crate) struct Tally {
    verdicts: BTreeMap<Verdict, usize>,
    keywords: BTreeMap<String, usize>,
    /// Code and reason of what was named although the schema accepts it.
    pub(crate) extras: BTreeSet<(Code, &'static str)>,
    /// Paths at which a schema rejected something.
    pub(crate) rejected_at: BTreeSet<String>,
    differences: usize,
    shown: Vec<String>,
}

/// Differences that are shown; the others are counted.
const SHOWN_MAX: usize = 10;

impl Tally {
    pub(crate) fn count(&mut self, verdict: Verdict) {
        *self.verdicts.entry(verdict).or_default() += 1;
    }

    pub(crate) fn finding(&mut self, finding: &Finding) {
        *self.keywords.entry(finding.keyword.clone()).or_default() += 1;
        self.rejected_at.insert(finding.path.clone());
    }

    pub(crate) fn extra(&mut self, extra: &Extra) {
        self.extras.insert((extra.code, extra.reason));
    }

    pub(crate) fn difference(&mut self, show: impl FnOnce() -> String) {
        self.differences += 1;
        if self.shown.len() < SHOWN_MAX {
            self.shown.push(show());
        }
    }

    /// Says what was tried, and fails if the sides ever differed.
    pub(crate) fn close(&self, what: &str) {
        let readings: usize = self.verdicts.values().sum();
        let said =
            format!("{what}: {readings} readings {:?}, rejected by {:?}", self.verdicts, self.keywords);
        println!("{said}, {} differences", self.differences);
        assert!(
            self.differences == 0,
            "{} differences in {said}\n{}",
            self.differences,
            self.shown.join("\n\n")
        );
    }
}
