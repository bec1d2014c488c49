//! The classes of TransactionEventRequest as a table: member, presence, kind. Words stand in the order of the schemas, those
//! that 2.1 added last.

/// Members of a class: name, presence, kind.
pub(super) type Class = &'static [(&'static str, &'static str, Kind)];

/// What a member is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Class(Class),
    List(Class),
    Time,
    Text {
        v201: usize,
        v21: usize,
    },
    /// `v21` is the place of the first word that 2.0.1 lacks.
    Words {
        words: &'static str,
        unknown: &'static str,
        v21: usize,
        aliases: &'static [(&'static str, &'static str)],
    },
    TokenType,
    EventType,
    Id,
    SeqNo,
    Int {
        low: i64,
        high_201: i64,
        high_21: i64,
    },
    Amount,
    /// A measured value; its unit is known later.
    Value,
    Bool,
}

const I32_MAX: i64 = 2_147_483_647;
const INT: Kind = Kind::Int { low: -2_147_483_648, high_201: I32_MAX, high_21: I32_MAX };
const COUNT: Kind = Kind::Int { low: 0, high_201: I32_MAX, high_21: I32_MAX };

/// Types of tokens; the last three are of 2.1.
pub(super) const TOKEN_TYPES: &[&str] = &[
    "Central",
    "eMAID",
    "ISO14443",
    "ISO15693",
    "KeyCode",
    "Local",
    "MacAddress",
    "NoAuthorization",
    "DirectPayment",
    "EVCCID",
    "VIN",
];

pub(super) const EVENT: Class = &[
    ("eventType", "own", Kind::EventType),
    ("timestamp", "time", Kind::Time),
    (
        "triggerReason",
        "required",
        Kind::Words {
            words: "AbnormalCondition Authorized CablePluggedIn ChargingRateChanged ChargingStateChanged Deauthorized EnergyLimitReached EVCommunicationLost EVConnectTimeout EVDeparted EVDetected MeterValueClock MeterValuePeriodic RemoteStart RemoteStop ResetCommand SignedDataReceived StopAuthorized TimeLimitReached Trigger UnlockCommand CostLimitReached LimitSet OperationModeChanged RunningCost SoCLimitReached TariffChanged TariffNotAccepted TxResumed",
            unknown: "Unknown",
            v21: 21,
            aliases: &[("EVConnectionTimeout", "EVConnectTimeout"), ("Sample.Clock", "MeterValueClock")],
        },
    ),
    ("seqNo", "own", Kind::SeqNo),
    ("offline", "", Kind::Bool),
    ("numberOfPhasesUsed", "", Kind::Int { low: 0, high_201: I32_MAX, high_21: 3 }),
    ("cableMaxCurrent", "", INT),
    ("reservationId", "", COUNT),
    (
        "preconditioningStatus",
        "since 2.1",
        Kind::Words {
            words: "Unknown Ready NotReady Preconditioning",
            unknown: "Other",
            v21: 0,
            aliases: &[],
        },
    ),
    ("evseSleep", "since 2.1", Kind::Bool),
    ("transactionInfo", "own", Kind::Class(INFO)),
    ("evse", "", Kind::Class(EVSE)),
    ("idToken", "", Kind::Class(TOKEN)),
    ("meterValue", "", Kind::List(METER_VALUE)),
    ("costDetails", "since 2.1", Kind::Class(COST)),
];

const INFO: Class = &[
    ("transactionId", "own", Kind::Id),
    (
        "chargingState",
        "",
        Kind::Words {
            words: "EVConnected Charging SuspendedEV SuspendedEVSE Idle",
            unknown: "Unknown",
            v21: 5,
            aliases: &[("EVDetected", "EVConnected")],
        },
    ),
    ("timeSpentCharging", "", INT),
    (
        "stoppedReason",
        "",
        Kind::Words {
            words: "DeAuthorized EmergencyStop EnergyLimitReached EVDisconnected GroundFault ImmediateReset MasterPass Local LocalOutOfCredit Other OvercurrentFault PowerLoss PowerQuality Reboot Remote SOCLimitReached StoppedByEV TimeLimitReached Timeout ReqEnergyTransferRejected",
            unknown: "Unknown",
            v21: 19,
            aliases: &[("HardReset", "ImmediateReset"), ("SoftReset", "Other"), ("UnlockCommand", "Other")],
        },
    ),
    ("remoteStartId", "", INT),
    (
        "operationMode",
        "since 2.1",
        Kind::Words {
            words: "Idle ChargingOnly CentralSetpoint ExternalSetpoint ExternalLimits CentralFrequency LocalFrequency LocalLoadBalancing",
            unknown: "Unknown",
            v21: 0,
            aliases: &[],
        },
    ),
    ("tariffId", "since 2.1", Kind::Text { v201: 60, v21: 60 }),
    ("transactionLimit", "since 2.1", Kind::Class(LIMIT)),
];

const LIMIT: Class = &[
    ("maxCost", "", Kind::Amount),
    ("maxEnergy", "", Kind::Amount),
    ("maxTime", "", INT),
    ("maxSoC", "", Kind::Int { low: 0, high_201: 100, high_21: 100 }),
];

const EVSE: Class = &[("id", "required", COUNT), ("connectorId", "", COUNT)];

const TOKEN: Class = &[
    ("idToken", "required", Kind::Text { v201: 36, v21: 255 }),
    ("type", "required", Kind::TokenType),
    ("additionalInfo", "", Kind::List(ADDITIONAL)),
];

const ADDITIONAL: Class = &[
    ("additionalIdToken", "required", Kind::Text { v201: 36, v21: 255 }),
    ("type", "required", Kind::Text { v201: 50, v21: 50 }),
];

const METER_VALUE: Class =
    &[("timestamp", "time", Kind::Time), ("sampledValue", "required", Kind::List(SAMPLE))];

const SAMPLE: Class = &[
    ("value", "required", Kind::Value),
    (
        "measurand",
        "",
        Kind::Words {
            words: "Current.Export Current.Import Current.Offered Energy.Active.Export.Interval Energy.Active.Export.Register Energy.Active.Import.Interval Energy.Active.Import.Register Energy.Active.Net Energy.Apparent.Export Energy.Apparent.Import Energy.Apparent.Net Energy.Reactive.Export.Interval Energy.Reactive.Export.Register Energy.Reactive.Import.Interval Energy.Reactive.Import.Register Energy.Reactive.Net Frequency Power.Active.Export Power.Active.Import Power.Factor Power.Offered Power.Reactive.Export Power.Reactive.Import SoC Voltage Current.Export.Offered Current.Export.Minimum Current.Import.Offered Current.Import.Minimum Display.PresentSOC Display.MinimumSOC Display.TargetSOC Display.MaximumSOC Display.RemainingTimeToMinimumSOC Display.RemainingTimeToTargetSOC Display.RemainingTimeToMaximumSOC Display.ChargingComplete Display.BatteryEnergyCapacity Display.InletHot Energy.Active.Import.CableLoss Energy.Active.Import.LocalGeneration.Register Energy.Active.Setpoint.Interval EnergyRequest.Target EnergyRequest.Minimum EnergyRequest.Maximum EnergyRequest.Minimum.V2X EnergyRequest.Maximum.V2X EnergyRequest.Bulk Power.Active.Setpoint Power.Active.Residual Power.Export.Minimum Power.Export.Offered Power.Import.Offered Power.Import.Minimum Voltage.Minimum Voltage.Maximum",
            unknown: "Unknown",
            v21: 25,
            aliases: &[],
        },
    ),
    (
        "context",
        "",
        Kind::Words {
            words: "Interruption.Begin Interruption.End Other Sample.Clock Sample.Periodic Transaction.Begin Transaction.End Trigger",
            unknown: "Unknown",
            v21: 8,
            aliases: &[
                ("Transaction.Start", "Transaction.Begin"),
                ("Transaction.Starting", "Transaction.Begin"),
            ],
        },
    ),
    (
        "phase",
        "",
        Kind::Words {
            words: "L1 L2 L3 N L1-N L2-N L3-N L1-L2 L2-L3 L3-L1",
            unknown: "Unknown",
            v21: 10,
            aliases: &[],
        },
    ),
    (
        "location",
        "",
        Kind::Words {
            words: "Body Cable EV Inlet Outlet Upstream",
            unknown: "Unknown",
            v21: 5,
            aliases: &[],
        },
    ),
    ("signedMeterValue", "", Kind::Class(SIGNED)),
    ("unitOfMeasure", "", Kind::Class(UNIT)),
];

const SIGNED: Class = &[
    ("signedMeterData", "required", Kind::Text { v201: 2500, v21: 32768 }),
    ("signingMethod", "required in 2.0.1", Kind::Text { v201: 50, v21: 50 }),
    ("encodingMethod", "required", Kind::Text { v201: 50, v21: 50 }),
    ("publicKey", "required in 2.0.1", Kind::Text { v201: 2500, v21: 2500 }),
];

const UNIT: Class = &[("unit", "", Kind::Text { v201: 20, v21: 20 }), ("multiplier", "", INT)];

const COST: Class = &[
    ("totalCost", "required", Kind::Class(TOTAL)),
    ("totalUsage", "required", Kind::Class(USAGE)),
    ("chargingPeriods", "", Kind::List(PERIOD)),
    ("failureToCalculate", "", Kind::Bool),
    ("failureReason", "", Kind::Text { v201: 500, v21: 500 }),
];

const TOTAL: Class = &[
    ("currency", "required", Kind::Text { v201: 3, v21: 3 }),
    (
        "typeOfCost",
        "required",
        Kind::Words { words: "NormalCost MinCost MaxCost", unknown: "Unknown", v21: 0, aliases: &[] },
    ),
    ("total", "required", Kind::Class(TOTAL_PRICE)),
    ("fixed", "", Kind::Class(PRICE)),
    ("energy", "", Kind::Class(PRICE)),
    ("chargingTime", "", Kind::Class(PRICE)),
    ("idleTime", "", Kind::Class(PRICE)),
    ("reservationTime", "", Kind::Class(PRICE)),
    ("reservationFixed", "", Kind::Class(PRICE)),
];

const TOTAL_PRICE: Class = &[("exclTax", "", Kind::Amount), ("inclTax", "", Kind::Amount)];

const PRICE: Class =
    &[("exclTax", "", Kind::Amount), ("inclTax", "", Kind::Amount), ("taxRates", "", Kind::List(TAX))];

const TAX: Class = &[
    ("type", "required", Kind::Text { v201: 20, v21: 20 }),
    ("tax", "required", Kind::Amount),
    ("stack", "", COUNT),
];

const USAGE: Class = &[
    ("energy", "required", Kind::Amount),
    ("chargingTime", "required", INT),
    ("idleTime", "required", INT),
    ("reservationTime", "", INT),
];

const PERIOD: Class = &[
    ("startPeriod", "time", Kind::Time),
    ("dimensions", "", Kind::List(DIMENSION)),
    ("tariffId", "", Kind::Text { v201: 60, v21: 60 }),
];

const DIMENSION: Class = &[
    (
        "type",
        "required",
        Kind::Words {
            words: "Energy MaxCurrent MinCurrent MaxPower MinPower IdleTIme ChargingTime",
            unknown: "Unknown",
            v21: 0,
            aliases: &[],
        },
    ),
    ("volume", "required", Kind::Amount),
];
