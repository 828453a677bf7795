use passerelle_domain::{Customer, CustomerCode, Rejection, Siret};

use super::{account, present, text, wrong};
use crate::shopify::wire::{self, Codes, Metafield};

/// Who ordered: the company's location where one bought (B2B), else the customer. What a location
/// does not know, its company may, and then the customer.
pub(super) fn customer(wire: &wire::Order) -> Result<Customer, Rejection> {
    let entity = wire.purchasing_entity.as_ref();
    let company = entity.and_then(|entity| entity.company.as_ref());
    let location = entity.and_then(|entity| entity.location.as_ref());
    let customer = wire.customer.as_ref();
    let sources: Vec<(&str, &Codes)> = [
        location.map(|location| ("purchasingEntity.location", &location.codes)),
        company.map(|company| ("purchasingEntity.company", &company.codes)),
        customer.map(|customer| ("customer", &customer.codes)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let first = |of: fn(&Codes) -> Option<&Metafield>| {
        sources.iter().find_map(|(at, codes)| Some((*at, present(Some(&of(codes)?.value))?)))
    };

    let external = location.and_then(|location| present(location.external_id.as_deref()));
    let code = match external {
        Some(code) => Some(("purchasingEntity.location.externalId".to_owned(), code)),
        None => first(|codes| codes.erp_code.as_ref()).map(|(at, code)| (format!("{at}.erpCode"), code)),
    };
    let code = match code {
        None => None,
        Some((field, code)) => {
            let invalid = |error: passerelle_domain::InvalidId| {
                wrong("invalid_customer_code", &field, code, error.to_string())
            };
            Some(CustomerCode::new(code).map_err(invalid)?)
        }
    };
    let registered = location
        .and_then(|location| location.tax_settings.as_ref())
        .and_then(|settings| present(settings.tax_registration_id.as_deref()));
    let vat_number = registered.or(first(|codes| codes.vat_number.as_ref()).map(|(_, number)| number));
    let gid = location.map(|location| &location.id).or(customer.map(|customer| &customer.id));
    let billed = wire.billing_address.as_ref();
    let name = company
        .map(|company| company.name.as_str())
        .or(billed.and_then(|address| present(address.company.as_deref())))
        .or(customer.map(|customer| customer.display_name.as_str()))
        .or(billed.and_then(|address| present(address.name.as_deref())));
    Ok(Customer {
        shop_id: gid.map(|gid| account(gid)),
        code,
        name: present(name).unwrap_or_default().into(),
        email: text(wire.email.as_ref()),
        // A wrong SIRET is somebody's typing error; it must not hold up the order.
        siret: first(|codes| codes.siret.as_ref()).and_then(|(_, siret)| Siret::new(siret).ok()),
        vat_number: vat_number.unwrap_or_default().into(),
    })
}
