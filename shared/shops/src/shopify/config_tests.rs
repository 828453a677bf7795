use super::*;
use crate::ShopConfig;

const LEAST: &str = r#"
    system = "shopify"
    id = "rungis"
    url = "https://rungis.myshopify.com"
    since = "2026-11-01T00:00:00Z"
"#;

fn read(more: &str) -> Result<ShopConfig, toml::de::Error> {
    toml::from_str(&format!("{LEAST}\n{more}"))
}

fn config() -> Config {
    match read("").expect("a configuration") {
        ShopConfig::Shopify(config) => config,
        other => panic!("{other:?}"),
    }
}

#[test]
fn four_fields_are_enough() {
    config().check().expect("fine");
    assert_eq!(config().overlap().as_secs(), 300);
}

#[test]
fn an_unknown_field_is_refused_at_every_level() {
    for more in ["page_sise = 10", "[states]\nconfirmd = []", "[meta]\nerp = \"x\"", "[report]\ntag = \"x\""]
    {
        let error = read(more).expect_err(more).to_string();
        assert!(error.contains("unknown field"), "{error}");
    }
}

#[test]
fn a_wrong_value_is_named_by_its_path() {
    type Spoil = fn(&mut Config);
    let faults: [(&str, Spoil); 14] = [
        ("url", |c| c.url = "rungis.myshopify.com".into()),
        ("invoices_url", |c| c.invoices_url = "http://apps.example".into()),
        ("page_size", |c| c.page_size = 251),
        ("orders_per_call", |c| c.orders_per_call = 0),
        ("lines_per_order", |c| c.lines_per_order = 251),
        ("overlap_seconds", |c| c.overlap_seconds = 119),
        ("attempts", |c| c.limits.attempts = 0),
        ("api_version", |c| c.api_version = "unstable".into()),
        ("meta.erp_code", |c| c.meta.erp_code = "erp_code".into()),
        ("meta.unit", |c| c.meta.unit = "unit".into()),
        ("report.namespace", |c| c.report.namespace = String::new()),
        ("report.refused_tag", |c| c.report.refused_tag = c.report.accepted_tag.clone()),
        ("states.confirmed[5]", |c| c.states.confirmed.push("fulfilled".into())),
        ("states.confirmed[3]", |c| c.states.cancelled.push("paid".into())),
    ];
    for (field, spoil) in faults {
        let mut config = config();
        spoil(&mut config);
        assert_eq!(config.check().expect_err(field).field, field);
    }
}
