//! The class of a charge as far as its events alone give it (rule 18).

use super::charge::Charge;
use super::record::Class;

/// What a bill needs besides the registers: without them a missing event may hold them.
pub(super) struct Needs {
    pub(super) both_registers: bool,
    pub(super) token: bool,
    pub(super) evse: bool,
}

/// The class; precedence from the top.
pub(super) fn class(charge: &Charge<'_>, missing: u64, needs: &Needs) -> Class {
    if charge.conflict {
        Class::Conflict
    } else if charge.start().is_none() {
        Class::NoStart
    } else if charge.end().is_none() {
        Class::Open
    } else if missing == 0 && charge.epochs == 1 {
        Class::Complete
    } else if needs.both_registers && needs.token && needs.evse {
        Class::CompletePermittedGaps
    } else {
        Class::Waiting
    }
}
