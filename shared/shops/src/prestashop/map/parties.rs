//! Who ordered, and where to.

use jiff::civil::Date;
use passerelle_domain::{Address, Customer, CustomerCode, Rejection, Siret};

use super::{Dossier, Reference};
use crate::prestashop::config::Config;
use crate::prestashop::wire::{self, Row};

/// The billing and the delivery address.
pub(super) fn addresses(reference: &Reference, dossier: &Dossier) -> Result<(Address, Address), Rejection> {
    let find = |field: &str, row: &Option<Row>| match row {
        Some(row) => address(reference, row),
        None => {
            Err(dossier.order.wrong("missing", field, "the shop no longer has this address of the order"))
        }
    };
    let billing = find("id_address_invoice", &dossier.billing)?;
    let delivery = match dossier.order.reference("id_address_delivery") {
        // Nothing to deliver.
        None => billing.clone(),
        Some(_) => find("id_address_delivery", &dossier.delivery)?,
    };
    Ok((billing, delivery))
}

fn address(reference: &Reference, row: &Row) -> Result<Address, Rejection> {
    let country = match row.reference("id_country") {
        None => String::new(),
        Some(id) => {
            let country = reference.get(wire::COUNTRIES, id);
            let country = country.ok_or_else(|| unknown(row, "id_country", wire::COUNTRIES.path))?;
            country.required("iso_code")?.to_uppercase()
        }
    };
    let first = |fields: [&str; 2]| {
        fields.iter().map(|field| row.label(field)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    Ok(Address {
        name: name(row),
        line1: row.label("address1"),
        line2: first(["address2", "other"]),
        postcode: row.label("postcode"),
        city: row.label("city"),
        country,
        phone: first(["phone", "phone_mobile"]),
    })
}

fn unknown(row: &Row, field: &str, resource: &str) -> Rejection {
    row.wrong(
        "unknown_reference",
        field,
        format!("the shop shows none: it is deleted, or the key may not read {resource}"),
    )
}

/// The company, or else the person.
fn name(row: &Row) -> String {
    let company = row.label("company");
    if !company.is_empty() {
        return company;
    }
    format!("{} {}", row.label("firstname"), row.label("lastname")).trim().to_owned()
}

/// Who ordered. The company of the invoice's address comes before the one of the account.
pub(super) fn customer(config: &Config, dossier: &Dossier) -> Result<Customer, Rejection> {
    let row = dossier.customer.as_ref();
    let row = row.ok_or_else(|| {
        dossier.order.wrong("missing", "id_customer", "the shop no longer has the customer")
    })?;
    let code = field(dossier, &config.fields.erp_code);
    let code = match code {
        Some((_, _, "")) | None => None,
        Some((row, field, text)) => Some(
            CustomerCode::new(text).map_err(|e| row.wrong("invalid_customer_code", field, e.to_string()))?,
        ),
    };
    let text = |path| field(dossier, path).map_or("", |(_, _, text)| text);
    let companies = [dossier.billing.as_ref(), Some(row)].into_iter().flatten();
    let company = companies.map(|row| row.label("company")).find(|company| !company.is_empty());
    Ok(Customer {
        shop_id: (!row.flag("is_guest")).then(|| row.id().to_owned()),
        code,
        name: company.unwrap_or_else(|| name(row)),
        email: row.text("email").into(),
        // A wrong SIRET is the customer's typing error; it must not hold up the order.
        siret: Siret::new(text(&config.fields.siret)).ok(),
        vat_number: text(&config.fields.vat_number).into(),
    })
}

/// A field of the configuration: its row, its name there, what it holds.
fn field<'a>(dossier: &'a Dossier, path: &'a str) -> Option<(&'a Row, &'a str, &'a str)> {
    let (resource, field) = path.split_once('.')?;
    let row = match resource {
        "orders" => Some(&dossier.order),
        "customers" => dossier.customer.as_ref(),
        "addresses" => dossier.billing.as_ref(),
        _ => None,
    }?;
    Some((row, field, row.text(field)))
}

/// The day that the customer wants it, where a module keeps it.
pub(super) fn wanted_on(config: &Config, dossier: &Dossier) -> Result<Option<Date>, Rejection> {
    let Some((row, field, text)) = field(dossier, &config.fields.delivery_date) else { return Ok(None) };
    if text.is_empty() || text.starts_with("0000-00-00") {
        return Ok(None);
    }
    let day = text.split([' ', 'T']).next().unwrap_or_default();
    day.parse().map(Some).map_err(|_| row.wrong("invalid_date", field, "is no date as 2026-11-24"))
}

/// The ISO code of the order's currency.
pub(super) fn currency(reference: &Reference, order: &Row) -> Result<String, Rejection> {
    let id = order.required("id_currency")?;
    let currency = reference.get(wire::CURRENCIES, id);
    let currency = currency.ok_or_else(|| unknown(order, "id_currency", wire::CURRENCIES.path))?;
    Ok(currency.required("iso_code")?.to_uppercase())
}
