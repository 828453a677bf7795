use super::*;
use crate::config::faulty_fields;

#[test]
fn a_wrong_value_is_named_by_its_path() {
    for (field, more) in [
        ("time_zone", "time_zone = \"Europe/Rungis\""),
        ("vat_rates", "vat_rates = []"),
        ("invoices_url", "invoices_url = \"http://shop.example/module\""),
        ("states.cancelled[0]", "[states]\nconfirmed = [13, 6]"),
        ("states.pending[0]", "[states]\ncancelled = [8]\npending = [8]"),
        ("report.accepted_state", "[report]\naccepted_state = 6"),
        ("report.refused_state", "[report]\naccepted_state = 20\nrefused_state = 20"),
        ("fields.siret", "[fields]\nsiret = \"siret\""),
        ("fields.siret", "[fields]\nsiret = \"products.siret\""),
        ("fields.erp_code", "[fields]\nerp_code = \"orders.note\""),
        ("fields.vat_number", "[fields]\nvat_number = \"customers.vat number\""),
    ] {
        assert_eq!(faulty_fields("prestashop", more), [field], "{more}");
    }
}

#[test]
fn a_state_means_what_is_configured_and_else_what_its_flags_say() {
    let body = include_bytes!("../../../../tests/fixtures/prestashop/order_states.xml");
    let rows = super::super::wire::rows(body, super::super::wire::ORDER_STATES).expect("rows");
    let states = States { confirmed: vec![13, 77], pending: vec![9], ..States::default() };
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
