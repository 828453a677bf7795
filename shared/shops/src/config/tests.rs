use super::*;

/// A shop's configuration with the least fields, and these besides or instead.
fn read(system: &str, fields: &str) -> Result<ShopConfig, Vec<Fault>> {
    let least = "id = \"rungis\"\nurl = \"https://shop.example\"\nsince = \"2026-01-01T00:00:00Z\"";
    let mut table: Map<String, Value> = toml::from_str(least).expect("TOML");
    table.insert("system".into(), system.into());
    table.extend(toml::from_str::<Map<String, Value>>(fields).expect("TOML"));
    ShopConfig::read(table)
}

fn faults(system: &str, fields: &str) -> Vec<Fault> {
    read(system, fields).map_or_else(|faults| faults, |config| config.faults)
}

/// The fields that are wrong in it.
pub(crate) fn faulty_fields(system: &str, fields: &str) -> Vec<String> {
    faults(system, fields).into_iter().map(|fault| fault.field).collect()
}

#[test]
fn four_fields_are_enough_for_every_system() {
    for system in &SYSTEMS {
        let config = read(system.name, "").expect("a configuration");
        assert_eq!(config.faults(), []);
        assert_eq!((config.id().as_str(), config.overlap().as_secs()), ("rungis", 300));
        assert_eq!(config.since().to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(config.connection.page_size, system.page_size);
    }
}

#[test]
fn the_fields_of_every_shop_are_checked_for_every_system() {
    for system in &SYSTEMS {
        let too_many = format!("page_size = {}", system.max_page_size + 1);
        let too_short = format!("overlap_seconds = {}", system.min_overlap_seconds - 1);
        for (field, fields) in [
            ("url", "url = \"shop.example\""),
            ("page_size", "page_size = 0"),
            ("page_size", &too_many),
            ("overlap_seconds", &too_short),
            ("overlap_seconds", "overlap_seconds = 86_401"),
            ("timeout_seconds", "timeout_seconds = 0"),
            ("max_body_bytes", "max_body_bytes = 0"),
            ("requests_per_second", "requests_per_second = 0"),
            ("attempts", "attempts = 11"),
        ] {
            assert_eq!(faulty_fields(system.name, fields), [field], "{}: {fields}", system.name);
        }
    }
}

#[test]
fn all_faults_of_a_shop_are_found_at_once() {
    let fields =
        "url = \"ftp://shop.example\"\npage_size = 101\nattempts = 0\nstatuses = [\"Pending\", \"wc-x\"]";
    let found = faults("woocommerce", fields);
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown[..3],
        [
            "url: \"ftp://shop.example\" does not begin with https://",
            "page_size: 101 is not between 1 and 100",
            "attempts: 0 is not between 1 and 10",
        ]
    );
    let fields: Vec<&str> = found[3..].iter().map(|fault| fault.field.as_str()).collect();
    let states = ["confirmed[0]", "confirmed[1]", "cancelled[0]", "cancelled[1]", "cancelled[2]"];
    assert_eq!(fields[..2], ["statuses[0]", "statuses[1]"]);
    assert_eq!(fields[2..], states.map(|state| format!("states.{state}")));
    let failure = read("woocommerce", "attempts = 0\npage_size = 0").expect("read").connect("{}");
    let failure = failure.err().expect("faults").to_string();
    assert!(failure.contains("page_size") && failure.contains("attempts"), "{failure}");
}

#[test]
fn what_cannot_be_read_is_named_by_its_path_too() {
    let fields = "page_size = \"x\"\nattempts = -1\n[report]\nnumber_in = \"mail\"";
    assert_eq!(faulty_fields("prestashop", fields), ["page_size", "attempts", "report.number_in"]);
    assert_eq!(faulty_fields("magento", "id = \"a b\""), ["id"]);
    assert_eq!(faulty_fields("magento", "since = \"yesterday\""), ["since"]);
    let least: Map<String, Value> = toml::from_str("system = \"magento\"\nid = \"rungis\"").expect("TOML");
    let missing = ShopConfig::read(least).expect_err("no address");
    assert_eq!(joined(&missing), "url: is missing; since: is missing");
}

#[test]
fn unreadable_fields_hide_neither_each_other_nor_broken_rules() {
    let fields = "url = \"ftp://shop.example\"\nsince = 5\npage_size = \"x\"\nattempts = -1\ntimeout_seconds = 0\n\
                  stats = []\n[states]\nconfirmed = [1, \"a\", 2, 3.5]\ncancelled = \"b\"\nextra = \"hunter2\"\n\
                  [webhook]\nsignature = true\n[[fees]]\nlabel = \"x\"\n[[fees]]\nlabel = {}\namount = \"y\"\nvat_rate = \"z\"";
    let found: Vec<String> = faults("magento", fields).iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(found.join("\n"), @r###"
    stats: is unknown; did you mean "states"?
    page_size: "x" is a value of type string where a whole number is needed
    since: 5 is a value of type integer where a timestamp string is needed
    attempts: -1 is too small or too large
    fees[0].amount: is missing
    fees[1].label: is a value of type table where a text is needed
    fees[1].vat_rate: "z" is no percentage
    states.cancelled: "b" is a value of type string where a list is needed
    states.confirmed[0]: 1 is a value of type integer where a text is needed
    states.confirmed[2]: 2 is a value of type integer where a text is needed
    states.confirmed[3]: 3.5 is a value of type float where a text is needed
    states.extra: is unknown
    webhook.signature: true is a value of type boolean where a text is needed
    url: "ftp://shop.example" does not begin with https://
    timeout_seconds: 0 is not between 1 and 300
    "###);
}

#[test]
fn an_unknown_field_is_named_with_the_nearest_one_and_without_its_value() {
    for system in &SYSTEMS {
        let found = faults(system.name, "page_sise = 10\ntoken = \"hunter2\"");
        assert_eq!(
            found.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(),
            ["page_sise", "token"]
        );
        let words = joined(&found);
        assert_eq!(words, "page_sise: is unknown; did you mean \"page_size\"?; token: is unknown");
    }
    assert_eq!(faulty_fields("woocommerce", "invoices_url = \"https://apps.example\""), ["invoices_url"]);
}

#[test]
fn an_unknown_field_is_refused_inside_every_table() {
    for (system, fields) in [
        ("woocommerce", "[states]\nconfirmd = []"),
        ("woocommerce", "[meta]\nerp = \"x\""),
        ("woocommerce", "[customer_meta]\nerp = \"x\""),
        ("woocommerce", "[report]\nerp = \"x\""),
        ("prestashop", "[states]\nconfirmd = []"),
        ("prestashop", "[fields]\nerp = \"x\""),
        ("prestashop", "[report]\nstate = 1"),
        ("shopify", "[states]\nconfirmd = []"),
        ("shopify", "[meta]\nerp = \"x\""),
        ("shopify", "[report]\ntag = \"x\""),
        ("magento", "[states]\nconfirmd = []"),
        ("magento", "[fields]\nerp = \"x\""),
        ("magento", "[customer]\nx = \"\""),
        ("magento", "[[fees]]\nlabel = \"x\"\namount = \"y\"\nrate = 1"),
        ("magento", "[report]\nx = 1"),
        ("magento", "[webhook]\nx = 1"),
    ] {
        let [fault] = &faults(system, fields)[..] else { panic!("{system}: {fields}") };
        assert!(fault.what.starts_with("is unknown"), "{system}: {fields}: {fault}");
        assert!(fields.contains(fault.field.rsplit('.').next().expect("a name")), "{fault}");
    }
}

#[test]
fn an_unknown_system_is_named_with_the_known_ones() {
    let words = joined(&faults("prestashopp", ""));
    let known = r#""prestashop", "woocommerce", "magento", "shopify""#;
    assert_eq!(words, format!(r#"system: "prestashopp" is none of {known}; did you mean "prestashop"?"#));
    let missing = joined(&ShopConfig::read(Map::new()).expect_err("none"));
    assert_eq!(missing, "system: is missing; id: is missing; url: is missing; since: is missing");
}

#[test]
fn plain_http_is_for_this_machine_only() {
    let check = |url: &str| faulty_fields("woocommerce", &format!("url = \"{url}\""));
    for url in ["http://127.0.0.1:8080", "http://127.9.9.9/shop", "http://[::1]:80", "http://localhost"] {
        assert_eq!(check(url), Vec::<String>::new(), "{url}");
    }
    for url in [
        "http://shop.example",
        "http://localhost.example",
        "http://192.168.0.2",
        "ftp://localhost",
        "https://shop.example?x=1",
        "https://shop.example#x",
    ] {
        assert_eq!(check(url), ["url"], "{url}");
    }
}

#[test]
fn a_password_in_the_address_is_refused_and_not_repeated() {
    let found = faults("woocommerce", "url = \"https://me:hunter2@shop.example\"");
    assert_eq!(found.len(), 1);
    assert!(!joined(&found).contains("hunter2"));
}

#[test]
fn a_configuration_is_read_from_toml_as_from_json() {
    let toml = "system = \"magento\"\nid = \"rungis\"\nurl = \"https://shop.example\"\nsince = \"2026-01-01T00:00:00Z\"";
    toml::from_str::<ShopConfig>(toml).expect("a configuration");
    let error =
        toml::from_str::<ShopConfig>(&format!("{toml}\npage_sise = 1\nfield = 1")).expect_err("unknown");
    let said = error.to_string();
    assert!(said.contains("page_sise: is unknown") && said.contains("field: is unknown"), "{said}");
}
