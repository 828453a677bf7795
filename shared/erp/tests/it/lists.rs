//! Lists beside a layout, and the columns that only some ERPs need: what cannot work is refused when
//! it is loaded, with file, line and path.

use passerelle_erp::orders::OrderLayout;

use crate::shipped::{folder, layout_text};

/// A shipped layout with one change to its text and one to a list beside it.
pub fn changed(name: &str, from: &str, to: &str, list: (&str, &str)) -> Result<OrderLayout, String> {
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
            "customer[7].slice: is a part of what distinguishes orders, customers or articles, which could be the same for two",
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
            "line[4].decimals: is missing: without a decimal sign nobody could see them",
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
            "line: no column is from order.number or order.id, so the ERP could not know whose line it is",
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
