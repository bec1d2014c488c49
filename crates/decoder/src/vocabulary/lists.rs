//! The tables. Order and spelling are those of the JSON schemas of OCPP 2.1, which only adds values to 2.0.1.
//!
//! Aliases: stop reasons and states of OCPP 1.6 and 2.0 that have an exact counterpart, and names that the
//! specification's own prose uses (E02.FR.21, J01.FR.22). A 1.6 reason without a counterpart becomes `Other`.

use super::vocabulary;

vocabulary! {
    /// `eventType`.
    EventType {
        Started = 1 "Started",
        Updated = 2 "Updated",
        Ended = 3 "Ended",
    }
    unknown: None,
    v21: 255,
    aliases: {
    }
}

vocabulary! {
    /// `triggerReason` (mind the capitals: `Deauthorized` here, `DeAuthorized` as a stop reason).
    TriggerReason {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        Authorized = 1 "Authorized",
        CablePluggedIn = 2 "CablePluggedIn",
        ChargingRateChanged = 3 "ChargingRateChanged",
        ChargingStateChanged = 4 "ChargingStateChanged",
        Deauthorized = 5 "Deauthorized",
        EnergyLimitReached = 6 "EnergyLimitReached",
        EVCommunicationLost = 7 "EVCommunicationLost",
        EVConnectTimeout = 8 "EVConnectTimeout",
        MeterValueClock = 9 "MeterValueClock",
        MeterValuePeriodic = 10 "MeterValuePeriodic",
        TimeLimitReached = 11 "TimeLimitReached",
        Trigger = 12 "Trigger",
        UnlockCommand = 13 "UnlockCommand",
        StopAuthorized = 14 "StopAuthorized",
        EVDeparted = 15 "EVDeparted",
        EVDetected = 16 "EVDetected",
        RemoteStop = 17 "RemoteStop",
        RemoteStart = 18 "RemoteStart",
        AbnormalCondition = 19 "AbnormalCondition",
        SignedDataReceived = 20 "SignedDataReceived",
        ResetCommand = 21 "ResetCommand",
        CostLimitReached = 22 "CostLimitReached",
        LimitSet = 23 "LimitSet",
        OperationModeChanged = 24 "OperationModeChanged",
        RunningCost = 25 "RunningCost",
        SoCLimitReached = 26 "SoCLimitReached",
        TariffChanged = 27 "TariffChanged",
        TariffNotAccepted = 28 "TariffNotAccepted",
        TxResumed = 29 "TxResumed",
    }
    unknown: Some(Self::Unknown),
    v21: 22..=29,
    aliases: {
        "EVConnectionTimeout" => EVConnectTimeout,
        "Sample.Clock" => MeterValueClock,
    }
}

vocabulary! {
    /// `transactionInfo.chargingState`.
    ChargingState {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        Charging = 1 "Charging",
        EVConnected = 2 "EVConnected",
        SuspendedEV = 3 "SuspendedEV",
        SuspendedEVSE = 4 "SuspendedEVSE",
        Idle = 5 "Idle",
    }
    unknown: Some(Self::Unknown),
    v21: 255,
    aliases: {
        "EVDetected" => EVConnected,
    }
}

vocabulary! {
    /// `transactionInfo.stoppedReason`.
    StoppedReason {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        DeAuthorized = 1 "DeAuthorized",
        EmergencyStop = 2 "EmergencyStop",
        EnergyLimitReached = 3 "EnergyLimitReached",
        EVDisconnected = 4 "EVDisconnected",
        GroundFault = 5 "GroundFault",
        ImmediateReset = 6 "ImmediateReset",
        Local = 7 "Local",
        LocalOutOfCredit = 8 "LocalOutOfCredit",
        MasterPass = 9 "MasterPass",
        Other = 10 "Other",
        OvercurrentFault = 11 "OvercurrentFault",
        PowerLoss = 12 "PowerLoss",
        PowerQuality = 13 "PowerQuality",
        Reboot = 14 "Reboot",
        Remote = 15 "Remote",
        SOCLimitReached = 16 "SOCLimitReached",
        StoppedByEV = 17 "StoppedByEV",
        TimeLimitReached = 18 "TimeLimitReached",
        Timeout = 19 "Timeout",
        ReqEnergyTransferRejected = 20 "ReqEnergyTransferRejected",
    }
    unknown: Some(Self::Unknown),
    v21: 20,
    aliases: {
        "HardReset" => ImmediateReset,
        "SoftReset" => Other,
        "UnlockCommand" => Other,
    }
}

vocabulary! {
    /// `measurand` of a sampled value.
    Measurand {
        /// Outside the vocabulary.
        Unknown = 0 "Unknown",
        CurrentExport = 1 "Current.Export",
        CurrentImport = 2 "Current.Import",
        CurrentOffered = 3 "Current.Offered",
        EnergyActiveExportRegister = 4 "Energy.Active.Export.Register",
        EnergyActiveImportRegister = 5 "Energy.Active.Import.Register",
        EnergyReactiveExportRegister = 6 "Energy.Reactive.Export.Register",
        EnergyReactiveImportRegister = 7 "Energy.Reactive.Import.Register",
        EnergyActiveExportInterval = 8 "Energy.Active.Export.Interval",
        EnergyActiveImportInterval = 9 "Energy.Active.Import.Interval",
        EnergyActiveNet = 10 "Energy.Active.Net",
        EnergyReactiveExportInterval = 11 "Energy.Reactive.Export.Interval",
        EnergyReactiveImportInterval = 12 "Energy.Reactive.Import.Interval",
        EnergyReactiveNet = 13 "Energy.Reactive.Net",
        EnergyApparentNet = 14 "Energy.Apparent.Net",
        EnergyApparentImport = 15 "Energy.Apparent.Import",
        EnergyApparentExport = 16 "Energy.Apparent.Export",
        Frequency = 17 "Frequency",
        PowerActiveExport = 18 "Power.Active.Export",
        PowerActiveImport = 19 "Power.Active.Import",
        PowerFactor = 20 "Power.Factor",
        PowerOffered = 21 "Power.Offered",
        PowerReactiveExport = 22 "Power.Reactive.Export",
        PowerReactiveImport = 23 "Power.Reactive.Import",
        SoC = 24 "SoC",
        Voltage = 25 "Voltage",
        CurrentExportOffered = 26 "Current.Export.Offered",
        CurrentExportMinimum = 27 "Current.Export.Minimum",
        CurrentImportOffered = 28 "Current.Import.Offered",
        CurrentImportMinimum = 29 "Current.Import.Minimum",
        DisplayPresentSOC = 30 "Display.PresentSOC",
        DisplayMinimumSOC = 31 "Display.MinimumSOC",
        DisplayTargetSOC = 32 "Display.TargetSOC",
        DisplayMaximumSOC = 33 "Display.MaximumSOC",
        DisplayRemainingTimeToMinimumSOC = 34 "Display.RemainingTimeToMinimumSOC",
        DisplayRemainingTimeToTargetSOC = 35 "Display.RemainingTimeToTargetSOC",
        DisplayRemainingTimeToMaximumSOC = 36 "Display.RemainingTimeToMaximumSOC",
        DisplayChargingComplete = 37 "Display.ChargingComplete",
        DisplayBatteryEnergyCapacity = 38 "Display.BatteryEnergyCapacity",
        DisplayInletHot = 39 "Display.InletHot",
        EnergyActiveImportCableLoss = 40 "Energy.Active.Import.CableLoss",
        EnergyActiveImportLocalGenerationRegister = 41 "Energy.Active.Import.LocalGeneration.Register",
        EnergyActiveSetpointInterval = 42 "Energy.Active.Setpoint.Interval",
        EnergyRequestTarget = 43 "EnergyRequest.Target",
        EnergyRequestMinimum = 44 "EnergyRequest.Minimum",
        EnergyRequestMaximum = 45 "EnergyRequest.Maximum",
        EnergyRequestMinimumV2X = 46 "EnergyRequest.Minimum.V2X",
        EnergyRequestMaximumV2X = 47 "EnergyRequest.Maximum.V2X",
        EnergyRequestBulk = 48 "EnergyRequest.Bulk",
        PowerActiveSetpoint = 49 "Power.Active.Setpoint",
        PowerActiveResidual = 50 "Power.Active.Residual",
        PowerExportMinimum = 51 "Power.Export.Minimum",
        PowerExportOffered = 52 "Power.Export.Offered",
        PowerImportOffered = 53 "Power.Import.Offered",
        PowerImportMinimum = 54 "Power.Import.Minimum",
        VoltageMinimum = 55 "Voltage.Minimum",
        VoltageMaximum = 56 "Voltage.Maximum",
    }
    unknown: Some(Self::Unknown),
    v21: 26..=56,
    aliases: {
    }
}

vocabulary! {
    /// `context` of a sampled value.
    ReadingContext {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        InterruptionBegin = 1 "Interruption.Begin",
        InterruptionEnd = 2 "Interruption.End",
        Other = 3 "Other",
        SampleClock = 4 "Sample.Clock",
        SamplePeriodic = 5 "Sample.Periodic",
        TransactionBegin = 6 "Transaction.Begin",
        TransactionEnd = 7 "Transaction.End",
        Trigger = 8 "Trigger",
    }
    unknown: Some(Self::Unknown),
    v21: 255,
    aliases: {
        "Transaction.Start" => TransactionBegin,
        "Transaction.Starting" => TransactionBegin,
    }
}

vocabulary! {
    /// `phase` of a sampled value; absent is the total over all phases.
    Phase {
        L1 = 1 "L1",
        L2 = 2 "L2",
        L3 = 3 "L3",
        N = 4 "N",
        L1N = 5 "L1-N",
        L2N = 6 "L2-N",
        L3N = 7 "L3-N",
        L1L2 = 8 "L1-L2",
        L2L3 = 9 "L2-L3",
        L3L1 = 10 "L3-L1",
        /// Outside the vocabulary.
        Unknown = 11 "Unknown",
    }
    unknown: Some(Self::Unknown),
    v21: 255,
    aliases: {
    }
}

vocabulary! {
    /// `location` of a sampled value.
    Location {
        Body = 1 "Body",
        Cable = 2 "Cable",
        EV = 3 "EV",
        Inlet = 4 "Inlet",
        Outlet = 5 "Outlet",
        Upstream = 6 "Upstream",
        /// Outside the vocabulary.
        Unknown = 7 "Unknown",
    }
    unknown: Some(Self::Unknown),
    v21: 6,
    aliases: {
    }
}

vocabulary! {
    /// `preconditioningStatus` (2.1).
    PreconditioningStatus {
        /// Outside the vocabulary (`Unknown` is a value of OCPP).
        Other = 0 "Other",
        Unknown = 1 "Unknown",
        Ready = 2 "Ready",
        NotReady = 3 "NotReady",
        Preconditioning = 4 "Preconditioning",
    }
    unknown: Some(Self::Other),
    v21: 1..=4,
    aliases: {
    }
}

vocabulary! {
    /// `transactionInfo.operationMode` (2.1).
    OperationMode {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        Idle = 1 "Idle",
        ChargingOnly = 2 "ChargingOnly",
        CentralSetpoint = 3 "CentralSetpoint",
        ExternalSetpoint = 4 "ExternalSetpoint",
        ExternalLimits = 5 "ExternalLimits",
        CentralFrequency = 6 "CentralFrequency",
        LocalFrequency = 7 "LocalFrequency",
        LocalLoadBalancing = 8 "LocalLoadBalancing",
    }
    unknown: Some(Self::Unknown),
    v21: 1..=8,
    aliases: {
    }
}

vocabulary! {
    /// `idToken.type`: closed in 2.0.1, an open list in 2.1.
    TokenType {
        /// Outside the list.
        Other = 0 "Other",
        Central = 1 "Central",
        EMaid = 2 "eMAID",
        ISO14443 = 3 "ISO14443",
        ISO15693 = 4 "ISO15693",
        KeyCode = 5 "KeyCode",
        Local = 6 "Local",
        MacAddress = 7 "MacAddress",
        NoAuthorization = 8 "NoAuthorization",
        DirectPayment = 9 "DirectPayment",
        EVCCID = 10 "EVCCID",
        VIN = 11 "VIN",
    }
    unknown: Some(Self::Other),
    v21: 9..=11,
    aliases: {
    }
}

vocabulary! {
    /// `costDetails.totalCost.typeOfCost` (2.1).
    CostKind {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        NormalCost = 1 "NormalCost",
        MinCost = 2 "MinCost",
        MaxCost = 3 "MaxCost",
    }
    unknown: Some(Self::Unknown),
    v21: 1..=3,
    aliases: {
    }
}

vocabulary! {
    /// `costDetails.chargingPeriods[].dimensions[].type` (2.1).
    DimensionKind {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        Energy = 1 "Energy",
        MaxCurrent = 2 "MaxCurrent",
        MinCurrent = 3 "MinCurrent",
        MaxPower = 4 "MaxPower",
        MinPower = 5 "MinPower",
        IdleTIme = 6 "IdleTIme",
        ChargingTime = 7 "ChargingTime",
    }
    unknown: Some(Self::Unknown),
    v21: 1..=7,
    aliases: {
    }
}

vocabulary! {
    /// `idTokenInfo.status` of a response.
    AuthorizationStatus {
        /// Outside the vocabulary (`Unknown` is a value of OCPP).
        Other = 0 "Other",
        Accepted = 1 "Accepted",
        Blocked = 2 "Blocked",
        ConcurrentTx = 3 "ConcurrentTx",
        Expired = 4 "Expired",
        Invalid = 5 "Invalid",
        NoCredit = 6 "NoCredit",
        NotAllowedTypeEVSE = 7 "NotAllowedTypeEVSE",
        NotAtThisLocation = 8 "NotAtThisLocation",
        NotAtThisTime = 9 "NotAtThisTime",
        Unknown = 10 "Unknown",
    }
    unknown: Some(Self::Other),
    v21: 255,
    aliases: {
        "NotAllowedTypeEVS" => NotAllowedTypeEVSE,
    }
}

vocabulary! {
    /// `format` of a message for the driver.
    MessageFormat {
        /// Missing, or outside the vocabulary.
        Unknown = 0 "Unknown",
        Ascii = 1 "ASCII",
        Html = 2 "HTML",
        Uri = 3 "URI",
        Utf8 = 4 "UTF8",
        QrCode = 5 "QRCODE",
    }
    unknown: Some(Self::Unknown),
    v21: 5,
    aliases: {
    }
}
