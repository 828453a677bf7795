//! What is kept in lists of its own: lines, refunds, agreements.

use super::*;

#[tokio::test]
async fn long_lists_are_read_to_their_end_and_kept() {
    let mut order = parsed(B2B);
    let lines = order["lineItems"]["nodes"].as_array().expect("a list").clone();
    let page = |nodes: &[Value], cursor: Option<&str>| json!({ "nodes": nodes, "pageInfo": { "hasNextPage": cursor.is_some(), "endCursor": cursor } });
    order["lineItems"] = page(&lines[..2], Some("c2"));
    let refunded = order["refunds"][0]["refundLineItems"]["nodes"].clone();
    order["refunds"][0]["refundLineItems"] = page(&[], Some("r0"));
    let transactions = order["transactions"].clone();
    order["transactions"] = json!(vec![transactions[0].clone(); 50]);
    let void = |id: u32| {
        json!({
            "id": format!("gid://shopify/Refund/{id}"), "createdAt": "2026-11-24T10:00:00Z",
            "processedAt": "2026-11-24T10:00:00Z", "note": null,
            "totalRefundedSet": { "shopMoney": { "amount": "0.0" } }, "refundLineItems": page(&[], None),
            "refundShippingLines": page(&[], None), "duties": [], "orderAdjustments": page(&[], None),
        })
    };
    let first = order["refunds"][0].clone();
    let mut refunds = vec![first];
    refunds.extend((1..10).map(void));
    let ids: Vec<Value> =
        refunds.iter().chain([&void(10)]).map(|refund| json!({ "id": refund["id"] })).collect();
    order["refunds"] = json!(refunds);
    let answers = vec![
        ("FetchOrders", nodes(&[&order])),
        ("MoreLines", data(json!({ "order": { "lineItems": page(&lines[2..3], Some("c3")) } }))),
        ("MoreLines", data(json!({ "order": { "lineItems": page(&lines[3..], None) } }))),
        ("MoreTransactions", data(json!({ "order": { "transactions": transactions } }))),
        ("MoreRefunds", data(json!({ "order": { "refunds": ids } }))),
        ("FetchRefund", data(json!({ "refund": void(10) }))),
        (
            "MoreRefundedLines",
            data(json!({ "refund": { "refundLineItems": { "nodes": refunded,
            "pageInfo": { "hasNextPage": false, "endCursor": null } } } })),
        ),
    ];
    let scene = Scene::new(json!({}), answers).await;
    let fetched = scene.shop.order(&id(&order)).await.expect("an answer").expect("an order");
    let read = fetched.order.expect("understood");
    assert_eq!((read.lines.len(), read.payments.len(), read.refunds.len()), (3, 2, 11));
    assert_eq!(read.total_after_refunds().to_string(), "190.90");
    let asked = scene.asked();
    assert_eq!((&asked[1]["after"], &asked[2]["after"]), (&json!("c2"), &json!("c3")));
    assert_eq!(asked[6]["after"], "r0");
}

#[tokio::test]
async fn a_list_that_leads_nowhere_or_is_too_long_sets_the_order_aside() {
    let endless =
        |cursor: Value| json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "endCursor": cursor } });
    let mut order = parsed(B2B);
    order["lineItems"]["pageInfo"] = json!({ "hasNextPage": true, "endCursor": "c" });
    let more = data(json!({ "order": { "lineItems": endless(json!("c")) } }));
    let scene = Scene::new(json!({}), vec![("FetchOrders", nodes(&[&order])), ("MoreLines", more)]).await;
    let fetched = scene.shop.order(&id(&order)).await.expect("an answer").expect("an order");
    let rejection = fetched.order.expect_err("no end");
    assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("list_too_long", "lineItems"));
    for (field, spoil) in [
        (
            "shippingLines",
            (|o| {
                o["shippingLines"] =
                    json!({ "nodes": [], "pageInfo": { "hasNextPage": true, "endCursor": "x" } });
            }) as fn(&mut Value),
        ),
        ("refunds[0].orderAdjustments", |o| {
            o["refunds"][0]["orderAdjustments"]["pageInfo"]["hasNextPage"] = json!(true);
        }),
    ] {
        let mut order = parsed(B2B);
        spoil(&mut order);
        let scene = Scene::new(json!({}), vec![("FetchOrders", nodes(&[&order]))]).await;
        let fetched = scene.shop.order(&id(&order)).await.expect("an answer").expect("an order");
        let rejection = fetched.order.expect_err("too long");
        assert_eq!((rejection.code.as_str(), rejection.field.as_str()), ("list_too_long", field));
    }
}

#[tokio::test]
async fn agreements_are_read_where_refunds_do_not_explain_an_edited_order() {
    let order = parsed(EDITED);
    let agreements =
        json!({ "nodes": parsed(AGREEMENTS), "pageInfo": { "hasNextPage": false, "endCursor": null } });
    let answers = vec![
        ("ListOrders", listed(&[&order])),
        ("FetchOrders", nodes(&[&order])),
        ("FetchEdits", data(json!({ "order": { "agreements": agreements } }))),
    ];
    let scene = Scene::new(json!({}), answers).await;
    let page = scene.shop.orders_changed(&recent()).await.expect("a page");
    let read = page.orders[0].order.as_ref().expect("understood");
    let refunds: Vec<&str> = read.refunds.iter().map(|refund| refund.id.as_str()).collect();
    assert_eq!(refunds, ["929361500", "edit-3"]);
    assert_eq!(page.raw.iter().filter(|&&byte| byte == b'\n').count(), 2, "both answers are kept");
    assert_eq!(scene.asked()[2]["after"], Value::Null);
}
