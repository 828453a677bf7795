//! What an order's own answer does not tell: its refunds, and what is kept with the customer.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use passerelle_domain::{Failure, FailureKind, OrderId, OrderKey, Rejection, Result};
use serde_json::json;
use serde_json::value::RawValue;

use super::wire::{self, List, Meta};
use super::{ORDERS, WooCommerce, exact, map};
use crate::{FetchedOrder, unreachable};

const CUSTOMERS: &str = "/wp-json/wc/v3/customers";

/// Rows a page of refunds and customers: the most that WooCommerce gives. No order has more than this
/// many pages of refunds.
const ROWS: usize = 100;
const REFUND_PAGES: u64 = 100;

/// An order as far as the shop told it.
pub(super) struct Detailed {
    /// The order; set aside as unreachable if there is a failure.
    pub order: FetchedOrder,
    /// Why something of it could not be fetched now.
    pub failure: Option<Failure>,
}

/// Meta data of customers by their id, or why they could not be fetched.
type Customers = Result<BTreeMap<String, List<Meta>>>;

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
                Failure::rejected("read order", format!("{} page[{i}]", self.config.id), rejection)
            })?;
            orders.push((key, modified_at, wire::read::<wire::Order>(row.get())));
        }
        let customers = match self.customers(&orders, raw).await {
            Err(failure) if failure.kind() == FailureKind::Misconfigured => return Err(failure),
            customers => customers,
        };
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
        Ok((OrderKey { shop: self.config.id.clone(), id }, modified_at))
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
                let shop = self.config.id.as_str();
                return Err(Failure::new(failure.kind(), "fetch customers", shop, failure.to_string()));
            }
        };
        Ok(map::order(&self.config, key, order, &refunds, customer))
    }

    /// Whether something that the order does not tell may be kept with its customer.
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

    async fn customers(
        &self,
        orders: &[(OrderKey, Timestamp, Result<wire::Order, Rejection>)],
        raw: &mut Vec<u8>,
    ) -> Customers {
        let orders = orders.iter().filter_map(|(_, _, order)| order.as_ref().ok());
        let ids: BTreeSet<&str> = orders
            .filter(|order| self.needs_customer(order))
            .map(|order| order.customer_id.as_str())
            .collect();
        let ids: Vec<&str> = ids.into_iter().filter(|id| id.bytes().all(|b| b.is_ascii_digit())).collect();
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
            push_line(raw, &json!({ "customers": rows }).to_string());
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
            push_line(raw, &json!({ "refunds_of": id, "refunds": rows }).to_string());
            if rows.len() < ROWS && answer.count("x-wp-totalpages").is_none_or(|pages| pages <= page) {
                break;
            }
        }
        Ok(Ok(refunds))
    }
}

/// Adds one line of JSON. Line ends in JSON can only stand between its parts, where a space does too.
pub(super) fn push_line(raw: &mut Vec<u8>, json: &str) {
    raw.extend(json.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { byte }));
    raw.push(b'\n');
}
