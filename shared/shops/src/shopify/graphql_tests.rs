use super::*;

fn cost(text: &str) -> Option<Duration> {
    pause(&serde_json::from_str(text).expect("a cost"))
}

#[test]
fn a_pause_lasts_until_the_bucket_has_room_again() {
    let cost = |requested: &str, available: &str, rate: &str| {
        cost(&format!(
            r#"{{"requestedQueryCost": {requested}, "actualQueryCost": null, "throttleStatus":
                {{"maximumAvailable": 2000.0, "currentlyAvailable": {available}, "restoreRate": {rate}}}}}"#
        ))
    };
    assert_eq!(cost("302", "202", "100.0"), Some(Duration::from_secs(1)));
    assert_eq!(cost("302", "202.7", "50"), Some(Duration::from_secs(2)));
    assert_eq!(cost("302", "-100", "100"), Some(Duration::from_millis(3_020)));
    for (requested, available, rate) in [("302", "302", "100"), ("302", "1990.0", "100"), ("302", "0", "0.0")]
    {
        assert_eq!(cost(requested, available, rate), None, "{requested} {available} {rate}");
    }
    assert_eq!(super::pause(&serde_json::from_str(r#"{"requestedQueryCost": 1}"#).expect("a cost")), None);
}

#[test]
fn faults_at_single_orders_differ_from_faults_of_the_call() {
    let fault = |code: &str, path: &str| {
        let text = format!(r#"{{"message": "Oh", "path": {path}, "extensions": {{"code": "{code}"}}}}"#);
        partial(&serde_json::from_str(&text).expect("a fault"))
    };
    let one = fault("INTERNAL_SERVER_ERROR", r#"["nodes", 3, "lineItems", 0]"#).expect("of one");
    assert_eq!((one.index, one.field.as_str()), (3, "lineItems.0"));
    assert_eq!(fault("INTERNAL_SERVER_ERROR", r#"["nodes"]"#), None);
    assert_eq!(fault("INTERNAL_SERVER_ERROR", "null"), None);
    assert_eq!(fault("INTERNAL_SERVER_ERROR", r#"["order", 3]"#), None);
    assert_eq!(fault("ACCESS_DENIED", r#"["nodes", 3, "customer"]"#), None, "none of them may be read");
}
