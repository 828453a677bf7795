//! Lists beside a layout, and the columns that only some ERPs need: what cannot work is refused when
//! it is loaded, with file, line and path.

use std::collections::BTreeMap;

use passerelle_domain::{Order, Unit};
use passerelle_erp::orders::{OrderLayout, OrderToWrite};

use crate::samples::*;
use crate::shipped::{folder, layout_text, shipped};

/// A shipped layout with one change to its text and one to a list beside it.
fn changed(name: &str, from: &str, to: &str, list: (&str, &str)) -> Result<OrderLayout, String> {
    let text = layout_text(name);
    assert!(text.contains(from), "{from}");
    let beside = |file: &str| {
        if file == list.0 {
            return Some(list.1.to_owned()).filter(|text| !text.is_empty());
        }
        std::fs::read_to_string(folder(name).join(file)).ok()
    };
    OrderLayout::load("layout.toml", &text.replacen(from, to, 1), beside).map_err(|error| error.to_string())
}

fn error(name: &str, from: &str, to: &str) -> String {
    let error = changed(name, from, to, ("", "")).expect_err(to);
    let (place, message) = error.split_once(": ").expect("a place");
    assert!(place.starts_with("layout.toml, line "), "{error}");
    message.to_owned()
}

fn list_error(file: &str, text: &str) -> String {
    changed("el-records", "", "", (file, text)).expect_err(text)
}

#[test]
fn a_list_that_cannot_work_is_refused_with_its_file_and_line() {
    let cases = [
        ("vat.csv", "rate;code\n5.5;2\n20;4\n5.5;3\n", "vat.csv, line 4: \"5.5\" stands on line 2 already"),
        ("vat.csv", "rate\n5.5\n", "vat.csv, line 1: names fewer than two columns with ';' between them"),
        ("vat.csv", "rate;code\n", "vat.csv, line 1: has no rows"),
        ("payments.csv", "method;code\ncard;C;B\n", "payments.csv, line 2: is no CSV with ';'"),
        (
            "payments.csv",
            "method;code\ncard;日\n",
            "payments.csv, line 2: \"日\" has the character '日', which windows-1252 has not",
        ),
        (
            "payments.csv",
            "method;code\ncard;\"C;B\"\n",
            "payments.csv, line 2: \"C;B\" has the separator or a quote in it",
        ),
        (
            "towns.csv",
            "postcode;city\n94150;Rungis\n",
            "towns.csv, line 1: the column \"city\" is none of postcode, town",
        ),
        ("towns.csv", "postcode;town\n94150;\n", "towns.csv, line 2: has no town"),
        (
            "customers.csv",
            "id;code\n1;C1\n",
            "customers.csv, line 1: the column \"id\" is none of shop_id, email, siret, code, name",
        ),
        (
            "customers.csv",
            "siret;code\n12345678900012;C1\n",
            "customers.csv, line 2: \"12345678900012\" is no SIRET",
        ),
        (
            "customers.csv",
            "shop_id;code\n;C1\n",
            "customers.csv, line 2: names no shop_id, no email and no siret",
        ),
        (
            "customers.csv",
            "shop_id;code\n1;C1\n1;C2\n",
            "customers.csv, line 3: ShopId(\"1\") is the customer \"C1\" already, and now \"C2\"",
        ),
        (
            "articles.csv",
            "article;unit;erp_article;erp_unit;factor\nA;box;B;piece;1\n",
            "articles.csv, line 2: \"box\" is no unit (piece, kilogram, case, litre)",
        ),
        (
            "articles.csv",
            "article;unit;erp_article;erp_unit;factor\nA;case;B;piece;0\n",
            "articles.csv, line 2: the factor \"0\" is no number above 0, with a dot",
        ),
        (
            "articles.csv",
            "article;unit;erp_article;erp_unit;factor\nA;case;B;piece;6,5\n",
            "articles.csv, line 2: the factor \"6,5\" is no number above 0, with a dot",
        ),
        (
            "articles.csv",
            "article;unit;erp_article;erp_unit\n",
            "articles.csv, line 1: has no column \"factor\"",
        ),
    ];
    for (file, text, message) in cases {
        let found = list_error(file, text);
        assert!(found.starts_with(message), "{found}\n{message}");
    }
}

#[test]
fn codes_from_lists_are_never_cut() {
    let long = "article;unit;erp_article;erp_unit;factor\nA;case;THIS-IS-MUCH-TOO-LONG;piece;1\n";
    let found = list_error("articles.csv", long);
    assert!(
        found.ends_with("articles.articles_file: gives \"THIS-IS-MUCH-TOO-LONG\", which is longer than the column \"article\""),
        "{found}"
    );
    let found = list_error("customers.csv", "shop_id;code\n1;CUSTOMER-00000001-A\n");
    assert!(
        found.ends_with(
            "customers.lookup_file: gives \"CUSTOMER-00000001-A\", which is longer than the column \"client\""
        ),
        "{found}"
    );
}

#[test]
fn what_cannot_work_is_refused_with_its_path() {
    let cases = [
        (
            "el-records",
            "\"vat.csv\"",
            "\"rates.csv\"",
            "line[10].codes_file: there is no file \"rates.csv\" beside the layout",
        ),
        (
            "el-records",
            "\"vat.csv\"",
            "\"../vat.csv\"",
            "line[10].codes_file: \"../vat.csv\" is no name of a file beside the layout",
        ),
        ("el-records", "decimals = 3", "decimals = 7", "line[6].decimals: 7 is not between 0 and 6"),
        (
            "el-records",
            "from = \"line.net\"",
            "from = \"line.net\"\ndecimals = 1",
            "line[9].decimals: leaves no room for the cents of an amount",
        ),
        (
            "el-records",
            "decimals = 3",
            "too_precise = \"round\"",
            "line[6].too_precise: would round a quantity or an amount, which makes another one of it",
        ),
        (
            "el-records",
            "thousands = \"none\"",
            "thousands = \",\"",
            "file.thousands: is the sign of thousands and of decimals: 1.234 could be one thousand",
        ),
        (
            "el-records",
            "from = \"customer.siren\"",
            "from = \"customer.code\"\nslice = { start = 1, length = 8 }",
            "customer[7].slice: a part of what tells orders, customers or articles apart tells them apart no more",
        ),
        (
            "el-records",
            "from = \"customer.siren\"",
            "from = \"order.number\"",
            "customer[7].from: \"order.number\" is not known in a [[customer]] record",
        ),
        (
            "el-records",
            "new_code = \"W{customer}\"",
            "new_code = \"NEW\"",
            "customers.new_code: has no {customer}: all new customers would have the same code",
        ),
        (
            "el-records",
            "new_code = \"W{customer}\"",
            "",
            "customer: would never be written: say customers.new_code, or customers.records = \"all\"",
        ),
        (
            "el-records",
            "charges = \"record_each\"",
            "charges = \"line_per_vat_rate\"",
            "charge: charge records need shape = \"header_and_lines\" and charges = \"record_each\"",
        ),
        (
            "fixed-width",
            "width = 18",
            "width = 40",
            "line[7].start: is 96, but the column before it ends at 103",
        ),
        (
            "fixed-width",
            "record_length = 160",
            "record_length = 150",
            "header[14].width: ends at 158, behind the end of the record",
        ),
        (
            "fixed-width",
            "width = 18",
            "max = 18",
            "line[2].width: is missing: the file has columns of fixed width",
        ),
        (
            "fixed-width",
            "decimals = 3\nwidth = 10\n",
            "width = 10\n",
            "line[4].decimals: is missing: without a decimal sign nobody could tell them",
        ),
        (
            "fixed-width",
            "decimals = 3\nwidth = 10\nfill = \"0\"",
            "decimals = 3\nwidth = 10\npad = \"right\"\nfill = \"0\"",
            "line[4].fill: behind a number makes another number of it",
        ),
        (
            "fixed-width",
            "record_length = 160",
            "record_length = 160\nseparator = \";\"",
            "file.separator: means nothing with columns = \"fixed_width\"",
        ),
        (
            "dolibarr",
            "lines_name = \"lignes_{batch}.csv\"\n",
            "",
            "file.lines_name: is missing: the lines have a file of their own",
        ),
        (
            "dolibarr",
            "lines_name = \"lignes_{batch}.csv\"",
            "lines_name = \"commandes_{batch}.csv\"",
            "file.lines_name: is the name of the other file",
        ),
        (
            "dolibarr",
            "name = \"cd.fk_commande\"\nfrom = \"order.number\"",
            "name = \"cd.fk_commande\"\nfrom = \"line.id\"",
            "line: no column is from order.number or order.id, so the ERP could not tell whose line it is",
        ),
        (
            "generic",
            "codes_file = \"carriers.csv\"",
            "codes_file = \"carriers.csv\"\ncodes_column = \"kode\"",
            "has no column \"kode\"; did you mean \"code\"?",
        ),
        (
            "generic",
            "join = \", \"",
            "join = \", \"\nwhen = { from = \"order.action\" }",
            "header[7].when: has neither is nor is_not, a list of words",
        ),
        (
            "generic",
            "from = \"order.net\"",
            "sum = [\"order.net\", \"-line.discount\"]",
            "header[15].sum[1]: \"line.discount\" is not known in a [[header]] record",
        ),
        (
            "generic",
            "from = \"order.net\"",
            "sum = [\"order.net\", \"order.lines\"]",
            "header[15].sum[1]: \"order.lines\" is no amount",
        ),
        (
            "generic",
            "unknown = \"keep\"",
            "unknwon = \"keep\"",
            "articles.unknwon: is unknown; did you mean \"unknown\"?",
        ),
    ];
    for (name, from, to, message) in cases {
        let text = changed(name, from, to, ("", "")).expect_err(to);
        assert!(text.ends_with(message), "{text}\n{message}");
    }
    assert_eq!(error("generic", "max = 17", "max = 0"), "header[4].max: 0 is not between 1 and 1000000");
}

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
fn a_customer_is_known_by_the_shop_then_by_id_then_by_address_then_by_siret() {
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
fn repairs_are_told_with_field_both_values_and_rule() {
    let mut order = plain_order();
    order.delivery.city = String::new();
    order.delivery.line1 = "1 rue du Marché aux fleurs et aux légumes primeurs".into();
    order.lines[0].label = "Œufs Łowicz".into();
    order.payments[0].method = "bitcoin".into();
    order.customer.code = None;
    let repairs = shipped("el-records").check(&order).expect("repaired");
    let told: BTreeMap<&str, (&str, &str)> = repairs
        .iter()
        .map(|repair| (repair.field.as_str(), (repair.from.as_str(), repair.to.as_str())))
        .collect();
    assert_eq!(told["delivery.city"], ("", "Rungis"));
    assert_eq!(told["delivery.line1"].1, "1 rue du Marché aux fleurs et aux légume");
    assert_eq!(told["lines[0].label"], ("Œufs Łowicz", "Œufs Lowicz"));
    assert_eq!(told["payments[0].method"], ("bitcoin", "DIV"));
    assert_eq!(told["customer.code"], ("", "WEBDIVERS"));
    assert_eq!(told.len(), 5, "{told:?}");
    assert!(repairs.iter().all(|repair| repair.order == order.key && !repair.rule.is_empty()));
}

#[test]
fn an_explanation_shows_each_value_with_its_source_its_repairs_and_its_faults() {
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
