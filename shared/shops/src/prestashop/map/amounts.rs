//! From the shop's six decimals to cents.

use passerelle_domain::{Money, Rejection, VatRate};
use rust_decimal::Decimal;

use crate::prestashop::config::Config;
use crate::prestashop::wire::Row;

/// Half a cent: what rounding may move one figure.
const HALF_A_CENT: Decimal = Decimal::from_parts(5, 0, 0, false, 3);

/// An amount with its VAT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Amount {
    /// Without VAT.
    pub net: Money,
    /// The VAT.
    pub vat: Money,
}

impl Amount {
    /// The amount of two fields, with and without tax, each rounded as a customer would pay it.
    pub fn read(row: &Row, field: &str) -> Result<Self, Rejection> {
        let net = row.money(&format!("{field}_tax_excl"))?;
        Ok(Self { net, vat: row.money(&format!("{field}_tax_incl"))? - net })
    }

    /// Nothing at all.
    pub fn is_zero(self) -> bool {
        self.net.is_zero() && self.vat.is_zero()
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { net: self.net - other.net, vat: self.vat - other.vat }
    }
}

/// Rounds figures to cents so that they add up to `whole`, where that is a matter of rounding only:
/// where it is more, each is rounded by itself, and the sum shows it. `others` is how many more
/// figures were rounded on the way to `whole`.
pub(super) fn fit(exact: &[Decimal], whole: Money, others: u32) -> Vec<Money> {
    let mut cents: Vec<Money> =
        exact.iter().map(|figure| Money::round(*figure).unwrap_or_default()).collect();
    let off = (exact.iter().sum::<Decimal>() - whole.to_decimal()).abs();
    let figures = u32::try_from(exact.len()).unwrap_or(u32::MAX).saturating_add(others);
    let missing = (whole - cents.iter().copied().sum()).cents();
    let count = usize::try_from(missing.unsigned_abs()).unwrap_or(usize::MAX);
    if missing == 0 || off > HALF_A_CENT * Decimal::from(figures) {
        return cents;
    }
    // Those that were rounded furthest the other way, earlier ones first. None falls below zero.
    let step = Money::from_cents(missing.signum());
    let mut places: Vec<usize> =
        (0..exact.len()).filter(|&i| missing > 0 || cents[i] > Money::ZERO).collect();
    places.sort_by_key(|&i| (cents[i].to_decimal() - exact[i]) * Decimal::from(missing.signum()));
    if places.len() < count {
        return cents;
    }
    for &i in places.iter().take(count) {
        cents[i] += step;
    }
    cents
}

/// The rate that made `vat` out of `net`: the one that the shop names if it could have, else the
/// nearest of the configured ones that could have. `units` is how often a price may have been rounded.
pub(super) fn rate(
    config: &Config,
    named: Option<VatRate>,
    net: Decimal,
    vat: Decimal,
    units: Decimal,
) -> Option<VatRate> {
    let rounding = (HALF_A_CENT + HALF_A_CENT) * (units.abs().max(Decimal::ONE) + Decimal::ONE);
    let off = |rate: &VatRate| (net * rate.percent() / Decimal::ONE_HUNDRED - vat).abs();
    if named.is_some_and(|rate| off(&rate) <= rounding) {
        return named;
    }
    if net.is_zero() && vat.is_zero() {
        return Some(named.unwrap_or_default());
    }
    config
        .vat_rates
        .iter()
        .copied()
        .filter(|rate| off(rate) <= rounding)
        .min_by_key(|rate| (off(rate), *rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn exact(text: &str) -> Vec<Decimal> {
        text.split_whitespace().map(|figure| figure.parse().expect("a number")).collect()
    }

    fn fitted(figures: &str, whole: &str) -> String {
        let fitted = fit(&exact(figures), whole.parse().expect("an amount"), 0);
        fitted.iter().map(Money::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn figures_that_are_rounded_add_up_to_what_the_shop_rounded_once() {
        assert_eq!(fitted("1.004 1.004 1.004", "3.01"), "1.01 1.00 1.00");
        assert_eq!(fitted("1.006 1.007 1.006", "3.02"), "1.00 1.01 1.01");
        assert_eq!(fitted("12.900000 7.000000", "19.90"), "12.90 7.00");
        assert_eq!(fitted("0.001 0.005", "0.00"), "0.00 0.00", "nothing falls below zero");
    }

    #[test]
    fn what_is_more_than_rounding_is_left_to_show() {
        assert_eq!(fitted("1240.56", "1240.70"), "1240.56");
        assert_eq!(fitted("", "1.00"), "");
    }

    proptest! {
        #[test]
        fn what_is_only_rounded_always_adds_up(micros in prop::collection::vec(0i64..2_000_000_000, 1..40)) {
            let figures: Vec<Decimal> = micros.iter().map(|n| Decimal::new(*n, 6)).collect();
            let whole = Money::round(figures.iter().sum()).expect("in range");
            let cents = fit(&figures, whole, 1);
            prop_assert_eq!(cents.iter().copied().sum::<Money>(), whole);
            for (cent, figure) in cents.iter().zip(&figures) {
                prop_assert!((cent.to_decimal() - figure).abs() < Decimal::new(2, 2));
                prop_assert!(*cent >= Money::ZERO);
            }
        }
    }
}
