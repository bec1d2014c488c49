//! Findings per fault.

use std::collections::BTreeMap;
use std::fmt;

use crate::faults::Fault;
use crate::oracle::Verdict;

/// Counts of all groups, and of those that have a fault.
#[derive(Default)]
pub(crate) struct Table {
    all: Verdict,
    groups: usize,
    by_fault: BTreeMap<String, (usize, Verdict)>,
}

impl Table {
    pub(crate) fn add(&mut self, faults: &[Fault], verdict: &Verdict) {
        self.groups += 1;
        self.all.add(verdict);
        let mut kinds: Vec<String> = faults.iter().map(|fault| fault.kind()).collect();
        kinds.sort();
        kinds.dedup();
        if let [alone] = kinds.as_slice() {
            kinds.push(format!("alone: {alone}"));
        }
        for kind in kinds {
            let (groups, sum) = self.by_fault.entry(kind).or_default();
            *groups += 1;
            sum.add(verdict);
        }
    }

    pub(crate) fn sum(&self) -> Verdict {
        self.all.clone()
    }

    /// One line for machines: bills made from two charges, with an event of another, of a wrong figure; charges that
    /// could be paid and are held; of all charges.
    pub(crate) fn last_line(&self) -> String {
        let Verdict { merged, foreign, wrong, held, charges, invisible, double, payable, .. } = &self.all;
        format!(
            "bench pairs: merged_billable={merged} foreign_billable={foreign} wrong_billable={wrong} held={held} \
             of={charges} invisible={invisible} double={double} payable={payable} groups={}",
            self.groups
        )
    }
}

impl fmt::Display for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{:<24} {:>7} {:>7} {:>9} {:>7} {:>6} {:>6} {:>14}",
            "fault", "groups", "merged", "invisible", "foreign", "wrong", "double", "held of payable"
        )?;
        let all = ("all".to_owned(), (self.groups, self.all.clone()));
        for (fault, (groups, sum)) in self.by_fault.clone().into_iter().chain([all]) {
            let share = sum.held * 1_000 / sum.payable.max(1);
            writeln!(
                out,
                "{fault:<24} {groups:>7} {:>7} {:>9} {:>7} {:>6} {:>6} {:>7} {:>4}.{}%",
                sum.merged,
                sum.invisible,
                sum.foreign,
                sum.wrong,
                sum.double,
                sum.held,
                share / 10,
                share % 10
            )?;
        }
        let mut reasons: Vec<_> = self.all.reasons.iter().collect();
        reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let reasons: Vec<String> =
            reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        writeln!(out, "held for: {}", reasons.join(", "))
    }
}
