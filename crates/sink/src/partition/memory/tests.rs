use proptest::prelude::*;
use wattledger_assemble::digest::Added;

use super::*;
use crate::partition::told::{Told, key};

fn digest() -> State {
    let key = key(1);
    let started = Told::of(0, 9).content().event;
    State::Digest(Digest::begin(&key.station, &key.transaction_id, &started).unwrap())
}

fn set(contents: i64) -> State {
    let mut set = Contents::default();
    for seq_no in 0..contents {
        set.unite(Told::of(seq_no, contents).content());
    }
    State::Set(Box::new(set))
}

/// Bytes of one transaction.
fn bytes(state: State) -> usize {
    let mut memory = Memory::new(usize::MAX);
    memory.keep(&key(1), state);
    memory.bytes()
}

/// Room for so many digests.
fn room(count: usize) -> usize {
    bytes(digest()) * count
}

#[test]
fn the_least_recently_used_goes_first() {
    let mut memory = Memory::new(room(2));
    memory.keep(&key(1), digest());
    memory.keep(&key(2), digest());
    assert_eq!(memory.change(&key(1), |_, _| ()), Some(()));
    memory.keep(&key(3), digest());
    let kept = [1, 2, 3].map(|n| memory.change(&key(n), |_, _| ()).is_some());
    assert_eq!((kept, memory.count(), memory.bytes()), ([true, false, true], 2, room(2)));
}

#[test]
fn what_grows_beyond_the_bound_pushes_others_out_and_then_itself() {
    let mut memory = Memory::new(bytes(set(2)));
    memory.keep(&key(1), digest());
    memory.keep(&key(2), digest());
    memory.change(&key(2), |state, _| *state = set(2));
    assert_eq!(memory.count(), 1);
    memory.change(&key(2), |state, _| *state = set(100));
    assert_eq!((memory.count(), memory.bytes()), (0, 0));
}

#[test]
fn a_digest_grows_by_what_it_holds() {
    let mut memory = Memory::new(usize::MAX);
    memory.keep(&key(1), digest());
    let before = memory.bytes();
    memory.change(&key(1), |state, _| {
        let State::Digest(digest) = state else { return };
        assert_eq!(digest.add(&Told::of(5, 9).content().event), Added::New);
        assert_eq!(digest.add(&Told::of(9, 9).content().event), Added::New);
    });
    assert!(memory.bytes() > before);
    memory.forget(&key(1));
    assert_eq!(memory.bytes(), 0);
}

/// What is done to a memory.
#[derive(Debug, Clone)]
enum Deed {
    Keep(usize),
    Change(usize),
    Forget(usize),
    Acknowledge(usize),
}

fn deed() -> impl Strategy<Value = Deed> {
    let n = || 0usize..12;
    prop_oneof![
        3 => n().prop_map(Deed::Keep),
        3 => n().prop_map(Deed::Change),
        1 => n().prop_map(Deed::Forget),
        1 => n().prop_map(Deed::Acknowledge),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a list in order of use.
    #[test]
    fn it_is_a_list_in_order_of_use(deeds in prop::collection::vec(deed(), 1..80), places in 1usize..8) {
        let mut memory = Memory::new(room(places));
        let mut list: Vec<(usize, bool)> = Vec::new();
        for deed in deeds {
            match deed {
                Deed::Keep(n) => {
                    memory.keep(&key(n), digest());
                    list.retain(|(known, _)| *known != n);
                    list.push((n, false));
                    let gone = list.len().saturating_sub(places);
                    list.drain(..gone);
                }
                Deed::Change(n) => {
                    let acknowledged = memory.change(&key(n), |_, acknowledged| *acknowledged);
                    let at = list.iter().position(|(known, _)| *known == n);
                    prop_assert_eq!(acknowledged, at.map(|at| list[at].1));
                    if let Some(at) = at {
                        let used = list.remove(at);
                        list.push(used);
                    }
                }
                Deed::Forget(n) => {
                    prop_assert_eq!(memory.forget(&key(n)), list.iter().any(|(known, _)| *known == n));
                    list.retain(|(known, _)| *known != n);
                }
                Deed::Acknowledge(n) => {
                    memory.acknowledged(&key(n));
                    for known in list.iter_mut().filter(|(known, _)| *known == n) {
                        known.1 = true;
                    }
                }
            }
            prop_assert_eq!(memory.count(), list.len());
            prop_assert_eq!(memory.bytes(), room(list.len()));
        }
    }
}
