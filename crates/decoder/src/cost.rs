//! `costDetails` of OCPP 2.1: what the station itself calculated. Kept as sent; nothing is summed or checked here.

use wattledger_record::Decimal6;

use crate::event::{Amount, Timestamp};
use crate::slots::{Arena, List, Part, Slot, Span, SpelledSlot};
use crate::vocabulary::{CostKind, DimensionKind, Spelled};

/// CostDetailsType.
#[derive(Debug, Clone, Copy)]
pub struct CostDetails<'a> {
    /// `totalCost`.
    pub total_cost: Option<TotalCost<'a>>,
    /// `totalUsage`.
    pub total_usage: Option<TotalUsage<'a>>,
    /// `chargingPeriods`.
    pub charging_periods: List<'a, PeriodSlot>,
    /// `failureToCalculate`.
    pub failure_to_calculate: Option<bool>,
    /// `failureReason`.
    pub failure_reason: Option<&'a str>,
}

/// TotalCostType.
#[derive(Debug, Clone, Copy)]
pub struct TotalCost<'a> {
    /// `currency`, ISO 4217.
    pub currency: Option<&'a str>,
    /// `typeOfCost`.
    pub type_of_cost: Option<Spelled<'a, CostKind>>,
    /// `total`.
    pub total: Option<Price<'a>>,
    /// `fixed`.
    pub fixed: Option<Price<'a>>,
    /// `energy`.
    pub energy: Option<Price<'a>>,
    /// `chargingTime`.
    pub charging_time: Option<Price<'a>>,
    /// `idleTime`.
    pub idle_time: Option<Price<'a>>,
    /// `reservationTime`.
    pub reservation_time: Option<Price<'a>>,
    /// `reservationFixed`.
    pub reservation_fixed: Option<Price<'a>>,
}

/// PriceType and TotalPriceType.
#[derive(Debug, Clone, Copy)]
pub struct Price<'a> {
    /// `exclTax`.
    pub excl_tax: Option<Amount<'a>>,
    /// `inclTax`.
    pub incl_tax: Option<Amount<'a>>,
    /// `taxRates`; empty in a total.
    pub tax_rates: List<'a, TaxRateSlot>,
}

/// TotalUsageType.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TotalUsage<'a> {
    /// `energy`, Wh.
    pub energy_wh: Option<Amount<'a>>,
    /// `chargingTime`, s.
    pub charging_time_s: Option<i64>,
    /// `idleTime`, s.
    pub idle_time_s: Option<i64>,
    /// `reservationTime`, s.
    pub reservation_time_s: Option<i64>,
}

/// TaxRateType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaxRate<'a> {
    /// `type`; empty where missing.
    pub tax_type: &'a str,
    /// `tax`, percent.
    pub tax: Option<Amount<'a>>,
    /// `stack`; absent means 0.
    pub stack: Option<i64>,
}

/// ChargingPeriodType.
#[derive(Debug, Clone, Copy)]
pub struct ChargingPeriod<'a> {
    /// `startPeriod`.
    pub start_period: Timestamp<'a>,
    /// `dimensions`.
    pub dimensions: List<'a, DimensionSlot>,
    /// `tariffId`.
    pub tariff_id: Option<&'a str>,
}

/// CostDimensionType.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimension<'a> {
    /// `type`.
    pub kind: Option<Spelled<'a, DimensionKind>>,
    /// `volume`; energy in Wh.
    pub volume: Option<Amount<'a>>,
}

/// An [`Amount`] in the scratch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AmountSlot {
    pub(crate) text: Span,
    pub(crate) value: Option<Decimal6>,
}

impl AmountSlot {
    pub(crate) fn amount(self, arena: Arena<'_>) -> Amount<'_> {
        Amount { text: arena.text(self.text), value: self.value }
    }
}

/// How a [`TaxRate`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct TaxRateSlot {
    pub(crate) tax_type: Span,
    pub(crate) tax: Option<AmountSlot>,
    pub(crate) stack: Option<i64>,
}

impl Slot for TaxRateSlot {
    type Item<'a> = TaxRate<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> TaxRate<'a> {
        TaxRate {
            tax_type: arena.text(self.tax_type),
            tax: self.tax.map(|slot| slot.amount(arena)),
            stack: self.stack,
        }
    }
}

/// How a [`ChargingPeriod`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct PeriodSlot {
    pub(crate) micros: Option<wattledger_record::Micros>,
    pub(crate) month: u32,
    pub(crate) text: Option<Span>,
    pub(crate) dimensions: Part,
    pub(crate) tariff_id: Option<Span>,
}

impl Slot for PeriodSlot {
    type Item<'a> = ChargingPeriod<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> ChargingPeriod<'a> {
        let text = self.text.map(|span| arena.text(span));
        ChargingPeriod {
            start_period: Timestamp { micros: self.micros, text, month: self.month },
            dimensions: List::part(arena, &arena.slots().dimensions, self.dimensions),
            tariff_id: self.tariff_id.map(|span| arena.text(span)),
        }
    }
}

/// How a [`Dimension`] lies in the scratch.
#[derive(Debug, Clone, Copy)]
pub struct DimensionSlot {
    pub(crate) kind: Option<SpelledSlot<DimensionKind>>,
    pub(crate) volume: Option<AmountSlot>,
}

impl Slot for DimensionSlot {
    type Item<'a> = Dimension<'a>;

    fn item<'a>(&self, arena: Arena<'a>) -> Dimension<'a> {
        Dimension {
            kind: self.kind.map(|slot| slot.spelled(arena)),
            volume: self.volume.map(|slot| slot.amount(arena)),
        }
    }
}
