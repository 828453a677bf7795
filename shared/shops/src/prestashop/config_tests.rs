use super::*;
use crate::ShopConfig;

const LEAST: &str = r#"
    system = "prestashop"
    id = "rungis"
    url = "https://shop.example"
    since = "2026-01-01T00:00:00Z"
"#;

fn read(more: &str) -> Result<ShopConfig, toml::de::Error> {
    toml::from_str(&format!("{LEAST}\n{more}"))
}

fn config(more: &str) -> Config {
    match read(more).expect("a configuration") {
        ShopConfig::Prestashop(config) => config,
        other => panic!("{other:?}"),
    }
}

#[test]
fn four_fields_are_enough() {
    let shop = read("").expect("a configuration");
    shop.check().expect("fine");
    assert_eq!((shop.overlap().as_secs(), shop.since().to_string().as_str()), (300, "2026-01-01T00:00:00Z"));
    let config = config("");
    assert_eq!((config.time_zone.as_str(), config.page_size), ("Europe/Paris", 50));
}

#[test]
fn an_unknown_field_is_refused_inside_its_table() {
    for more in ["[states]\nconfirmd = []", "[fields]\nerp = \"x\"", "[report]\nstate = 1"] {
        let error = read(more).expect_err(more).to_string();
        assert!(error.contains("unknown field"), "{error}");
    }
}

#[test]
fn a_wrong_value_is_named_by_its_path() {
    for (field, more) in [
        ("page_size", "page_size = 0"),
        ("page_size", "page_size = 101"),
        ("overlap_seconds", "overlap_seconds = 0"),
        ("attempts", "attempts = 0"),
        ("time_zone", "time_zone = \"Europe/Rungis\""),
        ("vat_rates", "vat_rates = []"),
        ("invoices_url", "invoices_url = \"http://shop.example/module\""),
        ("states.confirmed[1]", "[states]\nconfirmed = [13, 6]"),
        ("states.cancelled[0]", "[states]\ncancelled = [8]\npending = [8]"),
        ("report.accepted_state", "[report]\naccepted_state = 6"),
        ("report.refused_state", "[report]\naccepted_state = 20\nrefused_state = 20"),
        ("fields.siret", "[fields]\nsiret = \"siret\""),
        ("fields.siret", "[fields]\nsiret = \"products.siret\""),
        ("fields.erp_code", "[fields]\nerp_code = \"orders.note\""),
        ("fields.vat_number", "[fields]\nvat_number = \"customers.vat number\""),
    ] {
        let rejection = config(more).check().expect_err(more);
        assert_eq!(rejection.field, field, "{rejection}");
    }
}

#[test]
fn a_state_means_what_is_configured_and_else_what_its_flags_say() {
    let body = include_bytes!("../../../../tests/fixtures/prestashop/order_states.xml");
    let rows = super::super::wire::rows(body, super::super::wire::ORDER_STATES).expect("rows");
    let states = config("[states]\nconfirmed = [13, 77]\npending = [9]").states;
    let meaning = |id: &str| states.meaning(id, rows.iter().find(|row| row.id() == id));
    for id in ["2", "3", "4", "5", "11", "13", "77"] {
        assert_eq!(meaning(id), OrderState::Confirmed, "{id}");
    }
    for id in ["1", "8", "9", "10", "12", "99", ""] {
        assert_eq!(meaning(id), OrderState::Pending, "{id}");
    }
    let defaults = States::default();
    for (id, state) in
        [("6", OrderState::Cancelled), ("7", OrderState::Cancelled), ("9", OrderState::Confirmed)]
    {
        assert_eq!(defaults.meaning(id, rows.iter().find(|row| row.id() == id)), state, "{id}");
    }
}
