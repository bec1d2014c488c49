//! How firmware of one make writes: order of members, white space, spelling of numbers and times, what it measures.

use super::meter::Profile;
use crate::json::{Json, Layout};

/// One make.
#[derive(Debug, Clone, Copy)]
pub(super) struct Firmware {
    /// Stations of it in a hundred.
    share: u32,
    pub(super) order: Order,
    pub(super) layout: Layout,
    pub(super) numbers: Numbers,
    pub(super) times: Times,
    pub(super) profile: Profile,
    /// What the meter resolves, mWh and mW.
    pub(super) resolution: u64,
    /// Whether units and locations are said where the default would do.
    pub(super) is_wordy: bool,
    pub(super) signing: Signing,
    /// Whether it puts a `customData` into its messages.
    pub(super) has_custom_data: bool,
    /// Whether `evse` and `idToken` stand in every message.
    pub(super) repeats: bool,
}

/// In which order members stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Of the tables in the specification: most structs.
    Specification,
    /// Of the JSON schemas: code made from them.
    Schema,
    /// Alphabetical: sorted maps.
    Alphabetical,
    /// The transaction first, the kind of event last: written by hand.
    TransactionFirst,
    /// Of a hash table: any, but always the same for a station.
    Hashed,
}

/// How numbers are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// As short as they are: `7`, `7.5`.
    Short,
    /// With a fraction in any case: `7.0`.
    Double,
    /// With two digits of a fraction: `7.50`.
    Cents,
    /// Large ones with an exponent: `1.2345e6`.
    Exponent,
}

/// How times are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Times {
    /// `2026-03-01T10:00:00.123Z`
    Millis,
    /// `2026-03-01T10:00:00Z`
    Seconds,
    /// `2026-03-01T12:00:00.123+02:00`
    Local,
}

/// Which readings are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    /// None.
    Never,
    /// Those at begin and end.
    Ends,
    /// All.
    Always,
}

const fn make(share: u32, order: Order, layout: Layout, profile: Profile) -> Firmware {
    Firmware {
        share,
        order,
        layout,
        numbers: Numbers::Short,
        times: Times::Millis,
        profile,
        resolution: 1_000,
        is_wordy: false,
        signing: Signing::Never,
        has_custom_data: false,
        repeats: false,
    }
}

/// The makes; their shares add up to a hundred.
#[rustfmt::skip]
const MAKES: [Firmware; 18] = [
    // C++ on sorted maps
    Firmware { is_wordy: true, numbers: Numbers::Double, resolution: 100, ..make(16, Order::Alphabetical, Layout::Compact, Profile::Phases) },
    Firmware { is_wordy: true, ..make(3, Order::Alphabetical, Layout::Compact, Profile::Everything) },
    // C on microcontrollers
    Firmware { times: Times::Seconds, ..make(12, Order::Specification, Layout::Compact, Profile::Power) },
    Firmware { repeats: true, numbers: Numbers::Exponent, ..make(3, Order::Specification, Layout::Compact, Profile::Power) },
    make(7, Order::TransactionFirst, Layout::Compact, Profile::Register),
    // Go
    Firmware { is_wordy: true, resolution: 1, ..make(10, Order::Specification, Layout::Compact, Profile::Phases) },
    Firmware { times: Times::Local, ..make(3, Order::Specification, Layout::Compact, Profile::Direct) },
    // Java
    Firmware { numbers: Numbers::Cents, resolution: 10, ..make(6, Order::Schema, Layout::Compact, Profile::Power) },
    Firmware { signing: Signing::Ends, is_wordy: true, ..make(6, Order::Schema, Layout::HtmlSafe, Profile::Power) },
    Firmware { signing: Signing::Always, ..make(2, Order::Schema, Layout::Compact, Profile::Register) },
    // JavaScript
    Firmware { has_custom_data: true, ..make(4, Order::Schema, Layout::Compact, Profile::Power) },
    make(3, Order::Specification, Layout::Indented, Profile::Power),
    // C#
    Firmware { times: Times::Local, ..make(2, Order::Specification, Layout::Tabbed, Profile::Power) },
    // Python
    Firmware { is_wordy: true, numbers: Numbers::Double, resolution: 100, ..make(9, Order::Specification, Layout::Spaced, Profile::Phases) },
    Firmware { numbers: Numbers::Double, resolution: 100, ..make(3, Order::Alphabetical, Layout::Spaced, Profile::Direct) },
    // hash tables
    Firmware { is_wordy: true, ..make(4, Order::Hashed, Layout::Compact, Profile::Phases) },
    Firmware { repeats: true, ..make(3, Order::Hashed, Layout::Spaced, Profile::Register) },
    // fast chargers
    Firmware { is_wordy: true, times: Times::Seconds, ..make(4, Order::Specification, Layout::Compact, Profile::Direct) },
];

impl Firmware {
    /// The make of the `number`th station: any few stations in a row are of as many makes as their shares allow.
    pub(super) fn of(number: u64) -> Self {
        // steps of the golden ratio fall evenly
        let mut left = u32::try_from(number * 61_803 % 100_000 / 1_000).unwrap();
        let found = MAKES.iter().find(|make| {
            let is_it = left < make.share;
            left = left.saturating_sub(make.share);
            is_it
        });
        *found.unwrap()
    }

    /// A number of thousandths, spelled.
    pub(super) fn number(self, thousandths: u64) -> Json {
        let (whole, fraction) = (thousandths / 1_000, thousandths % 1_000);
        let short = match fraction {
            0 => whole.to_string(),
            _ => format!("{whole}.{fraction:03}").trim_end_matches('0').to_owned(),
        };
        Json::Number(match self.numbers {
            Numbers::Double if fraction == 0 => format!("{whole}.0"),
            Numbers::Cents => format!("{whole}.{:02}", fraction / 10),
            Numbers::Exponent if whole >= 1_000_000 => {
                let digits = format!("{thousandths}");
                format!("{}.{}e6", whole / 1_000_000, digits[digits.len() - 9..].trim_end_matches('0'))
            }
            Numbers::Short | Numbers::Double | Numbers::Exponent => short,
        })
    }

    /// A time, milliseconds since 1970, spelled.
    pub(super) fn time(self, millis: i64) -> Json {
        let (format, zone) = match self.times {
            Times::Millis => ("%Y-%m-%dT%H:%M:%S%.3fZ", 0),
            Times::Seconds => ("%Y-%m-%dT%H:%M:%SZ", 0),
            Times::Local => ("%Y-%m-%dT%H:%M:%S%.3f+01:00", 3_600_000),
        };
        let time = chrono::DateTime::from_timestamp_millis(millis + zone).unwrap();
        Json::String(time.format(format).to_string())
    }

    /// Puts members into the order of the firmware, at every depth.
    pub(super) fn sort(self, json: &mut Json, table: u64) {
        match json {
            Json::Object(members) => {
                members.sort_by_cached_key(|(name, _)| self.order.rank(name, table));
                members.iter_mut().for_each(|(_, value)| self.sort(value, table));
            }
            Json::Array(elements) => elements.iter_mut().for_each(|element| self.sort(element, table)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
}

/// Members as the specification's tables list them, class by class.
const SPECIFICATION: &str = "eventType timestamp triggerReason seqNo offline numberOfPhasesUsed cableMaxCurrent \
    reservationId transactionInfo transactionId chargingState timeSpentCharging stoppedReason remoteStartId idToken type \
    additionalInfo evse id connectorId meterValue sampledValue value context measurand phase location signedMeterValue \
    signedMeterData signingMethod encodingMethod publicKey unitOfMeasure unit multiplier vendorId customData";

/// Members as the schemas list them, class by class.
const SCHEMA: &str = "vendorId customData eventType meterValue sampledValue timestamp triggerReason seqNo offline \
    numberOfPhasesUsed cableMaxCurrent reservationId transactionInfo transactionId chargingState timeSpentCharging \
    stoppedReason remoteStartId evse id connectorId additionalInfo idToken type value context measurand phase location \
    signedMeterValue signedMeterData signingMethod encodingMethod publicKey unitOfMeasure unit multiplier";

/// Members as somebody typed them.
const BY_HAND: &str = "transactionInfo transactionId seqNo timestamp eventType triggerReason evse id connectorId idToken \
    type meterValue sampledValue measurand value unitOfMeasure unit";

impl Order {
    /// Where a member stands among the others of its object; `table` is the state of the station's hash function.
    fn rank(self, name: &str, table: u64) -> (u64, String) {
        let place = |list: &str| {
            let place = list.split_whitespace().position(|member| member == name);
            (place.map_or(u64::MAX, |place| place.try_into().unwrap()), name.to_owned())
        };
        match self {
            Self::Specification => place(SPECIFICATION),
            Self::Schema => place(SCHEMA),
            Self::TransactionFirst => place(BY_HAND),
            Self::Alphabetical => (0, name.to_owned()),
            Self::Hashed => {
                let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
                (name.bytes().fold(table, mix) >> 7, name.to_owned())
            }
        }
    }
}
