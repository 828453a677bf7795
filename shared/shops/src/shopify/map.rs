//! From Shopify's order to ours: pure functions. A rejection names the shop's own field, so that it
//! can be found in the kept answer. All amounts are in the shop's currency (`shopMoney`).

use jiff::Timestamp;
use jiff::civil::Date;
use passerelle_domain::{Address, Money, Order, OrderKey, OrderState, Rejection};
use rust_decimal::Decimal;

use super::config::Config;
use super::wire::{self, MoneyBag};
use crate::json::shown_text;

mod customer;
mod lines;
mod payments;
mod refunds;

pub(super) use refunds::needs_edits;

/// An order in canonical form, checked. `edits` are its agreements, where [`needs_edits`] says so.
///
/// # Errors
/// The first field that cannot be understood, or what [`Order::checked`] refuses.
pub(super) fn order(
    config: &Config,
    key: &OrderKey,
    wire: &wire::Order,
    edits: &[wire::Agreement],
) -> Result<Order, Rejection> {
    let total = money("totalPriceSet", &wire.total_price_set)?;
    let billing = wire.billing_address.as_ref().or(wire.shipping_address.as_ref());
    let delivery = wire.shipping_address.as_ref().or(wire.billing_address.as_ref());
    let state = shop_state(wire);
    let parts = lines::parts(config, wire)?;
    let order = Order {
        key: key.clone(),
        number: wire.name.clone(),
        state: config.states.meaning(&state),
        shop_state: state,
        created_at: instant("createdAt", &wire.created_at)?,
        currency: wire.currency_code.clone(),
        customer: customer::customer(wire)?,
        billing: billing.map(address).unwrap_or_default(),
        delivery: delivery.map(address).unwrap_or_default(),
        wanted_on: wanted_on(config, wire)?,
        refunds: refunds::refunds(wire, &parts, edits)?,
        lines: parts.lines,
        charges: parts.charges,
        promotions: parts.promotions,
        payments: payments::payments(wire, total)?,
        note: note(wire),
        vat_total: wire.total_tax_set.as_ref().map_or(Ok(Money::ZERO), |set| money("totalTaxSet", set))?,
        total,
    };
    order.checked()
}

/// The word for an order's state: `cancelled`, `payment_terms` where it is unpaid on terms, else what
/// Shopify calls its financial status, in small letters.
pub(super) fn shop_state(wire: &wire::Order) -> String {
    let status = wire.display_financial_status.as_deref().unwrap_or("PENDING").to_lowercase();
    match status.as_str() {
        _ if wire.cancelled_at.is_some() => "cancelled".into(),
        "pending" if wire.payment_terms.is_some() => "payment_terms".into(),
        _ => status,
    }
}

/// The number at the end of a global id: `gid://shopify/Order/450789469`.
pub(super) fn number(gid: &str) -> Option<u64> {
    gid.rsplit('/').next()?.split('?').next()?.parse().ok()
}

/// The last two parts of a global id: `CompanyLocation/441870438`.
pub(super) fn account(gid: &str) -> String {
    gid.strip_prefix("gid://shopify/").unwrap_or(gid).to_owned()
}

/// A time of the shop: `2026-11-24T01:56:44Z`.
pub(super) fn instant(field: &str, text: &str) -> Result<Timestamp, Rejection> {
    text.parse()
        .map_err(|_| wrong("invalid_time", field, text, "is no time with its offset as 2026-11-24T01:56:44Z"))
}

fn wrong(code: &str, field: &str, value: &str, rule: impl Into<String>) -> Rejection {
    Rejection::new(code, field, shown_text(value), rule)
}

fn id(field: &str, gid: &str) -> Result<String, Rejection> {
    let unreadable = || wrong("unreadable", field, gid, "is no global id that ends in a number");
    number(gid).map(|number| number.to_string()).ok_or_else(unreadable)
}

/// The largest number taken from outside, so that no sum of them can overflow.
const MOST: Decimal = Decimal::from_parts(1_410_065_408, 2, 0, false, 0); // 10^10

fn decimal(field: &str, text: &str) -> Result<Decimal, Rejection> {
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-'));
    let number = if plain { Decimal::from_str_exact(text).ok() } else { None };
    number.filter(|number| number.abs() < MOST).ok_or_else(|| {
        wrong("invalid_number", field, text, "is no decimal number with a dot, below 10 000 000 000")
    })
}

fn money(field: &str, set: &MoneyBag) -> Result<Money, Rejection> {
    let text = &set.shop_money.amount;
    let field = format!("{field}.shopMoney.amount");
    Money::from_decimal(decimal(&field, text)?)
        .map_err(|error| wrong("invalid_amount", &field, text, error.to_string()))
}

fn present(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

fn text(text: Option<&String>) -> String {
    text.map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn address(wire: &wire::Address) -> Address {
    Address {
        name: present(wire.company.as_deref()).or(present(wire.name.as_deref())).unwrap_or_default().into(),
        line1: text(wire.address1.as_ref()),
        line2: text(wire.address2.as_ref()),
        postcode: text(wire.zip.as_ref()),
        city: text(wire.city.as_ref()),
        country: text(wire.country_code_v2.as_ref()).to_uppercase(),
        phone: text(wire.phone.as_ref()),
    }
}

fn attribute<'a>(attributes: &'a [wire::Attribute], key: &str) -> Option<&'a str> {
    let found = attributes.iter().find(|attribute| attribute.key == key)?;
    present(found.value.as_deref())
}

fn wanted_on(config: &Config, wire: &wire::Order) -> Result<Option<Date>, Rejection> {
    let key = config.meta.delivery_date_attribute.as_str();
    let (field, text) = match (&wire.wanted_on, attribute(&wire.custom_attributes, key)) {
        (Some(metafield), _) if !metafield.value.trim().is_empty() => {
            (format!("metafield {}", config.meta.delivery_date), metafield.value.trim())
        }
        (_, Some(text)) => (format!("customAttributes.{key}"), text),
        _ => return Ok(None),
    };
    // Shops' forms write the day with slashes too. A day first is not guessed: 03/04 is ambiguous.
    let day = text.replace('/', "-").parse();
    day.map(Some).map_err(|_| wrong("invalid_date", &field, text, "is no date as 2026-11-24"))
}

/// What the customer wrote, below their own order number, which has no field of its own.
fn note(wire: &wire::Order) -> String {
    let number = present(wire.po_number.as_deref()).map(|number| format!("Commande client {number}"));
    let note = present(wire.note.as_deref()).map(str::to_owned);
    [number, note].into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What a state of the shop means.
impl super::config::States {
    /// Every state not named in the configuration waits.
    pub(super) fn meaning(&self, state: &str) -> OrderState {
        if self.confirmed.iter().any(|name| name == state) {
            OrderState::Confirmed
        } else if self.cancelled.iter().any(|name| name == state) {
            OrderState::Cancelled
        } else {
            OrderState::Pending
        }
    }
}

#[cfg(test)]
#[path = "map_tests.rs"]
mod tests;
