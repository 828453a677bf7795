//! What SQS is asked when a message is put off.

use std::time::Duration;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};
use jiff::Timestamp;
use passerelle_services::{Deferral, Queue, SqsQueue};
use serde_json::json;
use wiremock::matchers::{body_partial_json, header};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::test]
async fn a_copy_carries_its_delay_and_what_its_delivery_has_to_know() {
    let server = MockServer::start().await;
    let url = format!("{}/123456789012/passerelle-test-render-invoice", server.uri());
    let asked = json!({
        "QueueUrl": url,
        "MessageBody": "{}",
        "DelaySeconds": 420,
        "MessageAttributes": {
            "deferrals": {"DataType": "String", "StringValue": "6"},
            "first-received": {"DataType": "String", "StringValue": "2026-11-24T17:00:00Z"},
        },
    });
    Mock::given(header("x-amz-target", "AmazonSQS.SendMessage"))
        .and(body_partial_json(asked))
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({
            "MessageId": "m1", "MD5OfMessageBody": "99914b932bd37a50b983c5e7c90ae93b",
        })))
        .expect(1)
        .mount(&server)
        .await;
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-3"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(server.uri());
    let queue = SqsQueue::new(Client::from_conf(config.build()), url);
    let first_received: Timestamp = "2026-11-24T17:00:00Z".parse().expect("a time");
    let deferral = Deferral { times: 6, first_received, delay: Duration::from_secs(420) };
    queue.put_back("{}", &deferral).await.expect("a copy");
}
