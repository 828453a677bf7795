//! Whole cents for amounts that the shop keeps with more decimals.
//!
//! A shop whose prices include tax, that sells by weight or that rounds tax at the subtotal keeps lines
//! like 8.333333 and rounds only their sum. Asked for six decimals (`dp=6`) it shows them; each is
//! then cut to cents, and the cents that the shop's own total has more go to the largest remainders.
//! So every line is less than a cent from what the shop keeps, and the sum is the shop's. Where the
//! exact amounts do not come to the total within a cent nothing is spread: the order is then set
//! aside because its parts do not add up.

use std::collections::BTreeMap;

use passerelle_domain::{Money, Rejection};
use rust_decimal::{Decimal, RoundingStrategy};

use super::{decimal, wire};

/// The lines and charges of an order by their id.
pub(super) struct Cents(BTreeMap<String, Part>);

/// A line or charge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// Without VAT, as the shop keeps it.
    pub exact_net: Decimal,
    /// The VAT, as the shop keeps it.
    pub exact_vat: Decimal,
    /// Without VAT.
    pub net: Money,
    /// The VAT.
    pub vat: Money,
}

impl Cents {
    /// The parts of an order with these totals (`total` with VAT).
    ///
    /// # Errors
    /// An amount that is no number.
    pub fn of(wire: &wire::Order, total: Money, vat_total: Money) -> Result<Self, Rejection> {
        let mut ids = Vec::new();
        let mut nets = Vec::new();
        let mut vats = Vec::new();
        let mut add = |at: String, id: &wire::Text, net: &wire::Text, vat: &wire::Text| {
            nets.push(decimal(&format!("{at}.total"), net)?.unwrap_or_default());
            vats.push(decimal(&format!("{at}.total_tax"), vat)?.unwrap_or_default());
            ids.push(id.as_str().to_owned());
            Ok::<_, Rejection>(())
        };
        for (i, line) in wire.line_items.0.iter().enumerate() {
            add(format!("line_items[{i}]"), &line.id, &line.total, &line.total_tax)?;
        }
        for (name, list) in [("shipping_lines", &wire.shipping_lines), ("fee_lines", &wire.fee_lines)] {
            for (i, line) in list.0.iter().enumerate() {
                add(format!("{name}[{i}]"), &line.id, &line.total, &line.total_tax)?;
            }
        }
        let net_cents = spread(&nets, total - vat_total);
        let vat_cents = spread(&vats, vat_total);
        let exact = nets.into_iter().zip(vats);
        let parts = exact
            .zip(net_cents.into_iter().zip(vat_cents))
            .map(|((exact_net, exact_vat), (net, vat))| Part { exact_net, exact_vat, net, vat });
        Ok(Self(ids.into_iter().zip(parts).collect()))
    }

    /// A line or charge.
    ///
    /// # Errors
    /// When there is none, which is only without an id.
    pub fn part(&self, id: &str, at: &str) -> Result<Part, Rejection> {
        let missing = || Rejection::new("missing", format!("{at}.id"), id, "has no value");
        self.0.get(id).copied().ok_or_else(missing)
    }

    /// What a refund takes back of a line or charge: all of it, or the nearest cent but no more than
    /// it has.
    ///
    /// # Errors
    /// As a sentence, when it is no amount.
    pub fn refunded(&self, id: &str, net: Decimal, vat: Decimal) -> Result<(Money, Money), String> {
        let (rounded_net, rounded_vat) = (nearest(net)?, nearest(vat)?);
        let Some(part) = self.0.get(id) else { return Ok((rounded_net, rounded_vat)) };
        let of = |exact: Decimal, whole: Decimal, rounded: Money, cents: Money| {
            if exact == whole || (exact < whole && rounded > cents) { cents } else { rounded }
        };
        Ok((of(net, part.exact_net, rounded_net, part.net), of(vat, part.exact_vat, rounded_vat, part.vat)))
    }
}

/// The nearest cent.
///
/// # Errors
/// As a sentence, when it is out of range.
pub(super) fn nearest(amount: Decimal) -> Result<Money, String> {
    Money::round(amount).map_err(|error| error.to_string())
}

const ONE_CENT: Money = Money::from_cents(1);

/// Amounts in whole cents that come to `total` where that is less than a cent from their exact sum;
/// else each rounded by itself.
fn spread(exact: &[Decimal], total: Money) -> Vec<Money> {
    let rounded = || exact.iter().map(|&amount| nearest(amount).unwrap_or(Money::ZERO)).collect();
    let sum: Decimal = exact.iter().sum();
    let off = (sum - total.to_decimal()).abs();
    let whole = |amount: &Decimal| amount.round_dp(2) == *amount;
    if off >= ONE_CENT.to_decimal() || exact.iter().all(whole) {
        return rounded();
    }
    let floor = |amount: &Decimal| amount.round_dp_with_strategy(2, RoundingStrategy::ToNegativeInfinity);
    let mut cents: Vec<Money> =
        exact.iter().map(|amount| nearest(floor(amount)).unwrap_or(Money::ZERO)).collect();
    let missing = usize::try_from((total - cents.iter().copied().sum()).cents());
    // The largest remainder first; of equal ones, the first in the order.
    let mut places: Vec<usize> = (0..exact.len()).filter(|&i| !whole(&exact[i])).collect();
    places.sort_by_key(|&i| std::cmp::Reverse(exact[i] - floor(&exact[i])));
    let Some(places) = missing.ok().and_then(|missing| places.get(..missing)) else { return rounded() };
    for &i in places {
        cents[i] += ONE_CENT;
    }
    cents
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn spread_texts(amounts: &[&str], total: &str) -> Vec<String> {
        let exact: Vec<Decimal> = amounts.iter().map(|text| text.parse().expect("a number")).collect();
        let cents = spread(&exact, total.parse().expect("an amount"));
        cents.into_iter().map(|amount| amount.to_string()).collect()
    }

    #[test]
    fn missing_cents_go_to_the_largest_remainders() {
        assert_eq!(spread_texts(&["8.333333", "8.333333", "8.333333"], "25.00"), ["8.34", "8.33", "8.33"]);
        assert_eq!(spread_texts(&["16.02966", "5.004"], "21.03"), ["16.03", "5.00"]);
        assert_eq!(spread_texts(&["10.00", "3.336", "3.336"], "16.67"), ["10.00", "3.34", "3.33"]);
        assert_eq!(spread_texts(&["10.005", "-3.335"], "6.67"), ["10.01", "-3.34"]);
    }

    #[test]
    fn whole_cents_stay_even_where_they_miss_the_total() {
        assert_eq!(spread_texts(&["8.33", "8.33"], "16.67"), ["8.33", "8.33"]);
    }

    #[test]
    fn nothing_is_bent_to_a_total_that_is_a_cent_away() {
        assert_eq!(spread_texts(&["34.461", "34.461"], "69.10"), ["34.46", "34.46"]);
    }

    proptest! {
        #[test]
        fn a_total_that_is_the_rounded_sum_is_always_met(
            micros in prop::collection::vec(-50_000_000i64..50_000_000, 0..30),
        ) {
            let exact: Vec<Decimal> = micros.iter().map(|&micro| Decimal::new(micro, 6)).collect();
            let total = nearest(exact.iter().sum()).expect("in range");
            let cents = spread(&exact, total);
            prop_assert_eq!(cents.iter().copied().sum::<Money>(), total);
            for (exact, cents) in exact.iter().zip(cents) {
                prop_assert!((exact - cents.to_decimal()).abs() < Decimal::new(1, 2));
            }
        }
    }
}
