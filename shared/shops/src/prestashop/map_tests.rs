use jiff::Timestamp;
use passerelle_domain::{Money, OrderId, OrderState, ShopId};

use super::*;
use crate::ShopConfig;
use crate::prestashop::wire::*;

macro_rules! fixture {
    ($($part:literal),+) => {
        include_bytes!(concat!("../../../../tests/fixtures/prestashop/", $($part),+)).as_slice()
    };
}

fn config(more: &str) -> Config {
    let least = "system = \"prestashop\"\nid = \"rungis\"\nurl = \"https://shop.example\"\nsince = \"2026-01-01T00:00:00Z\"\n";
    match toml::from_str(&format!("{least}{more}")).expect("a configuration") {
        ShopConfig::Prestashop(config) => config,
        other => panic!("{other:?}"),
    }
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
    let id = OrderId::new(dossier.order.id()).expect("an id");
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
                |rejection| serde_json::json!({ "rejected": rejection.to_string() }),
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
}

#[test]
fn the_total_is_what_the_parts_give_not_total_paid() {
    let order = map(&captured!("")[0]).expect("understood");
    assert_eq!((order.total, order.vat_total), (money("68.20"), money("1.40")));
}

#[test]
fn a_price_of_48_twice_with_20_percent_off_and_one_refunded_leaves_38_40() {
    let fields = with(
        &totals("76.80", "76.80"),
        &[("total_discounts_tax_excl", "19.20"), ("total_discounts_tax_incl", "19.20")],
    );
    let mut dossier = dossier(&fields, &[("1", "2", "96.00", "96.00")]);
    dossier.promotions = vec![voucher("4", "19.20", "19.20", &[])];
    // The voucher is kept back: the slip is for less than its line says.
    let told = [
        ("total_products_tax_excl", "48.00"),
        ("total_products_tax_incl", "38.40"),
        ("amount", "48.00"),
        ("order_slip_type", "1"),
    ];
    dossier.slips = vec![slip(&told, &[("1", "1", "48.00", "48.00")])];
    let order = map(&dossier).expect("understood");
    assert_eq!((order.lines[0].discount, order.lines[0].net), (money("19.20"), money("76.80")));
    assert_eq!(order.refunds[0].lines[0].net, money("38.40"));
    assert_eq!(order.total_after_refunds(), money("38.40"));
}

#[test]
fn a_refund_at_full_price_takes_no_more_of_a_line_than_it_cost() {
    let fields = with(
        &totals("76.80", "76.80"),
        &[("total_discounts_tax_excl", "19.20"), ("total_discounts_tax_incl", "19.20")],
    );
    let mut dossier = dossier(&fields, &[("1", "1", "48.00", "48.00"), ("2", "1", "48.00", "48.00")]);
    dossier.promotions = vec![voucher("4", "19.20", "19.20", &[])];
    let told =
        [("total_products_tax_excl", "48.00"), ("total_products_tax_incl", "48.00"), ("amount", "48.00")];
    dossier.slips = vec![slip(&told, &[("1", "1", "48.00", "48.00")])];
    let order = map(&dossier).expect("understood");
    assert_eq!((order.refunds[0].lines[0].net, order.refunds[0].total), (money("38.40"), money("48.00")));
}

#[test]
fn an_amount_that_was_chosen_is_the_refund_and_its_lines_share_it() {
    let mut dossier =
        dossier(&totals("100.00", "120.00"), &[("1", "1", "50.00", "60.00"), ("2", "1", "50.00", "60.00")]);
    let told = [
        ("total_products_tax_excl", "100.00"),
        ("total_products_tax_incl", "120.00"),
        ("amount", "30.00"),
        ("order_slip_type", "2"),
    ];
    dossier.slips = vec![slip(&told, &[("1", "1", "50.00", "60.00"), ("2", "1", "50.00", "60.00")])];
    let order = map(&dossier).expect("understood");
    let refund = &order.refunds[0];
    assert_eq!(refund.total, money("30.00"));
    assert_eq!((refund.lines[0].net, refund.lines[0].vat), (money("12.50"), money("2.50")));
}

#[test]
fn vouchers_for_chosen_articles_are_found_by_their_vat() {
    let lines = [("1", "1", "100.00", "105.50"), ("2", "1", "100.00", "120.00")];
    let fields = with(
        &totals("190.00", "213.50"),
        &[("total_discounts_tax_excl", "10.00"), ("total_discounts_tax_incl", "12.00")],
    );
    let mut own = dossier(&fields, &lines);
    own.promotions = vec![voucher("4", "10.00", "12.00", &[])];
    let order = map(&own).expect("understood");
    let discounts: Vec<Money> = order.lines.iter().map(|line| line.discount).collect();
    assert_eq!(discounts, [Money::ZERO, money("10.00")]);
    assert_eq!((order.lines[0].vat, order.lines[1].vat), (money("5.50"), money("18.00")));

    let fields = with(
        &totals("190.00", "210.50"),
        &[("total_discounts_tax_excl", "10.00"), ("total_discounts_tax_incl", "15.00")],
    );
    let mut impossible = dossier(&fields, &lines);
    impossible.promotions = vec![voucher("4", "10.00", "15.00", &[])];
    let rejection = map(&impossible).expect_err("VAT of 50 %");
    assert_eq!(
        (rejection.code.as_str(), rejection.field.as_str()),
        ("totals_mismatch", "orders[7].total_discounts_tax_incl")
    );
}

#[test]
fn a_voucher_for_one_article_or_a_gift_is_taken_off_that_line() {
    let lines = [("1", "1", "100.00", "105.50"), ("2", "1", "100.00", "105.50")];
    for (bound, discounts) in [("reduction_product", ["0.00", "10.00"]), ("gift_product", ["0.00", "10.00"])]
    {
        let fields = with(
            &totals("190.00", "200.45"),
            &[("total_discounts_tax_excl", "10.00"), ("total_discounts_tax_incl", "10.55")],
        );
        let mut dossier = dossier(&fields, &lines);
        dossier.promotions = vec![voucher("4", "10.00", "10.55", &[])];
        dossier.rules = vec![row(CART_RULES, &[("id", "4"), ("code", "CODE"), (bound, "2")], "")];
        let order = map(&dossier).expect("understood");
        assert_eq!(order.lines.iter().map(|line| line.discount.to_string()).collect::<Vec<_>>(), discounts);
        assert_eq!(order.promotions[0].code, "CODE");
    }
}

#[test]
fn free_delivery_takes_nothing_off_the_goods() {
    let fields = [
        ("total_paid_tax_excl", "100.00"),
        ("total_paid_tax_incl", "105.50"),
        ("total_shipping_tax_excl", "7.00"),
        ("total_shipping_tax_incl", "8.40"),
        ("total_discounts_tax_excl", "7.00"),
        ("total_discounts_tax_incl", "8.40"),
        ("id_carrier", "2"),
    ];
    let mut dossier = dossier(&fields, &[("1", "1", "100.00", "105.50")]);
    dossier.promotions = vec![voucher("4", "7.00", "8.40", &[("free_shipping", "1")])];
    let order = map(&dossier).expect("understood");
    assert_eq!((order.lines[0].discount, order.charges[0].net), (Money::ZERO, Money::ZERO));
    assert_eq!((order.charges[0].label.as_str(), order.promotions[0].amount), ("My carrier", money("7.00")));
}

#[test]
fn a_discount_without_its_vouchers_is_set_aside_with_both_figures() {
    let fields = with(
        &totals("80.00", "80.00"),
        &[("total_discounts_tax_excl", "20.00"), ("total_discounts_tax_incl", "20.00")],
    );
    let mut dossier = dossier(&fields, &[("1", "1", "100.00", "100.00")]);
    dossier.promotions =
        vec![voucher("4", "15.00", "15.00", &[]), voucher("5", "5.00", "5.00", &[("deleted", "1")])];
    let rejection = map(&dossier).expect_err("5.00 are missing");
    assert_eq!(rejection.value, "shop says 20.00, its vouchers give 15.00");
}

#[test]
fn lines_that_the_shop_rounds_only_in_total_add_up() {
    let lines =
        [("1", "1", "1.004", "1.05922"), ("2", "1", "1.004", "1.05922"), ("3", "1", "1.004", "1.05922")];
    let order = map(&dossier(&totals("3.012", "3.17766"), &lines)).expect("understood");
    assert_eq!((order.total, order.vat_total), (money("3.18"), money("0.17")));
}

#[test]
fn what_is_no_matter_of_rounding_is_set_aside_with_both_figures() {
    let order = dossier(&totals("1240.70", "1240.70"), &[("1", "36", "1240.56", "1240.56")]);
    let rejection = map(&order).expect_err("14 cents");
    assert_eq!(
        (rejection.code.as_str(), rejection.value.as_str()),
        ("totals_mismatch", "shop says 1240.70, its parts give 1240.56")
    );
}

#[test]
fn a_rate_is_the_shops_own_or_the_one_that_made_the_amounts() {
    let order =
        map(&dossier(&totals("100.00", "102.10"), &[("1", "1", "100.00", "102.10")])).expect("understood");
    assert_eq!(order.lines[0].vat_rate.to_string(), "2.1");
    let rejection =
        map(&dossier(&totals("100.00", "107.00"), &[("1", "1", "100.00", "107.00")])).expect_err("7 %");
    assert_eq!(
        (rejection.code.as_str(), rejection.value.as_str()),
        ("unknown_vat_rate", "VAT 7.00 on 100.00")
    );
}

#[test]
fn what_is_not_paid_yet_is_promised_by_the_chosen_means() {
    let mut order = dossier(&totals("100.00", "100.00"), &[("1", "1", "100.00", "100.00")]);
    let paid = |order: &Dossier| {
        let payments = map(order).expect("understood").payments;
        payments
            .into_iter()
            .map(|payment| format!("{} {}", payment.method, payment.amount))
            .collect::<Vec<_>>()
    };
    assert_eq!(paid(&order), ["ps_wirepayment 100.00"]);
    order.payments = vec![payment("2", "30.00", "virement"), payment("1", "20.00", "Carte cadeau")];
    assert_eq!(paid(&order), ["Carte cadeau 20.00", "ps_wirepayment 30.00", "ps_wirepayment 50.00"]);
    order.payments = vec![payment("1", "100.00", "Virement"), payment("2", "-10.00", "Virement")];
    assert_eq!(paid(&order), ["ps_wirepayment 100.00"], "what went back is told by its slip");
    order.payments = vec![
        payment("1", "100.00", "Virement"),
        payment("2", "100.00", "Carte"),
        payment("3", "-100.00", "Carte"),
    ];
    assert_eq!(paid(&order), ["ps_wirepayment 100.00"], "a correction");
    order.payments = vec![payment("1", "126.30", "Virement")];
    assert_eq!(map(&order).expect_err("too much").value, "shop says 100.00, its parts give 126.30");
}

#[test]
fn payments_for_one_cart_fill_its_orders_one_after_the_other() {
    let sibling = |id: &str, total: &str| row(ORDERS, &[("id", id), ("total_paid_tax_incl", total)], "");
    let mut own = dossier(&totals("60.00", "60.00"), &[("1", "1", "60.00", "60.00")]);
    own.siblings = vec![sibling("9", "10.00"), sibling("5", "30.00"), sibling("7", "60.00")];
    own.payments = vec![payment("1", "50.00", "Virement"), payment("2", "50.00", "Carte")];
    let order = map(&own).expect("understood");
    assert_eq!(order.number, "ABCDEFGHI#2");
    let amounts: Vec<String> = order.payments.iter().map(|payment| payment.amount.to_string()).collect();
    assert_eq!(amounts, ["20.00", "40.00"]);
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
fn who_ordered_is_told_by_the_configured_fields() {
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
