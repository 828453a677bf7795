//! Addresses that a shop leaves incomplete.

use passerelle_domain::Address;

/// An address for delivery, with what it lacks and the shop never asks for there; the billing address
/// where it says nothing.
pub(crate) fn delivery(mut delivery: Address, billing: &Address) -> Address {
    if delivery.is_empty() {
        return billing.clone();
    }
    for (field, fallback) in [
        (&mut delivery.name, &billing.name),
        (&mut delivery.country, &billing.country),
        (&mut delivery.phone, &billing.phone),
    ] {
        if field.is_empty() {
            field.clone_from(fallback);
        }
    }
    delivery
}
