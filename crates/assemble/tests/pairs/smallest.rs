//! The smallest part of a group that still shows a finding, as the lines of a fixture.

use crate::Case;
use crate::oracle::{self, Finding};
use crate::station::{Told, lines};

/// Takes away events and facts while the finding stays.
pub(crate) fn example(case: &Case, finding: Finding) -> String {
    let shows = |told: &[Told]| oracle::judge(told, &case.truth).findings().contains(&finding);
    let mut told = case.told.clone();
    let mut smaller = true;
    while smaller {
        smaller = false;
        for index in (0..told.len()).rev() {
            let mut without = told.clone();
            without.remove(index);
            if shows(&without) {
                told = without;
                smaller = true;
            }
        }
        for index in 0..told.len() {
            for fact in (0..told[index].facts.len()).rev() {
                let mut without = told.clone();
                without[index].facts.remove(fact);
                if shows(&without) {
                    told = without;
                    smaller = true;
                }
            }
        }
    }
    let owners: Vec<String> = told.iter().map(|e| (e.owner + 1).to_string()).collect();
    format!("# of charges {}\n{}", owners.join(" "), lines(&told))
}
