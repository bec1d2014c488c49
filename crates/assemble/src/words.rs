//! The closed lists of words that a record uses: methods of energy, reasons for review, flags.
//!
//! Words are stored and queried, so one is never renamed. The words of an event's own flags are those of
//! `wattledger_decoder::Code` and stand in a record's flags beside these.
//!
//! A word that ends in `_export` says of the export register what the word before it says of the import register; it
//! is a flag only, because export never decides whether the import may be billed.

use std::collections::BTreeSet;

/// Declares a list: each word as a constant, all of them as a slice, and each with its sentence for people.
macro_rules! words {
    ($(#[$list_doc:meta])* $list:ident { $($(#[doc = $doc:literal])+ $name:ident = $text:literal,)+ }) => {
        $($(#[doc = $doc])+ pub const $name: &str = $text;)+
        $(#[$list_doc])*
        pub const $list: &[&str] = &[$($text,)+];
        /// Each word with what it says.
        pub const MEANINGS: &[(&str, &str)] = &[$(($text, concat!($($doc),+)),)+];
    };
}

/// How an energy was found.
pub mod method {
    words! {
        /// Every method.
        ALL {
            /// End minus begin of one total register.
            BEGIN_END_REGISTER = "begin_end_register",
            /// End minus begin of one register told by its phases: each reading is the sum over the phases of one moment.
            PHASE_SUM = "phase_sum",
            /// The first register came after charging began: a lower bound.
            FIRST_READING = "first_reading",
            /// The Ended has no register, the latest one of an Updated stands for it.
            LAST_UPDATE = "last_update",
            /// The begin reading was a placeholder 0, the next reading stands for it.
            BASELINE_REBASED = "baseline_rebased",
            /// Sum of interval amounts; no register was reported.
            INTERVAL_SUM = "interval_sum",
            /// Sum over the meters of a charge in which the meter was exchanged, each by its own signed readings.
            SEGMENT_SUM = "segment_sum",
            /// Sum of the rises of a register that also fell. Estimate only.
            PIECEWISE_POSITIVE = "piecewise_positive",
        }
    }
}

/// Why a human has to look before a record is billed.
pub mod review {
    words! {
        /// Every reason.
        ALL {
            /// An event after the end has a register above the end, a token or state Charging: perhaps the next driver.
            AFTER_END = "after_end",
            /// The begin reading was a placeholder 0 and was replaced by the next reading.
            BASELINE_REBASED = "baseline_rebased",
            /// An event of the first epoch has a seqNo below the Started's: perhaps another charge's.
            BEFORE_START = "before_start",
            /// The begin reading was taken long before the start: perhaps of a register left over from then.
            BEGIN_EARLY = "begin_early",
            /// The begin reading that the Ended repeats is not the first reading of the charge.
            BEGIN_DIFFERS = "begin_differs",
            /// The first register came only after charging began.
            BEGIN_LATE = "begin_late",
            /// Two cables: cableMaxCurrent changes.
            CABLE_CHANGED = "cable_changed",
            /// The Started is that of another charge of the id, told at another time: perhaps one charge, told twice.
            CHARGE_RETOLD = "charge_retold",
            /// timeSpentCharging falls: it is counted anew for each charge.
            CHARGING_TIME_FELL = "charging_time_fell",
            /// An event below the end is stamped more than 60 s after it, the end lies before the start, or the clock fell
            /// where seqNos are missing.
            CLOCK_STEP = "clock_step",
            /// Contents that contradict each other include the begin reading, the end reading or the Ended.
            CONFLICT = "conflict",
            /// Two connectors of one EVSE are named.
            CONNECTOR_CHANGED = "connector_changed",
            /// A reading behind the end reading is higher: the end may have been told too early.
            END_EARLY = "end_early",
            /// Two EVSEs are named.
            EVSE_CHANGED = "evse_changed",
            /// An interval amount below 0 was left out of a sum.
            INTERVAL_NEGATIVE = "interval_negative",
            /// Interval amounts may tell the same energy twice.
            INTERVAL_OVERLAP = "interval_overlap",
            /// Begin and end come from Outlet and from unmarked readings.
            LOCATION_MIXED = "location_mixed",
            /// A missing event may hold energy that the method needs.
            MISSING_EVENTS = "missing_events",
            /// Readings of two scales under one name.
            MIXED_REGISTER = "mixed_register",
            /// Only Body or Inlet reported a register.
            OTHER_LOCATION = "other_location",
            /// An event without a usable time stands here by the order of reception, and may be of another charge of the id.
            PLACED_BY_RECEPTION = "placed_by_reception",
            /// The vehicle was unplugged in between: perhaps another one came.
            PLUGGED_IN_AGAIN = "plugged_in_again",
            /// Readings of a phase that the sum of phases leaves out.
            PHASE_LEFT_OUT = "phase_left_out",
            /// A step needs more power than was reported, or than any station has.
            POWER_IMPLAUSIBLE = "power_implausible",
            /// Two values for one reading.
            READING_CONFLICT = "reading_conflict",
            /// The signed data tell of more than one meter.
            METER_EXCHANGED = "meter_exchanged",
            /// No begin or no end register although the charge has both ends.
            REGISTER_MISSING = "register_missing",
            /// One reading outside its neighbours was left out.
            REGISTER_OUTLIER = "register_outlier",
            /// The register goes back.
            REGISTER_REGRESSION = "register_regression",
            /// Two remoteStartIds.
            REMOTE_START_CHANGED = "remote_start_changed",
            /// Two reservationIds.
            RESERVATION_CHANGED = "reservation_changed",
            /// Two Started count in one charge.
            SECOND_START = "second_start",
            /// An Ended and an Updated share a seqNo.
            SEQ_REPEATED = "seq_repeated",
            /// Several charges have this transactionId, and seqNos are missing in which one may have ended and another begun.
            REUSED_WITH_GAPS = "reused_with_gaps",
            /// seqNo started again within the charge.
            SEQ_RESET = "seq_reset",
            /// Signed and unsigned registers give energies more than 1 Wh + 0.1 % apart.
            SIGNED_DIFFERS = "signed_differs",
            /// The signed data say that energy must not be billed from some reading on.
            SIGNED_ERROR = "signed_error",
            /// Signed data start like OCMF and cannot be read: they may say that energy must not be billed.
            SIGNED_UNREADABLE = "signed_unreadable",
            /// Missing seqNos take far more time than the events of this charge do: it may have ended, and another begun.
            SILENT_HOLE = "silent_hole",
            /// One charge seems to be told under two Started.
            STARTED_TWICE = "started_twice",
            /// Two charges of one id begin in one order and are received in another, or one starts in a hole of the other:
            /// events of the one may stand in the other.
            STARTS_CROSSED = "starts_crossed",
            /// The same start was told again more than 60 s later: perhaps of another charge.
            START_RETOLD = "start_retold",
            /// Another token than the first stopped the charge, and seqNos are missing in which it may have changed hands.
            STOPPED_BY_OTHER = "stopped_by_other",
            /// More than 30 days between two neighbouring events.
            TIME_GAP = "time_gap",
            /// An event that is no stop brings another token than the first.
            TOKEN_CHANGED = "token_changed",
            /// A settled record without a start token. The view adds it, since only time can tell.
            TOKEN_MISSING = "token_missing",
            /// Two Ended that differ in register or token.
            TWO_ENDS = "two_ends",
            /// Energy and reported power differ by a factor of 200 or more, or the register grew a thousandfold.
            UNIT_SUSPECT = "unit_suspect",
            /// Begin 0, then a jump, and no third reading to go by.
            ZERO_BASELINE = "zero_baseline",
        }
    }
}

/// What a record says besides; none of these alone holds a bill.
pub mod flag {
    words! {
        /// Every flag that is not also a reason for review.
        ALL {
            /// A timestamp before 2018 or after 2039: the clock was never set.
            CLOCK_UNSET = "clock_unset",
            /// The Ended came twice and agrees with itself.
            ENDED_TWICE = "ended_twice",
            /// The figure is a sum of interval amounts.
            INTERVAL_SUM = "interval_sum",
            /// More than 10,000 events under one transactionId: the record may be renewed only once a minute.
            LARGE_TRANSACTION = "large_transaction",
            /// Received more than 300 s after its event time without `offline`.
            LATE_UNMARKED = "late_unmarked",
            /// The end register comes from an Updated.
            LAST_UPDATE = "last_update",
            /// A register value below 0, which is no reading.
            REGISTER_NEGATIVE = "register_negative",
            /// An Ended that does not count has more sampled values than the one that does.
            RICHER_END = "richer_end",
            /// A fall within one unit in the last place.
            ROUNDING = "rounding",
            /// A signed reading of a meter that does not work properly was left out.
            SIGNED_METER_STATE = "signed_meter_state",
            /// The signed data say that times must not be billed.
            SIGNED_TIME_ERROR = "signed_time_error",
            /// Signed data could be read and hold no register reading that is understood.
            SIGNED_UNUSED = "signed_unused",
            /// The charge is Started contents alone, and another follows.
            START_RESTATED = "start_restated",
            /// One transactionId was at two EVSEs at once.
            TX_ON_TWO_EVSES = "tx_on_two_evses",
            /// The transactionId was used for several charges.
            TX_REUSED = "tx_reused",
            /// An event was told in several variants.
            VARIANT = "variant",
            /// No energy was delivered.
            ZERO_ENERGY = "zero_energy",
        }
    }
}

/// Flags of the export register, by the word of the import register.
pub const EXPORT: &[(&str, &str)] = &[
    (review::BASELINE_REBASED, "baseline_rebased_export"),
    (review::BEGIN_EARLY, "begin_early_export"),
    (review::BEGIN_LATE, "begin_late_export"),
    (review::END_EARLY, "end_early_export"),
    (review::INTERVAL_NEGATIVE, "interval_negative_export"),
    (review::INTERVAL_OVERLAP, "interval_overlap_export"),
    (review::LOCATION_MIXED, "location_mixed_export"),
    (review::MISSING_EVENTS, "missing_events_export"),
    (review::MIXED_REGISTER, "mixed_register_export"),
    (review::OTHER_LOCATION, "other_location_export"),
    (review::PHASE_LEFT_OUT, "phase_left_out_export"),
    (review::POWER_IMPLAUSIBLE, "power_implausible_export"),
    (review::READING_CONFLICT, "reading_conflict_export"),
    (review::REGISTER_MISSING, "register_missing_export"),
    (review::REGISTER_OUTLIER, "register_outlier_export"),
    (review::REGISTER_REGRESSION, "register_regression_export"),
    (review::SIGNED_DIFFERS, "signed_differs_export"),
    (review::UNIT_SUSPECT, "unit_suspect_export"),
    (review::ZERO_BASELINE, "zero_baseline_export"),
    (flag::INTERVAL_SUM, "interval_sum_export"),
    (flag::LAST_UPDATE, "last_update_export"),
    (flag::ROUNDING, "rounding_export"),
    (flag::ZERO_ENERGY, "zero_energy_export"),
];

/// Words gathered for one record.
#[derive(Debug, Clone, Default)]
pub(super) struct Remarks {
    reviews: BTreeSet<&'static str>,
    flags: BTreeSet<&'static str>,
}

impl Remarks {
    /// Adds a reason for review.
    pub(super) fn review(&mut self, word: &'static str) {
        self.reviews.insert(word);
    }

    /// Adds a flag.
    pub(super) fn flag(&mut self, word: &'static str) {
        self.flags.insert(word);
    }

    /// Whether nothing was said.
    pub(super) fn is_empty(&self) -> bool {
        self.reviews.is_empty() && self.flags.is_empty()
    }

    /// Adds a reason for review that is a flag too.
    pub(super) fn both(&mut self, word: &'static str) {
        self.review(word);
        self.flag(word);
    }

    /// Adds what was said of the export register: flags only, under the words of the export register.
    pub(super) fn absorb_export(&mut self, export: &Self) {
        let said = export.reviews.iter().chain(&export.flags);
        self.flags.extend(said.filter_map(|word| {
            EXPORT.iter().find(|(import, _)| import == word).map(|(_, suffixed)| *suffixed)
        }));
    }

    /// Reasons and flags, each sorted.
    pub(super) fn into_lists(self) -> (Vec<&'static str>, Vec<&'static str>) {
        (self.reviews.into_iter().collect(), self.flags.into_iter().collect())
    }
}
