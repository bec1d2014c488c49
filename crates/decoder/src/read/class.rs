//! The members of each class of the schema: name and presence in 2.0.1 and 2.1. The rule table of the walk.
//!
//! `customData`, which every class may have, is not listed.

use crate::limits::MEMBERS_MAX;
use crate::names::Name;

/// When a member has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// In both versions.
    Required,
    /// In neither.
    Optional,
    /// In 2.0.1 only.
    Required201,
    /// The member exists in 2.1 only, where it is optional.
    Since21,
    /// Required, and missed with a code of its own.
    Own,
    /// Optional, and no part of the content hash: a station sets it on what is still queued when it goes offline
    /// (E11.FR.07), so a retry may differ in it.
    Unhashed,
}

/// A class of the schema.
pub(super) trait Class: Copy + 'static {
    /// Names of its members; `customData`, which every class may have, is the last.
    const NAMES: &'static [Name];
    /// Its members in the same order, and when each has to be there; `customData` is none of the class.
    const FIELDS: &'static [(Option<Self>, Presence)];
    /// A hash for each name.
    type Values: Default + AsMut<[u64]>;

    /// Bits of the members required in both versions.
    const REQUIRED: u32 = mask(Self::FIELDS, &[Presence::Required]);
    /// Bits of the members required in 2.0.1.
    const REQUIRED_201: u32 = mask(Self::FIELDS, &[Presence::Required, Presence::Required201]);
}

/// Bits of the members with one of some presences.
#[expect(clippy::indexing_slicing, reason = "runs at compile time, where a wrong index stops the build")]
const fn mask<F: Copy>(fields: &[(Option<F>, Presence)], wanted: &[Presence]) -> u32 {
    let mut bits = 0;
    let mut i = 0;
    while i < fields.len() {
        let mut j = 0;
        while j < wanted.len() {
            if fields[i].1 as u8 == wanted[j] as u8 {
                bits |= 1 << i;
            }
            j += 1;
        }
        i += 1;
    }
    bits
}

macro_rules! class {
    ($($(#[$doc:meta])* $class:ident { $($field:ident $name:literal $presence:ident,)+ })+) => {$(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub(super) enum $class { $($field,)+ }

            impl Class for $class {
                const NAMES: &'static [Name] =
                    const { &[$(Name::new($name),)+ Name::new("customData")] };
                const FIELDS: &'static [(Option<Self>, Presence)] =
                    &[$((Some(Self::$field), Presence::$presence),)+ (None, Presence::Optional)];
                type Values = [u64; [$($name,)+ "customData"].len()];
            }

            const _: () = assert!($class::NAMES.len() <= MEMBERS_MAX);
    )+};
}

class! {
    /// TransactionEventRequest.
    EventField {
        EventType "eventType" Own,
        Timestamp "timestamp" Own,
        TriggerReason "triggerReason" Required,
        SeqNo "seqNo" Own,
        Offline "offline" Unhashed,
        PhasesUsed "numberOfPhasesUsed" Optional,
        CableMaxCurrent "cableMaxCurrent" Optional,
        ReservationId "reservationId" Optional,
        PreconditioningStatus "preconditioningStatus" Since21,
        EvseSleep "evseSleep" Since21,
        TransactionInfo "transactionInfo" Own,
        Evse "evse" Optional,
        IdToken "idToken" Optional,
        MeterValue "meterValue" Optional,
        CostDetails "costDetails" Since21,
    }
    /// TransactionType.
    InfoField {
        TransactionId "transactionId" Own,
        ChargingState "chargingState" Optional,
        TimeSpentCharging "timeSpentCharging" Optional,
        StoppedReason "stoppedReason" Optional,
        RemoteStartId "remoteStartId" Optional,
        OperationMode "operationMode" Since21,
        TariffId "tariffId" Since21,
        TransactionLimit "transactionLimit" Since21,
    }
    /// TransactionLimitType.
    LimitField {
        MaxCost "maxCost" Optional,
        MaxEnergy "maxEnergy" Optional,
        MaxTime "maxTime" Optional,
        MaxSoC "maxSoC" Optional,
    }
    /// EVSEType.
    EvseField {
        Id "id" Required,
        ConnectorId "connectorId" Optional,
    }
    /// IdTokenType.
    TokenField {
        IdToken "idToken" Required,
        Type "type" Required,
        AdditionalInfo "additionalInfo" Optional,
    }
    /// AdditionalInfoType.
    AdditionalField {
        AdditionalIdToken "additionalIdToken" Required,
        Type "type" Required,
    }
    /// MeterValueType.
    MeterField {
        Timestamp "timestamp" Own,
        SampledValue "sampledValue" Required,
    }
    /// SampledValueType.
    SampleField {
        Value "value" Required,
        Measurand "measurand" Optional,
        Context "context" Optional,
        Phase "phase" Optional,
        Location "location" Optional,
        Signed "signedMeterValue" Optional,
        Unit "unitOfMeasure" Optional,
    }
    /// SignedMeterValueType.
    SignedField {
        Data "signedMeterData" Required,
        SigningMethod "signingMethod" Required201,
        EncodingMethod "encodingMethod" Required,
        PublicKey "publicKey" Required201,
    }
    /// UnitOfMeasureType.
    UnitField {
        Unit "unit" Optional,
        Multiplier "multiplier" Optional,
    }
    /// CostDetailsType.
    CostField {
        TotalCost "totalCost" Required,
        TotalUsage "totalUsage" Required,
        ChargingPeriods "chargingPeriods" Optional,
        FailureToCalculate "failureToCalculate" Optional,
        FailureReason "failureReason" Optional,
    }
    /// TotalCostType.
    TotalField {
        Currency "currency" Required,
        TypeOfCost "typeOfCost" Required,
        Total "total" Required,
        Fixed "fixed" Optional,
        Energy "energy" Optional,
        ChargingTime "chargingTime" Optional,
        IdleTime "idleTime" Optional,
        ReservationTime "reservationTime" Optional,
        ReservationFixed "reservationFixed" Optional,
    }
    /// PriceType; TotalPriceType has no tax rates.
    PriceField {
        ExclTax "exclTax" Optional,
        InclTax "inclTax" Optional,
        TaxRates "taxRates" Optional,
    }
    /// TaxRateType.
    TaxField {
        Type "type" Required,
        Tax "tax" Required,
        Stack "stack" Optional,
    }
    /// TotalUsageType.
    UsageField {
        Energy "energy" Required,
        ChargingTime "chargingTime" Required,
        IdleTime "idleTime" Required,
        ReservationTime "reservationTime" Optional,
    }
    /// ChargingPeriodType.
    PeriodField {
        StartPeriod "startPeriod" Own,
        Dimensions "dimensions" Optional,
        TariffId "tariffId" Optional,
    }
    /// CostDimensionType.
    DimensionField {
        Type "type" Required,
        Volume "volume" Required,
    }
    /// TransactionEventResponse.
    ResponseField {
        TotalCost "totalCost" Optional,
        ChargingPriority "chargingPriority" Optional,
        IdTokenInfo "idTokenInfo" Optional,
        TransactionLimit "transactionLimit" Since21,
        UpdatedPersonalMessage "updatedPersonalMessage" Optional,
        UpdatedPersonalMessageExtra "updatedPersonalMessageExtra" Since21,
    }
    /// IdTokenInfoType.
    TokenInfoField {
        Status "status" Required,
        CacheExpiry "cacheExpiryDateTime" Optional,
        ChargingPriority "chargingPriority" Optional,
        GroupIdToken "groupIdToken" Optional,
        Language1 "language1" Optional,
        Language2 "language2" Optional,
        EvseId "evseId" Optional,
        PersonalMessage "personalMessage" Optional,
    }
    /// MessageContentType.
    MessageField {
        Format "format" Required,
        Language "language" Optional,
        Content "content" Required,
    }
    /// GetTransactionStatusRequest.
    StatusRequestField {
        TransactionId "transactionId" Optional,
    }
    /// GetTransactionStatusResponse.
    StatusResponseField {
        OngoingIndicator "ongoingIndicator" Optional,
        MessagesInQueue "messagesInQueue" Required,
    }
}
