//! Lists beside a layout, and the columns that only some ERPs need: what they make of orders.

use std::collections::BTreeMap;

use passerelle_domain::{Order, Unit};
use passerelle_erp::orders::OrderToWrite;

use crate::lists::changed;
use crate::samples::*;
use crate::shipped::shipped;

#[test]
fn a_pack_changes_quantity_unit_and_price_and_no_amount() {
    let order = order("1", vec![line("1", "TOM-6", "3", Unit::Case, "13.35", "4.00", "5.5")], vec![]);
    let written = shipped("generic").write(&batch(), &[OrderToWrite::from(&order)]).expect("taken");
    let text = String::from_utf8(written.files[0].bytes.clone()).expect("UTF-8");
    assert!(text.contains(";0012006;Article TOM-6;18;KG;2,225;4,00;36,05;5,5;1,98\r\n"), "{text}");
    let strict =
        changed("generic", "unknown = \"keep\"", "unknown = \"set_aside\"", ("", "")).expect("a layout");
    strict.check(&order).expect("listed");
    let other = crate::samples::order("1", vec![line("1", "A", "1", Unit::Piece, "1", "0", "20")], vec![]);
    let fault = strict.check(&other).expect_err("not listed").remove(0);
    assert_eq!((fault.code.as_str(), fault.field.as_str()), ("unknown_article", "lines[0].article"));
    assert_eq!(fault.rule, "the article, sold by piece, is not in articles.csv");
}

#[test]
fn a_customer_is_known_by_shop_then_id_then_address_then_siret() {
    let list = "shop_id;email;siret;code\n7;;;BY-ID\n;chef@example.org;;BY-MAIL\n;;40483304800022;BY-SIRET\n";
    let layout = changed("generic", "", "", ("customers.csv", list)).expect("a layout");
    let code = |order: &Order| {
        let explained = layout.explain(order).expect("explained");
        explained.into_iter().find(|value| value.source == "customer.code").expect("a column").value
    };
    let mut order = plain_order();
    order.customer.siret = passerelle_domain::Siret::new("40483304800022").ok();
    order.customer.email = "Chef@example.org ".into();
    order.customer.shop_id = Some("7".into());
    assert_eq!(code(&order), "C00042");
    order.customer.code = None;
    assert_eq!(code(&order), "BY-ID");
    order.customer.shop_id = None;
    assert_eq!(code(&order), "BY-MAIL");
    order.customer.email.clear();
    assert_eq!(code(&order), "BY-SIRET");
    order.customer.siret = None;
    assert_eq!(layout.check(&order).expect_err("nobody knows them")[0].code, "missing_field");
}

#[test]
fn a_new_customer_is_created_once_before_their_first_order() {
    let mut orders: Vec<Order> = ["1", "2"].map(|id| order(id, plain_order().lines, vec![])).to_vec();
    for order in &mut orders {
        order.customer.code = None;
        order.customer.shop_id = Some("901".into());
    }
    let orders: Vec<OrderToWrite<'_>> = orders.iter().map(OrderToWrite::from).collect();
    let written = shipped("el-records").write(&batch(), &orders).expect("taken");
    let text = encoding_rs::WINDOWS_1252.decode(&written.files[0].bytes).0.into_owned();
    let kinds: Vec<&str> = text.lines().map(|row| &row[..1]).collect();
    assert_eq!(kinds, ["C", "E", "L", "L", "R", "E", "L", "L", "R", "F"]);
    assert!(text.starts_with("C;W901;BISTROT D’ŒUVRE;"), "{text}");
    assert!(text.contains("F;1;2;4;0;2;10;"), "{text}");
}

#[test]
fn customers_may_have_a_file_of_their_own() {
    let own = "lookup_file = \"customers.csv\"\nrecords = \"all\"\nfile_name = \"clients_{batch}.csv\"\n\
               [[customer]]\nname = \"code\"\nfrom = \"customer.code\"\n[[customer]]\nname = \"nom\"\nfrom = \"customer.name\"\n";
    let layout = changed("generic", "lookup_file = \"customers.csv\"", own, ("", "")).expect("a layout");
    let (busy, plain) = (busy_order(), plain_order());
    let written = layout.write(&batch(), &[(&busy).into(), (&plain).into()]).expect("taken");
    let file = &written.files[1];
    assert_eq!(file.name, "clients_2026-11-24-001.csv");
    assert_eq!(
        String::from_utf8(file.bytes.clone()).expect("UTF-8"),
        "\u{feff}code;nom\r\nC00042;Bistrot d’Œuvre\r\n"
    );
}

#[test]
fn conditions_slices_cases_sums_and_joins_make_the_values_they_say() {
    let extra = r#"from = "order.number"
required = true
max = 20
[[header]]
name = "dept"
from = "delivery.postcode"
slice = { length = 2 }
[[header]]
name = "brut"
sum = ["order.net", "-order.delivery_net", "order.fee_net"]
thousands = " "
[[header]]
name = "le"
from = "order.wanted_on"
date = "%y%m%d"
[[header]]
name = "geste"
from = "order.promotion_codes"
when = { from = "order.payment_method", is_not = ["gift_card"] }
otherwise = "-"
"#;
    let layout = changed("generic", "from = \"order.number\"\nrequired = true\nmax = 20\n", extra, ("", ""))
        .expect("a layout");
    let explained = layout.explain(&busy_order()).expect("explained");
    let value = |column: &str| {
        let found = explained.iter().find(|value| value.column == column && value.record == "header");
        let found = found.expect("a column");
        (found.source.as_str(), found.value.as_str())
    };
    assert_eq!(value("dept"), ("delivery.postcode", "94"));
    assert_eq!(value("brut").0, "order.net - order.delivery_net + order.fee_net");
    assert_eq!(value("le").1, "261125");
    assert_eq!(value("geste").1, "-");
    assert_eq!(value("adresse"), ("delivery.line1 + delivery.line2", "1 rue du Marché"));
    assert_eq!(value("ville").1, "RUNGIS");
}

#[test]
fn repairs_have_their_field_both_values_and_rule() {
    let mut order = plain_order();
    order.delivery.city = String::new();
    order.delivery.line1 = "1 rue du Marché aux fleurs et aux légumes primeurs".into();
    order.lines[0].label = "Œufs Łowicz".into();
    order.payments[0].method = "bitcoin".into();
    order.customer.code = None;
    let repairs = shipped("el-records").check(&order).expect("repaired");
    let found: BTreeMap<&str, (&str, &str)> = repairs
        .iter()
        .map(|repair| (repair.field.as_str(), (repair.from.as_str(), repair.to.as_str())))
        .collect();
    assert_eq!(found["delivery.city"], ("", "Rungis"));
    assert_eq!(found["delivery.line1"].1, "1 rue du Marché aux fleurs et aux légume");
    assert_eq!(found["lines[0].label"], ("Œufs Łowicz", "Œufs Lowicz"));
    assert_eq!(found["payments[0].method"], ("bitcoin", "DIV"));
    assert_eq!(found["customer.code"], ("", "WEBDIVERS"));
    assert_eq!(found.len(), 5, "{found:?}");
    assert!(repairs.iter().all(|repair| repair.order == order.key && !repair.rule.is_empty()));
}

#[test]
fn an_explanation_shows_each_value_with_source_repairs_and_faults() {
    let mut order = plain_order();
    order.number = "W".repeat(21);
    order.lines[1].article = None;
    let explained = shipped("generic").explain(&order).expect("explained");
    let number = explained.iter().find(|value| value.column == "commande").expect("a column");
    assert_eq!((number.record.as_str(), number.source.as_str()), ("header", "order.number"));
    assert_eq!(number.faults[0].code, "too_long");
    let article = explained.iter().find(|value| value.record == "line 2" && value.column == "article");
    let article = article.expect("a column");
    assert_eq!((article.value.as_str(), article.repairs[0].to.as_str()), ("DIVERS", "DIVERS"));
}
