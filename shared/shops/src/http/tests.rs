use super::*;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

fn connect(base: &str, authorization: Authorization, limits: Limits) -> Result<Http> {
    let shop = ShopId::new("rungis").expect("a name");
    let dialect = Dialect { format: Format::Json, fault: |_| None };
    Http::new(&shop, base, authorization, dialect, limits)
}

fn basic() -> Authorization {
    Authorization::Basic { user: "ck_1".into(), password: Some("cs_1".into()) }
}

fn bearer() -> Authorization {
    Authorization::Header { name: "authorization", value: "Bearer hunter2".into() }
}

#[test]
fn over_https_the_key_goes_into_the_header_and_not_into_the_address() {
    let http = connect("https://shop.example/fr/", basic(), Limits::default()).expect("a client");
    let query = [("status", "a,b c".to_owned())];
    let request = http.build(&Method::GET, "/wp-json/x", &query, None).build().expect("a request");
    assert_eq!(request.url().as_str(), "https://shop.example/fr/wp-json/x?status=a%2Cb%20c");
    assert_eq!(request.headers()["authorization"], "Basic Y2tfMTpjc18x");
    assert!(request.headers()["authorization"].is_sensitive());
    let http = connect("https://shop.example", bearer(), Limits::default()).expect("a client");
    let request = http.build(&Method::GET, "/x", &[], None).build().expect("a request");
    assert_eq!((request.url().as_str(), request.url().query()), ("https://shop.example/x", None));
    assert_eq!(request.headers()["authorization"], "Bearer hunter2");
    assert!(request.headers()["authorization"].is_sensitive());
}

#[test]
fn a_wrong_address_is_refused_by_its_field() {
    let failure = connect("http://shop.example", basic(), Limits::default()).err().expect("a failure");
    assert_eq!(failure.kind(), FailureKind::Misconfigured);
    assert!(failure.to_string().contains("url"), "{failure}");
}

/// A server that fails so many times, then answers well.
async fn server(failures: u64, failure: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    if failures > 0 {
        Mock::given(any())
            .respond_with(failure)
            .up_to_n_times(failures)
            .with_priority(1)
            .mount(&server)
            .await;
    }
    let good = ResponseTemplate::new(200).set_body_raw("{}", "application/json");
    Mock::given(any()).respond_with(good).mount(&server).await;
    server
}

async fn asked(server: &MockServer) -> usize {
    server.received_requests().await.expect("recorded").len()
}

#[tokio::test]
async fn a_read_that_fails_for_now_is_tried_again_as_often_as_allowed() {
    let half = ResponseTemplate::new(200).set_body_raw("{\"id\":", "application/json");
    for failure in [ResponseTemplate::new(503), ResponseTemplate::new(429), half] {
        let good = server(2, failure.clone()).await;
        let http = connect(&good.uri(), bearer(), Limits::default()).expect("a client");
        http.get("read", "/x").send().await.expect("an answer").checked().expect("good");
        assert_eq!(asked(&good).await, 3);
    }
    let down = server(9, ResponseTemplate::new(503)).await;
    let limits = Limits { attempts: 2, ..Limits::default() };
    let http = connect(&down.uri(), bearer(), limits).expect("a client");
    let answer = http.get("read", "/x").send().await.expect("an answer");
    assert_eq!((answer.status(), asked(&down).await), (503, 2));
}

#[tokio::test]
async fn what_will_not_change_or_may_have_had_its_effect_is_not_tried_again() {
    for (method, status) in [(Method::GET, 401), (Method::GET, 404), (Method::PUT, 409), (Method::POST, 503)]
    {
        let server = server(9, ResponseTemplate::new(status)).await;
        let http = connect(&server.uri(), bearer(), Limits::default()).expect("a client");
        let answer = http.request("try", method, "/x").send().await.expect("an answer");
        assert_eq!((answer.status(), asked(&server).await), (status, 1));
    }
    let server = server(1, ResponseTemplate::new(503)).await;
    let http = connect(&server.uri(), bearer(), Limits::default()).expect("a client");
    let read = http.request("read", Method::POST, "/x").json(&"query").repeatable();
    read.send().await.expect("an answer").checked().expect("good");
}

#[tokio::test]
async fn the_shops_wish_to_wait_is_respected_by_all_calls() {
    let server = server(1, ResponseTemplate::new(429).insert_header("Retry-After", "1")).await;
    let limits = Limits { attempts: 1, ..Limits::default() };
    let http = connect(&server.uri(), bearer(), limits).expect("a client");
    let start = std::time::Instant::now();
    let answer = http.get("read", "/x").send().await.expect("an answer");
    assert_eq!(answer.failure().expect("429").kind(), FailureKind::Retry);
    http.get("read", "/y").send().await.expect("an answer").checked().expect("good");
    assert!(start.elapsed() >= Duration::from_millis(950), "{:?}", start.elapsed());
}

#[tokio::test]
async fn nothing_is_waited_for_beyond_the_time_that_is_left() {
    let server = server(9, ResponseTemplate::new(429).insert_header("Retry-After", "20")).await;
    let http = connect(&server.uri(), bearer(), Limits::default()).expect("a client");
    let start = std::time::Instant::now();
    let outcome = within(Duration::from_secs(5), async {
        let answer = http.get("read", "/x").send().await.expect("an answer");
        assert_eq!(answer.status(), 429);
        http.get("read", "/x").send().await
    });
    let failure = outcome.await.expect_err("no time");
    assert_eq!(failure.kind(), FailureKind::Retry);
    assert!(failure.to_string().contains("longer than is left"), "{failure}");
    assert!(start.elapsed() < Duration::from_secs(3));
    assert_eq!(asked(&server).await, 1);
    let failure = within(Duration::ZERO, http.get("read", "/x").send()).await.expect_err("no time");
    assert_eq!(failure.kind(), FailureKind::Retry);
}

#[tokio::test]
async fn a_wish_to_wait_that_makes_no_sense_is_left_to_the_next_run() {
    for wish in ["18446744073709551615", "Wed, 01 Jan 2098 00:00:00 GMT"] {
        let server = server(9, ResponseTemplate::new(503).insert_header("Retry-After", wish)).await;
        let http = connect(&server.uri(), bearer(), Limits::default()).expect("a client");
        let answer = http.get("read", "/x").send().await.expect("an answer");
        assert_eq!((answer.status(), asked(&server).await), (503, 1), "{wish}");
    }
}

#[tokio::test]
async fn no_secret_is_repeated_even_when_the_shop_does() {
    let long = format!("{{\"x\": \"{}\"}} hunter2", "y".repeat(290));
    for body in ["<b>hunter2 and Bearer hunter2</b>".to_owned(), long] {
        let server = server(1, ResponseTemplate::new(500).set_body_raw(body, "text/html")).await;
        let limits = Limits { attempts: 1, ..Limits::default() };
        let http = connect(&server.uri(), bearer(), limits).expect("a client");
        let failure = http.get("read", "/x").send().await.expect("an answer").failure().expect("500");
        assert!(!failure.in_full().contains("hunt"), "{}", failure.in_full());
    }
}

#[tokio::test]
async fn what_a_shop_says_is_for_a_person_and_in_no_log() {
    let private = "Zoé Lefèvre, zoe@restaurants.example";
    let bodies = [
        (500, format!("<html><title>{private}</title>"), "text/html"),
        (200, format!("<html><title>{private}</title>"), "text/html"),
        (500, format!(r#"{{"code":"woocommerce_error","message":"{private}"}}"#), "application/json"),
        (400, format!(r#"{{"code":"rest_invalid_param","message":"{private}"}}"#), "application/json"),
    ];
    let shop = ShopId::new("rungis").expect("a name");
    for (status, body, format) in bodies {
        let server = server(9, ResponseTemplate::new(status).set_body_raw(body, format)).await;
        let dialect = Dialect { format: Format::Json, fault: crate::accounts::fault };
        let limits = Limits { attempts: 1, ..Limits::default() };
        let http = Http::new(&shop, &server.uri(), bearer(), dialect, limits).expect("a client");
        let failure = http.get("read", "/x").send().await.expect("an answer").failure().expect("a fault");
        assert!(!failure.to_string().contains("Zo") && !failure.to_string().contains('@'), "{failure}");
        assert!(failure.to_string().contains(&format!("HTTP {status}")), "{failure}");
        assert!(failure.in_full().contains(private), "{}", failure.in_full());
    }
    let body = format!(r#"{{"id": "{private}"}}"#);
    let server = server(9, ResponseTemplate::new(200).set_body_raw(body, "application/json")).await;
    let http = connect(&server.uri(), bearer(), Limits::default()).expect("a client");
    let answer = http.get("read", "/x").send().await.expect("an answer");
    let failure = answer.json::<std::collections::BTreeMap<String, u32>>().expect_err("no number");
    assert!(!failure.to_string().contains("Zo"), "{failure}");
    assert!(failure.to_string().contains("line 1, column"), "{failure}");
}
