use jiff::Timestamp;
use passerelle_domain::{Money, OrderId, OrderState, ShopId};
use proptest::prelude::*;

use super::*;
use crate::erp_files::erp_files;
use crate::prestashop::wire::*;

#[path = "map_goods_tests.rs"]
mod goods;

macro_rules! fixture {
    ($($part:literal),+) => {
        include_bytes!(concat!("../../../../tests/fixtures/prestashop/", $($part),+)).as_slice()
    };
}

fn config(more: &str) -> Config {
    toml::from_str(more).expect("a configuration")
}

fn reference() -> Reference {
    let mut reference = Reference::default();
    for (resource, body) in [
        (ORDER_STATES, fixture!("order_states.xml")),
        (CURRENCIES, fixture!("currencies.xml")),
        (COUNTRIES, fixture!("countries.xml")),
        (CARRIERS, fixture!("carriers.xml")),
        (TAXES, fixture!("taxes.xml")),
    ] {
        reference.add(resource, rows(body, resource).expect("rows"));
    }
    reference
}

fn map_with(config: &Config, dossier: &Dossier) -> Result<Order, Rejection> {
    let zone = config.zone().expect("a zone");
    let id = OrderId::new(dossier.order.id()).or_else(|_| OrderId::new("0")).expect("an id");
    let key = OrderKey { shop: ShopId::new("rungis").expect("a name"), id };
    order(config, &zone, &reference(), &key, dossier)
}

fn map(dossier: &Dossier) -> Result<Order, Rejection> {
    map_with(&config(""), dossier)
}

fn money(text: &str) -> Money {
    text.parse().expect("an amount")
}

/// A row of these fields; of a field that comes twice the first counts.
fn row(resource: Resource, fields: &[(&str, &str)], more: &str) -> Row {
    let fields: String =
        fields.iter().map(|(name, value)| format!("<{name}><![CDATA[{value}]]></{name}>")).collect();
    let Resource { list, item, .. } = resource;
    let body = format!(
        "<prestashop><{list}><{item}>{fields}<associations>{more}</associations></{item}></{list}></prestashop>"
    );
    rows(body.as_bytes(), resource).expect("rows").remove(0)
}

fn with<'a>(own: &[(&'a str, &'a str)], usual: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    own.iter().chain(usual).copied().collect()
}

/// An order 7 of lines `(id, quantity, net, with VAT)`, with these fields.
fn dossier(fields: &[(&str, &str)], lines: &[(&str, &str, &str, &str)]) -> Dossier {
    let usual = [
        ("id", "7"),
        ("id_address_delivery", "5"),
        ("id_address_invoice", "5"),
        ("id_currency", "1"),
        ("id_customer", "2"),
        ("current_state", "2"),
        ("module", "ps_wirepayment"),
        ("payment", "Virement"),
        ("reference", "ABCDEFGHI"),
        ("date_add", "2026-11-24 02:57:44"),
        ("date_upd", "2026-11-24 02:57:44"),
    ];
    let order_rows: String =
        lines.iter().map(|(id, ..)| format!("<order_row><id>{id}</id></order_row>")).collect();
    let details = lines.iter().map(|(id, quantity, net, gross)| {
        let fields = [
            ("id", *id),
            ("id_order", "7"),
            ("product_id", *id),
            ("product_name", "Tomates"),
            ("product_reference", "TOM-6"),
            ("product_quantity", *quantity),
            ("total_price_tax_excl", *net),
            ("total_price_tax_incl", *gross),
        ];
        row(ORDER_DETAILS, &fields, "")
    });
    let address = row(ADDRESSES, &[("id", "5"), ("company", "Bistrot"), ("id_country", "8")], "");
    let own = row(ORDERS, &with(fields, &usual), &format!("<order_rows>{order_rows}</order_rows>"));
    Dossier {
        details: details.collect(),
        slips: Vec::new(),
        payments: Vec::new(),
        promotions: Vec::new(),
        rules: Vec::new(),
        siblings: vec![own.clone()],
        messages: Vec::new(),
        customer: Some(row(CUSTOMERS, &[("id", "2"), ("firstname", "Léa"), ("lastname", "Roux")], "")),
        billing: Some(address.clone()),
        delivery: Some(address),
        order: own,
    }
}

fn totals<'a>(net: &'a str, gross: &'a str) -> [(&'a str, &'a str); 2] {
    [("total_paid_tax_excl", net), ("total_paid_tax_incl", gross)]
}

fn voucher(id: &str, net: &str, gross: &str, more: &[(&str, &str)]) -> Row {
    let fields = [
        ("id", id),
        ("id_order", "7"),
        ("id_cart_rule", id),
        ("name", "Bon"),
        ("value_tax_excl", net),
        ("value", gross),
    ];
    row(ORDER_CART_RULES, &with(more, &fields), "")
}

fn slip(fields: &[(&str, &str)], lines: &[(&str, &str, &str, &str)]) -> Row {
    let usual = [
        ("id", "1"),
        ("id_order", "7"),
        ("date_add", "2026-11-24 03:00:00"),
        ("date_upd", "2026-11-24 03:00:00"),
    ];
    let lines: String = lines.iter().map(|(id, quantity, net, gross)| format!(
        "<order_slip_detail><id_order_detail>{id}</id_order_detail><product_quantity>{quantity}</product_quantity>\
         <amount_tax_excl>{net}</amount_tax_excl><amount_tax_incl>{gross}</amount_tax_incl></order_slip_detail>"
    )).collect();
    row(ORDER_SLIPS, &with(fields, &usual), &format!("<order_slip_details>{lines}</order_slip_details>"))
}

fn payment(id: &str, amount: &str, means: &str) -> Row {
    row(ORDER_PAYMENTS, &[("id", id), ("amount", amount), ("payment_method", means)], "")
}

fn of(rows: &[Row], field: &str, value: &str) -> Vec<Row> {
    rows.iter().filter(|row| row.text(field) == value).cloned().collect()
}

/// The dossiers of captured answers.
macro_rules! captured {
    ($folder:literal) => {{
        let orders = rows(fixture!($folder, "orders.xml"), ORDERS).expect("orders");
        let details = rows(fixture!($folder, "order_details.xml"), ORDER_DETAILS).expect("lines");
        let slips = rows(fixture!($folder, "order_slip.xml"), ORDER_SLIPS).expect("slips");
        let payments = rows(fixture!($folder, "order_payments.xml"), ORDER_PAYMENTS).expect("payments");
        let promotions = rows(fixture!($folder, "order_cart_rules.xml"), ORDER_CART_RULES).expect("vouchers");
        let customers = rows(fixture!($folder, "customers.xml"), CUSTOMERS).expect("customers");
        let addresses = rows(fixture!($folder, "addresses.xml"), ADDRESSES).expect("addresses");
        let find = |rows: &[Row], id: &str| rows.iter().find(|row| row.id() == id).cloned();
        let dossiers: Vec<Dossier> = orders
            .iter()
            .map(|order| Dossier {
                details: of(&details, "id_order", order.id()),
                slips: of(&slips, "id_order", order.id()),
                payments: of(&payments, "order_reference", order.text("reference")),
                promotions: of(&promotions, "id_order", order.id()),
                rules: Vec::new(),
                siblings: of(&orders, "reference", order.text("reference")),
                messages: Vec::new(),
                customer: find(&customers, order.text("id_customer")),
                billing: find(&addresses, order.text("id_address_invoice")),
                delivery: find(&addresses, order.text("id_address_delivery")),
                order: order.clone(),
            })
            .collect();
        dossiers
    }};
}

#[test]
fn the_captured_orders() {
    let dossiers = captured!("");
    let orders: BTreeMap<String, _> = dossiers
        .iter()
        .map(|dossier| {
            let order = map(dossier);
            let shown = order.map_or_else(
                |rejection| serde_json::json!({ "rejected": rejection.in_full() }),
                |order| serde_json::to_value(order).expect("JSON"),
            );
            (dossier.order.id().to_owned(), shown)
        })
        .collect();
    insta::assert_json_snapshot!(orders);
}

/// What another crate takes from here: written anew with `UPDATE_FIXTURES=1`.
#[test]
fn an_order_with_coupons_payments_delivery_refund_and_company() {
    let mut dossier = captured!("b2b/").remove(0);
    dossier.rules = rows(fixture!("b2b/cart_rules.xml"), CART_RULES).expect("rules");
    dossier.messages = rows(fixture!("b2b/messages.xml"), MESSAGES).expect("messages");
    let order = map(&dossier).expect("understood");
    assert_eq!(order.customer.code.as_ref().map(|code| code.as_str()), Some("C00042"));
    assert_eq!(order.customer.siret.as_ref().map(|siret| siret.as_str()), Some("40483304800022"));
    assert_eq!((order.total, order.total_after_refunds()), (money("222.94"), money("190.56")));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/prestashop/b2b/order.json");
    let json = serde_json::to_string_pretty(&order).expect("JSON") + "\n";
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(path, &json).expect("written");
    }
    assert_eq!(json, std::fs::read_to_string(path).expect("the fixture"));
    insta::assert_snapshot!(erp_files(&order));
}

#[test]
fn the_total_is_what_the_parts_give_not_total_paid() {
    let order = map(&captured!("")[0]).expect("understood");
    assert_eq!((order.total, order.vat_total), (money("68.20"), money("1.40")));
}

#[test]
fn lines_that_changed_while_they_were_read_are_not_mixed() {
    let mut order =
        dossier(&totals("100.00", "100.00"), &[("1", "1", "50.00", "50.00"), ("2", "1", "50.00", "50.00")]);
    order.details.pop();
    let rejection = map(&order).expect_err("one is missing");
    assert_eq!(
        (rejection.code.as_str(), rejection.value.as_str()),
        ("lines_missing", "the order has 1, 2, order_details has 1")
    );
}

#[test]
fn who_ordered_is_read_from_the_configured_fields() {
    let mut order = dossier(
        &[&totals("1.00", "1.00")[..], &[("wanted", "2026-11-26 00:00:00")]].concat(),
        &[("1", "1", "1.00", "1.00")],
    );
    order.customer = Some(row(
        CUSTOMERS,
        &[
            ("id", "2"),
            ("is_guest", "1"),
            ("lastname", "Roux"),
            ("siret", "12345678900012"),
            ("code", "C00042"),
        ],
        "",
    ));
    let config = config("[fields]\nerp_code = \"customers.code\"\ndelivery_date = \"orders.wanted\"");
    let mapped = map_with(&config, &order).expect("understood");
    assert_eq!(mapped.customer.shop_id, None, "a guest has no account");
    assert_eq!(mapped.customer.code.as_ref().map(|code| code.as_str()), Some("C00042"));
    assert_eq!((mapped.customer.siret, mapped.customer.name.as_str()), (None, "Bistrot"));
    assert_eq!(mapped.wanted_on.map(|day| day.to_string()).as_deref(), Some("2026-11-26"));
    order.billing = None;
    assert_eq!(map(&order).expect_err("no address").field, "orders[7].id_address_invoice");
}

#[test]
fn an_order_of_the_hour_that_comes_twice_has_one_time_whenever_it_is_read() {
    let fields = [&totals("1.00", "1.00")[..], &[("date_add", "2026-10-25 02:30:00")]].concat();
    let order = map(&dossier(&fields, &[("1", "1", "1.00", "1.00")])).expect("understood");
    assert_eq!(order.created_at, "2026-10-25T00:30:00Z".parse::<Timestamp>().expect("a time"));
    assert_eq!(order.state, OrderState::Confirmed);
}

#[test]
fn a_null_date_of_an_order_is_named() {
    let fields = [&totals("1.00", "1.00")[..], &[("date_add", "0000-00-00 00:00:00")]].concat();
    let rejection = map(&dossier(&fields, &[("1", "1", "1.00", "1.00")])).expect_err("no time");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("missing", "orders[7].date_add"));
}

proptest! {
    #[test]
    fn whatever_stands_in_a_field_an_order_is_understood_or_set_aside(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(vec![
            "", "0", "-1", "1e9", "9999999999.999999", "-9999999999", "0.000000000001", "0000-00-00 00:00:00",
            "2026-10-25 02:30:00", "9999-12-31 23:59:59", "101", "beaucoup", "\u{0}<&",
        ])), 1..6),
    ) {
        let dossier = captured!("b2b/").remove(0);
        let mut rows: Vec<Row> = vec![dossier.order.clone()];
        rows.extend([&dossier.details, &dossier.slips, &dossier.payments, &dossier.promotions].into_iter().flatten().cloned());
        for (which, value) in changes {
            let which = which.index(rows.len() * 60);
            let row = &mut rows[which / 60];
            row.spoil(which % 60, value);
        }
        let order = rows.remove(0);
        let take = |count: usize, rows: &mut Vec<Row>| rows.drain(..count).collect::<Vec<_>>();
        let details = take(dossier.details.len(), &mut rows);
        let slips = take(dossier.slips.len(), &mut rows);
        let payments = take(dossier.payments.len(), &mut rows);
        let spoilt = Dossier { order, details, slips, payments, promotions: rows, ..dossier };
        if let Ok(order) = map(&spoilt) {
            order.check().expect("what is understood adds up");
        }
    }
}
