//! Who ordered, where it goes, and when.

use jiff::civil::Date;
use passerelle_domain::{Address, Customer, CustomerCode, Rejection, Siret};
use serde_json::Value;

use super::Parts;
use super::numbers::wrong;
use crate::magento::config::Config;
use crate::magento::wire::{self, Text};

/// The customer: what the order says of it, else what its account says.
pub(super) fn customer(config: &Config, parts: Parts<'_>, wire: &wire::Order) -> Result<Customer, Rejection> {
    let attribute = |code: &str| match parts.customer {
        Some(customer) if !code.is_empty() => (wire::attribute(customer, code), format!("customer.{code}")),
        _ => (Text::default(), String::new()),
    };
    let in_order = |path: &str| (wire::named_text(parts.order, path), path.to_owned());
    let either = |path: &str, code: &str| match in_order(path) {
        (text, _) if text.is_empty() => attribute(code),
        found => found,
    };
    let (code, field) = either(&config.fields.erp_code, &config.customer.erp_code);
    let code = match code.as_str() {
        "" => None,
        text => Some(
            CustomerCode::new(text)
                .map_err(|error| wrong("invalid_customer_code", &field, &code, error.to_string()))?,
        ),
    };
    let (siret, _) = either(&config.fields.siret, &config.customer.siret);
    let taxvat = parts.customer.map(|customer| wire::named_text(customer, "taxvat")).unwrap_or_default();
    let vat_number = [in_order(&config.fields.vat_number).0, wire.billing_address.vat_id.clone(), taxvat]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let person = format!("{} {}", wire.customer_firstname.as_str(), wire.customer_lastname.as_str());
    let names = [
        wire.billing_address.company.as_str(),
        wire.extension_attributes.company_order_attributes.company_name.as_str(),
    ];
    let of_address = name(&wire.billing_address);
    let name = names.into_iter().chain([of_address.as_str(), person.trim()]).find(|name| !name.is_empty());
    Ok(Customer {
        shop_id: (!matches!(wire.customer_id.as_str(), "" | "0")).then(|| wire.customer_id.as_str().into()),
        code,
        name: name.unwrap_or_default().into(),
        email: wire.customer_email.as_str().into(),
        // A wrong SIRET is the customer's typing error; it must not hold up the order.
        siret: Siret::new(siret.as_str()).ok(),
        vat_number: vat_number.as_str().into(),
    })
}

/// The day of delivery.
pub(super) fn wanted_on(config: &Config, order: &Value) -> Result<Option<Date>, Rejection> {
    let text = wire::named_text(order, &config.fields.delivery_date);
    let day = text.as_str().split([' ', 'T']).next().unwrap_or_default();
    if day.is_empty() || day == "0000-00-00" {
        return Ok(None);
    }
    day.parse()
        .map(Some)
        .map_err(|_| wrong("invalid_date", &config.fields.delivery_date, &text, "is no date as 2026-11-24"))
}

/// Where the invoice goes, and where the goods go; without a delivery (a voucher) the same.
pub(super) fn addresses(wire: &wire::Order) -> (Address, Address) {
    let billing = address(&wire.billing_address);
    let assignments = &wire.extension_attributes.shipping_assignments.0;
    let delivery = assignments
        .iter()
        .map(|assignment| address(&assignment.shipping.address))
        .find(|address| !address.is_empty())
        .unwrap_or_default();
    let delivery = crate::address::delivery(delivery, &billing);
    (billing, delivery)
}

fn address(wire: &wire::Address) -> Address {
    let street: Vec<&str> =
        wire.street.0.iter().flat_map(|line| line.as_str().lines()).map(str::trim).collect();
    let mut street = street.into_iter().filter(|line| !line.is_empty());
    Address {
        name: name(wire),
        line1: street.next().unwrap_or_default().into(),
        line2: street.collect::<Vec<_>>().join(", "),
        postcode: wire.postcode.as_str().into(),
        city: wire.city.as_str().into(),
        country: wire.country_id.as_str().to_uppercase(),
        phone: wire.telephone.as_str().into(),
    }
}

fn name(address: &wire::Address) -> String {
    if !address.company.is_empty() {
        return address.company.as_str().into();
    }
    format!("{} {}", address.firstname.as_str(), address.lastname.as_str()).trim().to_owned()
}
