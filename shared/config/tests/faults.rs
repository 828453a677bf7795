//! Everything that is wrong with `passerelle.toml` is found at once, each fault with its place.

use passerelle_config::Config;

const LOCAL: &str = include_str!("../../../infra/environments/local/passerelle.toml");

/// The local configuration with texts replaced.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(LOCAL.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    })
}

/// The faults and, in brackets, their values.
fn faults(text: &str) -> String {
    let faults = Config::read(text).expect_err("faults");
    let shown: Vec<String> =
        faults.as_slice().iter().map(|fault| format!("{fault} [{}]", fault.value)).collect();
    shown.join("\n")
}

#[test]
fn the_configurations_that_ship_can_be_read() {
    Config::read(LOCAL).expect("the local one");
    let production = include_str!("../../../infra/environments/prod/passerelle.toml");
    let faults = Config::read(production).expect_err("not filled in yet");
    assert!(faults.as_slice().iter().all(|fault| fault.value == "\"TO FILL IN\""), "{faults}");
}

#[test]
fn a_fault_in_each_table_is_found_with_line_and_column() {
    let text = with(&[
        ("http://127.0.0.1:8787", "http://shop.example"),
        ("since = \"2026-01-01T00:00:00Z\"", "since = \"yesterday\""),
        ("overlap_seconds", "overlap_second"),
        ("# Orders on", "token = \"hunter2\"\n[shops.states]\nconfirmed = [\"done\", 1, 2]\n# Orders on"),
        ("max_orders_per_file = 200", "max_orders_per_file = 0"),
        ("# priority = [\"rungis\"]", "priority = [\"rungis\", \"lyon\"]"),
        ("# shop_layouts", "shop_layouts"),
        ("answer_within_minutes = 720", "answer_within_minutes = \"720\""),
        ("# max_unanswered_files = 10", "max_unanswered_files = 0"),
        ("layout = \"layouts/invoices.toml\"", "layuot = \"layouts/invoices.toml\""),
        ("\"18:30\"", "\"25:30\""),
        ("# expected_on = [\"mon\", \"tue\"", "expected_on = [\"mon\", \"tues\""),
        ("# closed_on = [\"2026-12-26\"]", "closed_on = [\"2026-12-32\"]"),
        ("compared_days = 3", "compared_days = 32"),
        ("legal_form = \"SAS\"\n", ""),
        ("00022", "00023"),
        ("189\"", "188\""),
        ("country = \"FR\"", "country = \"France\""),
        ("operation = \"goods\"", "operation = \"good\""),
        ("vat_on_debits = false", "vat_on_debits = 0\nextra = [\"ok\", \"東京\"]"),
        ("#1f5c3f", "green"),
        ("[branding]", "[orderz]\nlayout = 1\n[branding]"),
    ]);
    insta::assert_snapshot!(faults(&text), @r###"
    passerelle.toml, line 9, column 1: shops[0].url: "http://shop.example" is plain http, and not on this machine ["http://shop.example"]
    passerelle.toml, line 10, column 1: shops[0].since: "yesterday" is not valid: failed to parse four digit integer as year: invalid digit, expected 0-9 but got y ["yesterday"]
    passerelle.toml, line 11, column 1: shops[0].overlap_second: is unknown; did you mean "overlap_seconds"? []
    passerelle.toml, line 13, column 1: shops[0].token: is unknown []
    passerelle.toml, line 15, column 22: shops[0].states.confirmed[1]: 1 is a value of type integer where a text is needed [1]
    passerelle.toml, line 15, column 25: shops[0].states.confirmed[2]: 2 is a value of type integer where a text is needed [2]
    passerelle.toml, line 19, column 1: orders.max_orders_per_file: 0 is not between 1 and 2000 [0]
    passerelle.toml, line 21, column 23: orders.priority[1]: "lyon" is none of the shops ["lyon"]
    passerelle.toml, line 22, column 18: orders.shop_layouts.lyon: "lyon" is none of the shops ["layouts/lyon.toml"]
    passerelle.toml, line 27, column 1: orders.acks.answer_within_minutes: is a value of type string where a whole number is needed ["720"]
    passerelle.toml, line 28, column 1: orders.acks.max_unanswered_files: is 0: nothing is ever exported [0]
    passerelle.toml, line 31, column 2: invoices.layout: is missing []
    passerelle.toml, line 32, column 1: invoices.layuot: is unknown; did you mean "layout"? ["layouts/invoices.toml"]
    passerelle.toml, line 34, column 1: invoices.expected_by: "25:30" is no time ["25:30"]
    passerelle.toml, line 35, column 23: invoices.expected_on[1]: "tues" is none of "mon", "tue", "wed", "thu", "fri", "sat", "sun"; did you mean "tue"? ["tues"]
    passerelle.toml, line 36, column 14: invoices.closed_on[0]: "2026-12-32" is no date ["2026-12-32"]
    passerelle.toml, line 42, column 1: reconcile.compared_days: 32 is not between 0 and 31 [32]
    passerelle.toml, line 45, column 2: seller.legal_form: is missing []
    passerelle.toml, line 48, column 1: seller.siret: "404 833 048 00023" is no SIRET (fourteen digits with a check digit) ["404 833 048 00023"]
    passerelle.toml, line 53, column 1: seller.iban: "FR76 3000 6000 0112 3456 7890 188" is no IBAN: its length or its check digits are wrong ["FR76 3000 6000 0112 3456 7890 188"]
    passerelle.toml, line 61, column 1: seller.address.country: "France" is not two capital letters (ISO 3166-1) ["France"]
    passerelle.toml, line 65, column 1: mentions.operation: "good" is none of "goods", "services", "both"; did you mean "goods"? ["good"]
    passerelle.toml, line 66, column 1: mentions.vat_on_debits: is a value of type integer where true or false is needed [0]
    passerelle.toml, line 67, column 16: mentions.extra[1]: "東京" cannot be printed with the fonts of an invoice ["東京"]
    passerelle.toml, line 69, column 2: orderz: is unknown; did you mean "orders"? []
    passerelle.toml, line 72, column 1: branding.accent: "green" is no colour as #rrggbb ["green"]
    "###);
}

#[test]
fn missing_tables_are_named_and_hide_no_other_fault() {
    insta::assert_snapshot!(faults("[seller]\nname = \"\"\n[branding]\naccent = \"#ffffff\"\nfooter = 1\n"), @r###"
    passerelle.toml, line 1, column 1: shops: is missing: there is no shop []
    passerelle.toml, line 1, column 1: orders: is missing []
    passerelle.toml, line 1, column 1: invoices: is missing []
    passerelle.toml, line 1, column 2: seller.legal_form: is missing []
    passerelle.toml, line 1, column 2: seller.address: is missing []
    passerelle.toml, line 1, column 2: seller.siret: is missing []
    passerelle.toml, line 1, column 2: seller.rcs: is missing []
    passerelle.toml, line 1, column 2: seller.vat_number: is missing []
    passerelle.toml, line 2, column 1: seller.name: is empty [""]
    passerelle.toml, line 4, column 1: branding.accent: "#ffffff" is too light to be read on white, and white on it ["#ffffff"]
    passerelle.toml, line 5, column 1: branding.footer: is a value of type integer where a text is needed [1]
    "###);
    insta::assert_snapshot!(faults("shops = 1\nseller = 2\n[[orders]]\n"), @r###"
    passerelle.toml, line 1, column 1: shops: is a value of type integer where a list is needed [1]
    passerelle.toml, line 1, column 1: invoices: is missing []
    passerelle.toml, line 2, column 1: seller: is a value of type integer where a table is needed [2]
    passerelle.toml, line 3, column 3: orders: is a value of type array where a table is needed []
    "###);
    insta::assert_snapshot!(faults("[seller\n[orders]\nlayout = \n"), @r###"
    passerelle.toml, line 1, column 8: unclosed table, expected `]` []
    passerelle.toml, line 3, column 10: string values must be quoted, expected literal string []
    "###);
}

#[test]
fn each_shop_has_an_id_of_its_own_and_faults_of_its_own() {
    let second = "[[shops]]\nsystem = \"magentoo\"\nid = \"rungis\"\nurl = \"https://me:hunter2@shop.example\"\n\
                  since = 2026-01-01T00:00:00Z\nattempts = 0\n[[shops]]\nsystem = \"prestashop\"\npage_size = 101\n";
    let text = with(&[("# Orders on", &format!("{second}# Orders on"))]);
    let found = faults(&text);
    assert!(!found.contains("hunter2"), "{found}");
    insta::assert_snapshot!(found, @r###"
    passerelle.toml, line 14, column 1: shops[1].system: "magentoo" is none of "prestashop", "woocommerce", "magento", "shopify"; did you mean "magento"? ["magentoo"]
    passerelle.toml, line 15, column 1: shops[1].id: "rungis" is the id of two shops ["rungis"]
    passerelle.toml, line 16, column 1: shops[1].url: has a user name or a password, which belong into the secret []
    passerelle.toml, line 18, column 1: shops[1].attempts: 0 is not between 1 and 10 [0]
    passerelle.toml, line 19, column 1: shops[2].id: is missing []
    passerelle.toml, line 19, column 1: shops[2].url: is missing []
    passerelle.toml, line 19, column 1: shops[2].since: is missing []
    passerelle.toml, line 21, column 1: shops[2].page_size: 101 is not between 1 and 100 [101]
    "###);
    assert_eq!(Config::shops_in(&text).len(), 1);
}

#[test]
fn what_goes_for_a_shop_names_one_of_the_shops() {
    let lines = "[orders]\npriority = [\"rungis\"]\nshop_layouts = { rungis = \"layouts/rungis.toml\" }\n";
    let orders = Config::from_toml(&with(&[("[orders]\n", lines)])).expect("both name the shop").orders;
    assert_eq!(orders.priority, orders.shop_layouts.into_keys().collect::<Vec<_>>());
}

#[test]
fn a_function_that_cannot_start_says_all_faults_with_their_places() {
    let text = with(&[("max_orders_per_file = 200", "max_orders_per_file = 0"), ("#1f5c3f", "green")]);
    let failure = Config::from_toml(&text).expect_err("faults").to_string();
    insta::assert_snapshot!(failure, @r###"
    read passerelle.toml: line 16, column 1: orders.max_orders_per_file: 0 is not between 1 and 2000
    line 67, column 1: branding.accent: "green" is no colour as #rrggbb
    "###);
}
