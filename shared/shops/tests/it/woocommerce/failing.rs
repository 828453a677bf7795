//! Orders that the shop always fails at.

use super::*;

/// A shop of orders 1 to 5, a second each, that dies of order 3 even where only ids are asked for.
struct DiesOfThree;

impl wiremock::Respond for DiesOfThree {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let query: HashMap<String, String> = request.url.query_pairs().into_owned().collect();
        let number = |name: &str| query.get(name).and_then(|text| text.parse::<usize>().ok());
        let wanted: Option<Vec<u32>> =
            query.get("include").map(|ids| ids.split(',').map(|id| id.parse().expect("an id")).collect());
        let after = query.get("modified_after").cloned().unwrap_or_default();
        let before = query.get("modified_before");
        let time = |id: u32| format!("2026-11-24T02:00:0{id}");
        let found: Vec<u32> = (1..=5)
            .filter(|id| before.is_none_or(|before| time(*id) < *before))
            .filter(|id| time(*id) > after && wanted.as_ref().is_none_or(|wanted| wanted.contains(id)))
            .collect();
        let (size, page) = (number("per_page").unwrap_or(10), number("page").unwrap_or(1));
        let ids: Vec<u32> = found.iter().skip((page - 1) * size).take(size).copied().collect();
        if ids.contains(&3) {
            return ResponseTemplate::new(500).set_body_raw("<p>critical error", "text/html");
        }
        let rows: Vec<Value> = ids
            .iter()
            .map(|&id| {
                json!({
                    "id": id, "status": "processing", "currency": "EUR", "date_created_gmt": time(id),
                    "date_modified_gmt": time(id), "total": "0.00", "total_tax": "0.00",
                })
            })
            .collect();
        json_answer(200, json!(rows))
            .insert_header("X-WP-Total", found.len().to_string())
            .insert_header("X-WP-TotalPages", found.len().div_ceil(size).to_string())
    }
}

#[tokio::test]
async fn an_order_without_a_readable_id_is_passed_over_by_its_place() {
    let server = MockServer::start().await;
    Mock::given(path(ORDERS)).respond_with(DiesOfThree).mount(&server).await;
    let shop = connect(&server.uri());
    let mut cursor = start();
    let mut seen = Vec::new();
    for _ in 0..10 {
        let page = shop.orders_changed(&cursor).await.expect("a page");
        seen.extend(page.orders.iter().map(|order| (order.key.id.to_string(), order.order.is_ok())));
        cursor = page.next;
        if page.caught_up {
            break;
        }
    }
    seen.sort();
    seen.dedup();
    let good = |id: &str| (id.to_owned(), true);
    let passed = ("before-2026-11-24T02:00:04Z".to_owned(), false);
    assert_eq!(seen, [good("1"), good("2"), good("4"), good("5"), passed]);
    assert_eq!(cursor.watermark.to_string(), "2026-11-24T02:00:05Z");
}

#[tokio::test]
async fn refunds_that_always_fail_set_aside_their_own_order_and_no_other() {
    let server = MockServer::start().await;
    let other = REFUNDED.replace("\"id\":164", "\"id\":165").replace("\"refunds\":[{", "\"x\":[{");
    assert_ne!(other, REFUNDED);
    let list = json_answer(200, format!("[{REFUNDED},{other}]")).insert_header("X-WP-Total", "2");
    Mock::given(path(ORDERS)).respond_with(list).mount(&server).await;
    let dies = ResponseTemplate::new(500);
    Mock::given(path(format!("{ORDERS}/164/refunds"))).respond_with(dies).mount(&server).await;
    let from = from("1970-01-01T00:00:00Z");
    let page = connect(&server.uri()).orders_changed(&from).await.expect("a page");
    let rejection = page.orders[0].order.as_ref().expect_err("its refunds are not shown");
    assert_eq!(rejection.code, passerelle_shops::UNREACHABLE);
    assert!(page.orders[1].order.is_ok());
    // The same again is the same rejection, not a new revision.
    let again = connect(&server.uri()).orders_changed(&from).await.expect("a page");
    assert_eq!(again.orders[0].order.as_ref().expect_err("still"), rejection);
}

#[tokio::test]
async fn the_very_last_order_is_never_set_aside_while_it_fails() {
    let server = MockServer::start().await;
    let list = json_answer(200, format!("[{REFUNDED}]")).insert_header("X-WP-Total", "1");
    Mock::given(path(ORDERS)).respond_with(list).mount(&server).await;
    let dies = ResponseTemplate::new(500);
    Mock::given(path(format!("{ORDERS}/164/refunds"))).respond_with(dies).mount(&server).await;
    let from = from("1970-01-01T00:00:00Z");
    let failure = connect(&server.uri()).orders_changed(&from).await.expect_err("nobody waits behind it");
    assert_eq!(failure.kind(), FailureKind::Retry);
}
