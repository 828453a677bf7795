//! What an order's own answer does not tell: its refunds, and what is kept with the customer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, OrderId, OrderKey, Rejection, Result};
use serde::Serialize;
use serde_json::value::RawValue;

use super::wire::{self, List, Meta};
use super::{ORDERS, WooCommerce, exact, map};
use crate::{FetchedOrder, unreachable};

const CUSTOMERS: &str = "/wp-json/wc/v3/customers";

/// Rows a page of refunds and customers: the most that WooCommerce shows. No order has more than this
/// many pages of refunds.
const ROWS: usize = 100;
const REFUND_PAGES: u64 = 100;

/// An order as far as the shop showed it.
pub(super) struct Detailed {
    /// The order; set aside as unreachable if there is a failure.
    pub order: FetchedOrder,
    /// Why something of it could not be fetched now.
    pub failure: Option<Failure>,
}

/// Meta data of customers by their id, or why they could not be fetched.
type Customers = Result<BTreeMap<String, List<Meta>>>;

/// An order as it was read, before all about it is fetched.
type ReadOrder = (OrderKey, Timestamp, Result<wire::Order, Rejection>);

impl WooCommerce {
    /// Understands orders, and fetches what their answers do not tell. What was read goes to `raw`.
    ///
    /// # Errors
    /// When not even an order's id and time can be read (rejected), or the secret is refused.
    pub(super) async fn understand(
        &self,
        rows: &[Box<RawValue>],
        raw: &mut Vec<u8>,
    ) -> Result<Vec<Detailed>> {
        let mut orders = Vec::with_capacity(rows.len());
        for (i, row) in rows.iter().enumerate() {
            push_line(raw, row.get());
            let (key, modified_at) = self.head(row.get()).map_err(|rejection| {
                Failure::rejected("read order", format!("{} page[{i}]", self.shop.id), rejection)
            })?;
            orders.push((key, modified_at, wire::read::<wire::Order>(row.get())));
        }
        let customers = match self.customers(&orders, raw).await {
            Err(failure) if failure.kind() == FailureKind::Misconfigured => return Err(failure),
            customers => customers,
        };
        self.warn_of_missing_codes(&orders, &customers);
        let mut detailed = Vec::with_capacity(orders.len());
        for (key, modified_at, order) in orders {
            let order = match order {
                Err(rejection) => Ok(Err(rejection)),
                Ok(order) => self.detail(&key, &order, &customers, raw).await,
            };
            detailed.push(match order {
                Ok(order) => Detailed { order: FetchedOrder { key, modified_at, order }, failure: None },
                Err(failure) if failure.kind() == FailureKind::Misconfigured => return Err(failure),
                Err(failure) => {
                    let order = FetchedOrder { key, modified_at, order: Err(unreachable(&failure)) };
                    Detailed { order, failure: Some(failure) }
                }
            });
        }
        Ok(detailed)
    }

    fn head(&self, answer: &str) -> Result<(OrderKey, Timestamp), Rejection> {
        let head: wire::Head = wire::read(answer)?;
        let id = OrderId::new(head.id.as_str())
            .map_err(|error| Rejection::new("unreadable", "id", head.id.as_str(), error.to_string()))?;
        let modified_at = map::instant("date_modified_gmt", &head.date_modified_gmt)?;
        Ok((OrderKey { shop: self.shop.id.clone(), id }, modified_at))
    }

    async fn detail(
        &self,
        key: &OrderKey,
        order: &wire::Order,
        customers: &Customers,
        raw: &mut Vec<u8>,
    ) -> Result<Result<passerelle_domain::Order, Rejection>> {
        let refunds = match self.refunds(&key.id, order, raw).await? {
            Ok(refunds) => refunds,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let nobody = List::default();
        let customer = match (self.needs_customer(order), customers) {
            (false, _) => &nobody,
            (true, Ok(customers)) => customers.get(order.customer_id.as_str()).unwrap_or(&nobody),
            (true, Err(failure)) => {
                let shop = self.shop.id.as_str();
                return Err(Failure::new(failure.kind(), "fetch customers", shop, failure.to_string()));
            }
        };
        Ok(map::order(&self.config, key, order, &refunds, customer))
    }

    /// Whether something that the order does not have may be kept with its customer.
    fn needs_customer(&self, order: &wire::Order) -> bool {
        let keys = &self.config.customer_meta;
        let asked = [
            (&keys.erp_code, &self.config.meta.erp_code),
            (&keys.siret, &self.config.meta.siret),
            (&keys.vat_number, &self.config.meta.vat_number),
        ];
        !matches!(order.customer_id.as_str(), "" | "0")
            && asked
                .iter()
                .any(|(customer, own)| !customer.is_empty() && order.meta_data.text(own).is_empty())
    }

    /// Says what to check where customers have no code. Their orders are not refused for it here: the ERP's
    /// layout may have a customer for those.
    fn warn_of_missing_codes(&self, orders: &[ReadOrder], customers: &Customers) {
        let (own, key) = (&self.config.meta.erp_code, &self.config.customer_meta.erp_code);
        let Some(customers) = customers.as_ref().ok().filter(|_| !key.is_empty()) else { return };
        let without_code = orders.iter().filter_map(|(_, _, order)| order.as_ref().ok()).filter(|order| {
            let customer = customers.get(order.customer_id.as_str());
            self.needs_customer(order)
                && order.meta_data.text(own).is_empty()
                && customer.is_none_or(|meta| meta.text(key).is_empty())
        });
        let orders = without_code.count();
        if orders > 0 {
            tracing::warn!(
                shop = %self.shop.id, orders, key, check = code_to_check(key),
                "customers have no code of the ERP under customer_meta.erp_code"
            );
        }
    }

    async fn customers(&self, orders: &[ReadOrder], raw: &mut Vec<u8>) -> Customers {
        let orders = orders.iter().filter_map(|(_, _, order)| order.as_ref().ok());
        let ids: BTreeSet<&str> = orders
            .filter(|order| self.needs_customer(order))
            .map(|order| order.customer_id.as_str())
            .collect();
        let ids: Vec<&str> = ids.into_iter().filter(|id| crate::is_number(id)).collect();
        let mut customers = BTreeMap::new();
        for ids in ids.chunks(ROWS) {
            // `role=all`: buyers may be employees with another role than `customer`.
            let query = [
                ("include", ids.join(",")),
                ("per_page", ROWS.to_string()),
                ("role", "all".to_owned()),
                ("_fields", "id,meta_data".to_owned()),
            ];
            let answer = self.http.get("fetch customers", CUSTOMERS).query(query).send().await?;
            let rows: Vec<Box<RawValue>> = answer.json()?;
            push_line(raw, &format!(r#"{{"customers":{}}}"#, as_it_came(&rows)));
            for row in rows {
                // One that cannot be read is as one without meta data.
                if let Ok(customer) = wire::read::<wire::Customer>(row.get()) {
                    customers.insert(customer.id.as_str().to_owned(), customer.meta_data);
                }
            }
        }
        Ok(customers)
    }

    /// The refunds of an order, all pages. One that was thrown away has none any more.
    async fn refunds(
        &self,
        id: &OrderId,
        order: &wire::Order,
        raw: &mut Vec<u8>,
    ) -> Result<Result<Vec<wire::Refund>, Rejection>> {
        let mut refunds = Vec::new();
        if order.refunds.0.is_empty() || order.status.as_str() == "trash" {
            return Ok(Ok(refunds));
        }
        for page in 1..=REFUND_PAGES {
            let query = [("per_page", ROWS.to_string()), ("page", page.to_string()), exact()];
            let path = format!("{ORDERS}/{id}/refunds");
            let answer = self.http.get("fetch refunds", &path).query(query).send().await?;
            let rows: Vec<&RawValue> = answer.json()?;
            for row in &rows {
                match wire::read(row.get()) {
                    Ok(refund) => refunds.push(refund),
                    Err(mut rejection) => {
                        rejection.field = format!("refunds[{}].{}", refunds.len(), rejection.field);
                        return Ok(Err(rejection));
                    }
                }
            }
            push_line(raw, &format!(r#"{{"refunds":{},"refunds_of":"{id}"}}"#, as_it_came(&rows)));
            let is_last = answer.count("x-wp-totalpages").is_none_or(|pages| pages <= page);
            // The count may be wrong: an empty page is the end, too.
            if rows.is_empty() || rows.len() < ROWS && is_last {
                break;
            }
        }
        Ok(Ok(refunds))
    }
}

/// Why a customer's meta data may lack the ERP's code although the shop has it (README, "The customer's code").
fn code_to_check(key: &str) -> &'static str {
    if key.starts_with('_') {
        "WooCommerce answers no customer's meta data under a key that begins with _: use another key"
    } else {
        "is this the key's name, does each customer have it, and is the API key an administrator's?"
    }
}

/// Rows of an answer, not read: `json!` would.
fn as_it_came(rows: &impl Serialize) -> String {
    serde_json::to_string(rows).unwrap_or_default()
}

/// Adds one line of JSON. Line ends in JSON can only stand between its parts, where a space does too.
pub(super) fn push_line(raw: &mut Vec<u8>, json: &str) {
    raw.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    raw.push(b'\n');
}
