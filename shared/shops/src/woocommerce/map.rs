//! From WooCommerce's order to ours: pure functions. A rejection names the shop's own field, so that
//! it can be found in the kept answer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use passerelle_domain::{
    Address, ArticleCode, Charge, ChargeKind, Customer, CustomerCode, Money, Order, OrderKey, OrderLine,
    Promotion, Quantity, Rejection, Siret, UnitPrice, VatRate,
};
use rust_decimal::Decimal;

use super::config::Config;
use super::wire::{self, Text};
use crate::json::shown_text;

mod payments;
mod refunds;
mod rounding;

use rounding::Cents;

/// An order in canonical form, checked. `refunds` and the customer's meta data are the shop's separate
/// answers.
///
/// # Errors
/// The first field that cannot be understood, or what [`Order::checked`] refuses.
pub(super) fn order(
    config: &Config,
    key: &OrderKey,
    wire: &wire::Order,
    refunds: &[wire::Refund],
    customer_meta: &wire::List<wire::Meta>,
) -> Result<Order, Rejection> {
    let rates = Rates::of(wire)?;
    let total = required_money("total", &wire.total)?;
    let vat_total = money("total_tax", &wire.total_tax)?;
    let cents = Cents::of(wire, total, vat_total)?;
    let billing = address(&wire.billing);
    let status = wire.status.as_str();
    let order = Order {
        key: key.clone(),
        number: if wire.number.is_empty() { key.id.to_string() } else { wire.number.as_str().into() },
        state: config.states.meaning(status.strip_prefix("wc-").unwrap_or(status)),
        shop_state: status.into(),
        created_at: instant("date_created_gmt", &wire.date_created_gmt)?,
        currency: required("currency", &wire.currency)?.to_uppercase(),
        customer: customer(config, wire, customer_meta)?,
        delivery: crate::address::delivery(address(&wire.shipping), &billing),
        billing,
        wanted_on: wanted_on(config, wire)?,
        lines: each(&wire.line_items, |i, item| line(config, &rates, &cents, i, item))?,
        charges: charges(&rates, &cents, wire)?,
        promotions: each(&wire.coupon_lines, promotion)?,
        payments: payments::payments(config, wire, total)?,
        refunds: refunds::refunds(&cents, refunds)?,
        note: wire.customer_note.as_str().into(),
        vat_total,
        total,
    };
    if status != "trash" {
        refunds::all_there(wire, &order)?;
    }
    order.checked()
}

/// A time of the shop. Only the GMT fields are read; they carry no suffix.
pub(super) fn instant(field: &str, text: &Text) -> Result<Timestamp, Rejection> {
    let civil: Option<DateTime> = text.as_str().trim_end_matches('Z').parse().ok();
    civil
        .and_then(|time| TimeZone::UTC.to_timestamp(time).ok())
        .ok_or_else(|| wrong("invalid_time", field, text, "is no GMT time as 2026-11-24T01:56:44"))
}

fn each<T, U>(
    list: &wire::List<T>,
    map: impl Fn(usize, &T) -> Result<U, Rejection>,
) -> Result<Vec<U>, Rejection> {
    list.0.iter().enumerate().map(|(i, item)| map(i, item)).collect()
}

fn wrong(code: &str, field: &str, value: &Text, rule: impl Into<String>) -> Rejection {
    Rejection::new(code, field, shown_text(&value.0), rule)
}

fn required<'a>(field: &str, text: &'a Text) -> Result<&'a str, Rejection> {
    if text.is_empty() {
        return Err(wrong("missing", field, text, "has no value"));
    }
    Ok(text.as_str())
}

/// The largest number taken from outside, so that no sum of them can overflow.
const MOST: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0); // 10^10

/// An exact decimal with a dot; nothing for an empty text.
fn decimal(field: &str, text: &Text) -> Result<Option<Decimal>, Rejection> {
    if text.is_empty() {
        return Ok(None);
    }
    let plain = text.as_str().bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let number = if plain { Decimal::from_str_exact(text.as_str()).ok() } else { None };
    match number.filter(|number| number.abs() < MOST) {
        Some(number) => Ok(Some(number)),
        None => {
            Err(wrong("invalid_number", field, text, "is no decimal number with a dot, below 10 000 000 000"))
        }
    }
}

/// An amount; zero for an empty text.
fn money(field: &str, text: &Text) -> Result<Money, Rejection> {
    let amount = decimal(field, text)?.unwrap_or_default();
    Money::from_decimal(amount).map_err(|error| wrong("invalid_amount", field, text, error.to_string()))
}

fn required_money(field: &str, text: &Text) -> Result<Money, Rejection> {
    required(field, text)?;
    money(field, text)
}

/// A name as people read it.
fn plain(text: &Text) -> String {
    wire::plain(text.as_str())
}

/// The VAT rates of an order by their id.
struct Rates<'a>(BTreeMap<&'a str, VatRate>);

impl<'a> Rates<'a> {
    fn of(wire: &'a wire::Order) -> Result<Self, Rejection> {
        let mut rates = BTreeMap::new();
        for (i, tax) in wire.tax_lines.0.iter().enumerate() {
            let field = format!("tax_lines[{i}].rate_percent");
            if let Some(percent) = decimal(&field, &tax.rate_percent)? {
                let rate = VatRate::from_percent(percent)
                    .map_err(|rule| wrong("invalid_vat_rate", &field, &tax.rate_percent, rule))?;
                rates.insert(tax.rate_id.as_str(), rate);
            }
        }
        Ok(Self(rates))
    }

    /// The one rate of a line: that of the tax that was charged.
    fn one(&self, at: &str, taxes: &wire::List<wire::Tax>, vat: Money) -> Result<VatRate, Rejection> {
        let mut charged = Vec::new();
        let mut named = Vec::new();
        for (i, tax) in taxes.0.iter().enumerate() {
            if let Some(amount) = decimal(&format!("{at}.taxes[{i}].total"), &tax.total)? {
                named.push(tax);
                if !amount.is_zero() {
                    charged.push((i, tax));
                }
            }
        }
        match (charged.as_slice(), named.as_slice()) {
            ([(i, tax)], _) => self.0.get(tax.id.as_str()).copied().ok_or_else(|| {
                let rule = "the order's tax_lines have no percentage of this rate";
                wrong("unknown_vat_rate", &format!("{at}.taxes[{i}].id"), &tax.id, rule)
            }),
            // Nothing to tax, as with a gift: the rate that would have applied.
            ([], [tax]) if vat.is_zero() => Ok(self.0.get(tax.id.as_str()).copied().unwrap_or_default()),
            ([], _) if vat.is_zero() => Ok(VatRate::ZERO),
            ([], _) => {
                let rule = "the line has VAT, but no rate in `taxes`";
                Err(Rejection::new("unknown_vat_rate", format!("{at}.taxes"), vat.to_string(), rule))
            }
            _ => {
                let ids: Vec<&str> = charged.iter().map(|(_, tax)| tax.id.as_str()).collect();
                let rule = "the line has several VAT rates";
                Err(Rejection::new("several_vat_rates", format!("{at}.taxes"), ids.join(", "), rule))
            }
        }
    }
}

fn line(
    config: &Config,
    rates: &Rates<'_>,
    cents: &Cents,
    i: usize,
    item: &wire::LineItem,
) -> Result<OrderLine, Rejection> {
    let base = format!("line_items[{i}]");
    let at = |field: &str| format!("{base}.{field}");
    required(&at("quantity"), &item.quantity)?;
    let quantity = decimal(&at("quantity"), &item.quantity)?.unwrap_or_default();
    if quantity < Decimal::ZERO {
        return Err(wrong("invalid_number", &at("quantity"), &item.quantity, "is less than zero"));
    }
    let quantity = Quantity::new(quantity);
    required(&at("total"), &item.total)?;
    let id = required(&at("id"), &item.id)?;
    let part = cents.part(id, &base)?;
    let (net, vat) = (part.net, part.vat);
    let before = decimal(&at("subtotal"), &item.subtotal)?.unwrap_or(part.exact_net);
    // Somebody may have raised the total by hand in the shop: no negative discount, another price.
    let gross = if before > part.exact_net {
        rounding::nearest(before)
            .map_err(|rule| wrong("invalid_amount", &at("subtotal"), &item.subtotal, rule))?
            .max(net)
    } else {
        net
    };
    let article = match item.sku.as_str() {
        "" => None,
        sku => Some(
            ArticleCode::new(sku)
                .map_err(|error| wrong("invalid_article", &at("sku"), &item.sku, error.to_string()))?,
        ),
    };
    let unit = item.meta_data.text(&config.meta.unit);
    Ok(OrderLine {
        id: id.into(),
        article,
        label: plain(&item.name),
        quantity,
        unit: unit.parse().map_err(|rule: String| {
            wrong("invalid_unit", &at(&format!("meta_data.{}", config.meta.unit)), &Text(unit.clone()), rule)
        })?,
        unit_price: UnitPrice::of(gross, quantity),
        gross,
        discount: gross - net,
        net,
        vat_rate: rates.one(&base, &item.taxes, vat)?,
        vat,
    })
}

fn charges(rates: &Rates<'_>, cents: &Cents, wire: &wire::Order) -> Result<Vec<Charge>, Rejection> {
    let lists = [
        (ChargeKind::Delivery, "shipping_lines", &wire.shipping_lines),
        (ChargeKind::Fee, "fee_lines", &wire.fee_lines),
    ];
    let mut charges = Vec::new();
    for (kind, name, list) in lists {
        for (i, line) in list.0.iter().enumerate() {
            let at = format!("{name}[{i}]");
            let id = required(&format!("{at}.id"), &line.id)?;
            let part = cents.part(id, &at)?;
            charges.push(Charge {
                id: id.into(),
                kind,
                label: plain(if line.name.is_empty() { &line.method_title } else { &line.name }),
                net: part.net,
                vat_rate: rates.one(&at, &line.taxes, part.vat)?,
                vat: part.vat,
            });
        }
    }
    Ok(charges)
}

fn promotion(i: usize, coupon: &wire::CouponLine) -> Result<Promotion, Rejection> {
    let field = format!("coupon_lines[{i}].discount");
    // It is already in the lines, and this only says how much: a fraction of a cent is no matter here.
    let amount = decimal(&field, &coupon.discount)?.unwrap_or_default();
    let amount = rounding::nearest(amount.abs())
        .map_err(|rule| wrong("invalid_amount", &field, &coupon.discount, rule))?;
    Ok(Promotion { code: plain(&coupon.code), amount })
}

fn customer(
    config: &Config,
    wire: &wire::Order,
    kept: &wire::List<wire::Meta>,
) -> Result<Customer, Rejection> {
    // The order's own first: it is what the customer was then.
    let text = |own: &str, customer: &str| {
        let text = wire.meta_data.text(own);
        if text.is_empty() && !customer.is_empty() { kept.text(customer) } else { text }
    };
    let keys = &config.customer_meta;
    let code = text(&config.meta.erp_code, &keys.erp_code);
    let code = if code.is_empty() {
        None
    } else {
        let invalid = |error: passerelle_domain::InvalidId| {
            let field = format!("meta_data.{}", config.meta.erp_code);
            wrong("invalid_customer_code", &field, &Text(code.clone()), error.to_string())
        };
        Some(CustomerCode::new(code.as_str()).map_err(invalid)?)
    };
    let shop_id = wire.customer_id.as_str();
    Ok(Customer {
        shop_id: (!matches!(shop_id, "" | "0")).then(|| shop_id.to_owned()),
        code,
        name: name(&wire.billing),
        email: wire.billing.email.as_str().into(),
        // A wrong SIRET is the customer's typing error; it must not hold up the order.
        siret: Siret::new(&text(&config.meta.siret, &keys.siret)).ok(),
        vat_number: text(&config.meta.vat_number, &keys.vat_number),
    })
}

fn wanted_on(config: &Config, wire: &wire::Order) -> Result<Option<Date>, Rejection> {
    let text = wire.meta_data.text(&config.meta.delivery_date);
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let field = format!("meta_data.{}", config.meta.delivery_date);
        wrong("invalid_date", &field, &Text(text), "is no date as 2026-11-24")
    })
}

fn name(address: &wire::Address) -> String {
    if !address.company.is_empty() {
        return plain(&address.company);
    }
    let person = format!("{} {}", plain(&address.first_name), plain(&address.last_name));
    person.trim().to_owned()
}

fn address(wire: &wire::Address) -> Address {
    Address {
        name: name(wire),
        line1: plain(&wire.address_1),
        line2: plain(&wire.address_2),
        postcode: wire.postcode.as_str().into(),
        city: plain(&wire.city),
        country: wire.country.as_str().to_uppercase(),
        phone: wire.phone.as_str().into(),
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
