//! The ERP's code of a customer: from the shop, from a list, or made for a record that creates them.

use std::collections::BTreeMap;

use passerelle_domain::{CustomerCode, Siret};

use super::super::texts::file_name;
use super::list::{Beside, List};
use crate::orders::model::{CUSTOMER, CustomerKey, Customers};
use crate::toml_reader::Section;

pub(in super::super) fn customers(section: &mut Section<'_>, beside: Beside<'_>) -> Customers {
    let mut lookup = BTreeMap::new();
    if let Some(list) = beside.list(section, "lookup_file") {
        lookup = keys(&list);
        list.note_faults(section);
    }
    let code =
        |text: &str| CustomerCode::new(text).map(|_| text.to_owned()).map_err(|error| error.to_string());
    let new_code = |text: &str| match code(text) {
        Ok(code) if !code.contains(CUSTOMER) => {
            Err("has no {customer}: all new customers would have the same code".to_owned())
        }
        code => code,
    };
    Customers {
        lookup,
        new_code: section.parsed("new_code", new_code),
        guest_code: section.parsed("guest_code", code),
        records: section.choice("records").unwrap_or_default(),
        file_name: section.parsed("file_name", file_name),
    }
}

fn keys(list: &List) -> BTreeMap<CustomerKey, String> {
    let mut found = BTreeMap::new();
    list.only(&["shop_id", "email", "siret", "code", "name"]);
    let by = [list.find("shop_id"), list.find("email"), list.find("siret")];
    if by.iter().all(Option::is_none) {
        list.fault(1, "has none of the columns shop_id, email and siret");
        return found;
    }
    let Some(code) = list.place("code") else { return found };
    for (line, cells) in list.rows() {
        if let Err(error) = CustomerCode::new(cells[code].as_str()) {
            list.fault(line, error.to_string());
        }
        let cell = |place: Option<usize>| place.map(|i| cells[i].as_str()).filter(|cell| !cell.is_empty());
        let siret =
            cell(by[2]).and_then(|text| Siret::new(text).map_err(|error| list.fault(line, error)).ok());
        let keys = [
            cell(by[0]).map(|id| CustomerKey::ShopId(id.to_owned())),
            cell(by[1]).map(|email| CustomerKey::Email(email.to_lowercase())),
            siret.map(|siret| CustomerKey::Siret(siret.as_str().to_owned())),
        ];
        if by.into_iter().all(|place| cell(place).is_none()) {
            list.fault(line, "names no shop_id, no email and no siret");
        }
        for key in keys.into_iter().flatten() {
            let earlier = found.insert(key.clone(), cells[code].clone());
            if let Some(earlier) = earlier.filter(|earlier| *earlier != cells[code]) {
                let message =
                    format!("{key:?} is the customer {earlier:?} already, and now {:?}", cells[code]);
                list.fault(line, message);
            }
        }
    }
    found
}
