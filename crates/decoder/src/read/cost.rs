//! `costDetails` (2.1).

use super::Walk;
use super::class::{CostField, DimensionField, PeriodField, PriceField, TaxField, TotalField, UsageField};
use super::field::{Moment, Range, Word};
use super::meter::part;
use crate::bounds::MaxLen;
use crate::code::Code;
use crate::cost::{CostDetails, DimensionSlot, PeriodSlot, Price, TaxRateSlot, TotalCost, TotalUsage};
use crate::event::Amount;
use crate::hashed::Hashed;
use crate::slots::{Arena, List, Part};
use crate::source::Source;
use crate::vocabulary::{CostKind, Spelled};

/// Most tax rates of a price (JSON schema: maxItems).
const TAX_RATES_MAX: usize = 5;

const TARIFF_ID: MaxLen = MaxLen::both(60);

/// CostDetailsType in the making.
#[derive(Default)]
pub(super) struct CostDraft<'a> {
    total_cost: Option<TotalDraft<'a>>,
    total_usage: Option<TotalUsage<'a>>,
    failure_to_calculate: Option<bool>,
    failure_reason: Option<&'a str>,
}

#[derive(Default)]
struct TotalDraft<'a> {
    currency: Option<&'a str>,
    type_of_cost: Option<Spelled<'a, CostKind>>,
    total: Option<PriceDraft<'a>>,
    fixed: Option<PriceDraft<'a>>,
    energy: Option<PriceDraft<'a>>,
    charging_time: Option<PriceDraft<'a>>,
    idle_time: Option<PriceDraft<'a>>,
    reservation_time: Option<PriceDraft<'a>>,
    reservation_fixed: Option<PriceDraft<'a>>,
}

#[derive(Default)]
struct PriceDraft<'a> {
    excl_tax: Option<Amount<'a>>,
    incl_tax: Option<Amount<'a>>,
    tax_rates: Part,
}

impl<'a, C: Source<'a>> Walk<'_, 'a, C> {
    /// CostDetailsType.
    pub(super) fn cost_details(&mut self) -> (CostDraft<'a>, Hashed) {
        let mut cost = CostDraft::default();
        let hashed = self.members(|walk, field, name| match field {
            CostField::TotalCost => walk.object(name, &mut cost.total_cost, Self::total_cost),
            CostField::TotalUsage => walk.object(name, &mut cost.total_usage, Self::total_usage),
            CostField::ChargingPeriods => walk.array(name, |walk| walk.element(Self::period)),
            CostField::FailureToCalculate => walk.boolean(name, &mut cost.failure_to_calculate),
            CostField::FailureReason => walk.plain(name, MaxLen::both(500), &mut cost.failure_reason),
        });
        (cost, hashed)
    }

    fn total_cost(&mut self) -> (TotalDraft<'a>, Hashed) {
        let mut total = TotalDraft::default();
        let hashed = self.members(|walk, field, name| match field {
            TotalField::Currency => walk.plain(name, MaxLen::both(3), &mut total.currency),
            TotalField::TypeOfCost => {
                let mut word = None;
                let hashed = walk.word(name, &mut word);
                total.type_of_cost = word.map(Word::spelled);
                hashed
            }
            TotalField::Total => walk.price(name, true, &mut total.total),
            TotalField::Fixed => walk.price(name, false, &mut total.fixed),
            TotalField::Energy => walk.price(name, false, &mut total.energy),
            TotalField::ChargingTime => walk.price(name, false, &mut total.charging_time),
            TotalField::IdleTime => walk.price(name, false, &mut total.idle_time),
            TotalField::ReservationTime => walk.price(name, false, &mut total.reservation_time),
            TotalField::ReservationFixed => walk.price(name, false, &mut total.reservation_fixed),
        });
        (total, hashed)
    }

    fn price(&mut self, name: &'a str, is_total: bool, out: &mut Option<PriceDraft<'a>>) -> Hashed {
        self.object(name, out, |walk| {
            let mut price = PriceDraft::default();
            let start = walk.scratch.slots.tax_rates.len();
            let hashed = walk.members(|walk, field, name| match field {
                PriceField::ExclTax => walk.amount(name, &mut price.excl_tax),
                PriceField::InclTax => walk.amount(name, &mut price.incl_tax),
                PriceField::TaxRates => {
                    let mut elements = 0;
                    let hashed = walk.array(name, |walk| {
                        elements += 1;
                        walk.element(Self::tax_rate)
                    });
                    if is_total {
                        walk.flag(Code::UnknownProperty, name, "a total has no tax rates");
                        return Hashed::outside_core(hashed.content);
                    }
                    if elements > TAX_RATES_MAX {
                        walk.flag(Code::OutOfRange, name, format_args!("at most {TAX_RATES_MAX}"));
                    }
                    hashed
                }
            });
            price.tax_rates = part(start, walk.scratch.slots.tax_rates.len());
            (price, hashed)
        })
    }

    fn tax_rate(&mut self) -> Hashed {
        let (mut kind, mut tax, mut stack) = (None, None, None);
        let hashed = self.members(|walk, field, name| match field {
            TaxField::Type => walk.text(name, MaxLen::both(20), &mut kind),
            TaxField::Tax => walk.amount_slot(name, &mut tax),
            TaxField::Stack => walk.integer(name, Range::Count, &mut stack),
        });
        if self.has_room(self.scratch.slots.tax_rates.len(), self.limits.elements, "") {
            let tax_type = self.optional_span(kind);
            self.scratch.slots.tax_rates.push(TaxRateSlot { tax_type, tax, stack });
        }
        hashed
    }

    fn total_usage(&mut self) -> (TotalUsage<'a>, Hashed) {
        let mut usage = TotalUsage::default();
        let hashed = self.members(|walk, field, name| match field {
            UsageField::Energy => walk.amount(name, &mut usage.energy_wh),
            UsageField::ChargingTime => walk.integer(name, Range::Int, &mut usage.charging_time_s),
            UsageField::IdleTime => walk.integer(name, Range::Int, &mut usage.idle_time_s),
            UsageField::ReservationTime => walk.integer(name, Range::Int, &mut usage.reservation_time_s),
        });
        (usage, hashed)
    }

    fn period(&mut self) -> Hashed {
        let (mut moment, mut tariff_id) = (None, None);
        let start = self.scratch.slots.dimensions.len();
        let hashed = self.members(|walk, field, name| match field {
            PeriodField::StartPeriod => walk.time(name, moment.insert(Moment::MISSING)),
            PeriodField::Dimensions => walk.array(name, |walk| walk.element(Self::dimension)),
            PeriodField::TariffId => walk.text(name, TARIFF_ID, &mut tariff_id),
        });
        if moment.is_none() {
            self.flag(Code::TimestampMissing, "startPeriod", "");
        }
        if self.has_room(self.scratch.slots.periods.len(), self.limits.elements, "") {
            let moment = moment.unwrap_or(Moment::MISSING);
            let slot = PeriodSlot {
                micros: moment.stamp.micros,
                month: moment.stamp.month,
                text: self.moment_span(moment),
                dimensions: part(start, self.scratch.slots.dimensions.len()),
                tariff_id: tariff_id.map(|piece| self.span(piece)),
            };
            self.scratch.slots.periods.push(slot);
        }
        hashed
    }

    fn dimension(&mut self) -> Hashed {
        let (mut kind, mut volume) = (None, None);
        let hashed = self.members(|walk, field, name| match field {
            DimensionField::Type => walk.word(name, &mut kind),
            DimensionField::Volume => walk.amount_slot(name, &mut volume),
        });
        if self.has_room(self.scratch.slots.dimensions.len(), self.limits.elements, "") {
            let kind = kind.map(|word| self.word_slot(word));
            self.scratch.slots.dimensions.push(DimensionSlot { kind, volume });
        }
        hashed
    }
}

impl<'a> CostDraft<'a> {
    pub(super) fn finish(&self, arena: Arena<'a>) -> CostDetails<'a> {
        CostDetails {
            total_cost: self.total_cost.as_ref().map(|total| total.finish(arena)),
            total_usage: self.total_usage,
            charging_periods: List::new(arena, &arena.slots().periods),
            failure_to_calculate: self.failure_to_calculate,
            failure_reason: self.failure_reason,
        }
    }
}

impl<'a> TotalDraft<'a> {
    fn finish(&self, arena: Arena<'a>) -> TotalCost<'a> {
        let price = |draft: &Option<PriceDraft<'a>>| {
            draft.as_ref().map(|price| Price {
                excl_tax: price.excl_tax,
                incl_tax: price.incl_tax,
                tax_rates: List::part(arena, &arena.slots().tax_rates, price.tax_rates),
            })
        };
        TotalCost {
            currency: self.currency,
            type_of_cost: self.type_of_cost,
            total: price(&self.total),
            fixed: price(&self.fixed),
            energy: price(&self.energy),
            charging_time: price(&self.charging_time),
            idle_time: price(&self.idle_time),
            reservation_time: price(&self.reservation_time),
            reservation_fixed: price(&self.reservation_fixed),
        }
    }
}
