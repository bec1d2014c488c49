//! Charges of one station that share a transactionId, told with faults: who pays for whom?
//!
//! Each event carries, out of the fold's sight, the charge that it is of; each charge its true energy. After the fold
//! nothing may be billed that was made from two charges, unless no event shows a sign of it (`signs`), and no bill may
//! have another figure than the truth. What is held although its events came is counted, for that is the price.
//!
//! `make pairs N=…` prints the table over `N` groups of charges and the smallest example of each kind of finding.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a charge that cannot be told, or a broken expectation, fails the test"
)]

#[path = "../fold/mod.rs"]
mod fold;
#[path = "../fold/place.rs"]
mod place;

mod faults;
mod oracle;
mod signs;
mod smallest;
mod station;
mod table;

use proptest::test_runner::{RngAlgorithm, TestRng};

use faults::Fault;
use oracle::{Finding, Verdict};
use station::{Told, Truth};
use table::Table;

/// Groups of charges in an ordinary run of the tests; a bound that this many cannot show is shown by `make pairs`.
const GROUPS: u64 = 4_000;

/// Examples that are shown of each kind of finding.
const EXAMPLES: usize = 2;

/// One group of charges as it was told, and what is true of it.
struct Case {
    told: Vec<Told>,
    truth: Vec<Truth>,
    faults: Vec<Fault>,
}

/// The group of a number: charges of one station under one id, and what goes wrong with them.
fn case(number: u64) -> Case {
    let mut rng = random(number, 1);
    let (mut told, truth) = station::charges(&mut rng, None);
    let faults = faults::choose(&mut rng, truth.len());
    faults::apply(&faults, &mut told, &mut rng);
    Case { told, truth, faults }
}

/// A stream of random numbers of its own for each number and purpose.
fn random(number: u64, purpose: u8) -> TestRng {
    let mut seed = [purpose; 32];
    seed[..8].copy_from_slice(&number.to_le_bytes());
    TestRng::from_seed(RngAlgorithm::ChaCha, &seed)
}

fn groups() -> u64 {
    let told = std::env::var_os("PAIRS");
    told.map_or(GROUPS, |text| text.into_string().unwrap().parse().unwrap())
}

#[test]
fn nobody_pays_for_another() {
    let mut table = Table::default();
    let mut examples: Vec<(Finding, u64)> = Vec::new();
    for number in 0..groups() {
        let case = case(number);
        let verdict = oracle::judge(&case.told, &case.truth);
        for finding in verdict.findings() {
            if examples.iter().filter(|(known, _)| *known == finding).count() < EXAMPLES {
                examples.push((finding, number));
            }
        }
        table.add(&case.faults, &verdict);
    }
    println!("{table}");
    for (finding, number) in examples {
        let case = case(number);
        println!("{finding:?}, group {number}, {:?}\n{}", case.faults, smallest::example(&case, finding));
    }
    println!("{}", table.last_line());
    let Verdict { merged, foreign, wrong, double, .. } = table.sum();
    assert_eq!((merged, foreign, wrong, double), (0, 0, 0, 0), "merged, foreign, wrong, double");
}

/// What the checks cost: charges that share their id with none.
#[test]
fn a_charge_alone_is_billed() {
    let mut flawless = Table::default();
    let mut thinned = Table::default();
    for number in 0..groups() / 4 {
        let (mut told, truth) = station::charges(&mut random(number, 2), Some(1));
        flawless.add(&[], &oracle::judge(&told, &truth));
        faults::apply(&[Fault::Thinned(0)], &mut told, &mut random(number, 3));
        thinned.add(&[Fault::Thinned(0)], &oracle::judge(&told, &truth));
    }
    println!("flawless charges alone\n{flawless}\nthinned charges alone\n{thinned}");
    let (flawless, thinned) = (flawless.sum(), thinned.sum());
    assert!(flawless.payable > 500 && thinned.payable > 500);
    assert_eq!((flawless.wrong, thinned.wrong), (0, 0), "wrong");
    // rule 28 takes the first rise of a register that begins at 0 for a placeholder where the later ones are slow
    let reasons: Vec<&String> =
        flawless.reasons.keys().filter(|reason| *reason != "baseline_rebased").collect();
    assert!(reasons.is_empty(), "{reasons:?}");
    assert!(thinned.held * 50 <= thinned.payable, "{} of {}", thinned.held, thinned.payable);
}
