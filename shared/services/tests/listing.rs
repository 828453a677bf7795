//! Lists of objects whose keys no XML can hold.

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use passerelle_services::{Objects, S3Objects};
use wiremock::matchers::{query_param, query_param_is_missing};
use wiremock::{Mock, MockServer, ResponseTemplate};

fn page(version: &str, next: &str, encoding: &str) -> ResponseTemplate {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <ListVersionsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{next}{encoding}\
         <Version>{version}<Size>4</Size><IsLatest>true</IsLatest></Version></ListVersionsResult>"
    );
    ResponseTemplate::new(200).set_body_raw(body, "application/xml")
}

const ENCODED: &str = "<EncodingType>url</EncodingType>";

async fn objects() -> (MockServer, S3Objects) {
    let server = MockServer::start().await;
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-3"))
        .credentials_provider(Credentials::new("key", "secret", None, None, "test"))
        .endpoint_url(server.uri())
        .force_path_style(true)
        .build();
    (server, S3Objects::new(aws_sdk_s3::Client::from_conf(config), "exchange"))
}

#[tokio::test]
async fn a_key_with_a_control_character_is_listed_as_it_is() {
    let (server, objects) = objects().await;
    // As S3 writes it without encoding: a reference that XML 1.0 does not allow.
    let bare = page("<Key>in/fact&#x1;.csv</Key><VersionId>v1</VersionId>", "", "");
    Mock::given(query_param_is_missing("encoding-type")).respond_with(bare).mount(&server).await;
    let next = "<IsTruncated>true</IsTruncated><NextKeyMarker>in/fact%01+%C3%A9t%C3%A9%2B1.csv</NextKeyMarker>\
                <NextVersionIdMarker>v1</NextVersionIdMarker>";
    let first = page("<Key>in/fact%01+%C3%A9t%C3%A9%2B1.csv</Key><VersionId>v1</VersionId>", next, ENCODED);
    Mock::given(query_param("encoding-type", "url"))
        .and(query_param_is_missing("key-marker"))
        .respond_with(first)
        .mount(&server)
        .await;
    let second = page("<Key>in/z.csv</Key><VersionId>v2</VersionId>", "", ENCODED);
    Mock::given(query_param("encoding-type", "url"))
        .and(query_param("key-marker", "in/fact\u{1} été+1.csv"))
        .respond_with(second)
        .mount(&server)
        .await;
    let listed = objects.list("in/", 10).await.expect("listed");
    let keys: Vec<_> = listed.iter().map(|listed| (&*listed.key, &*listed.version)).collect();
    assert_eq!(keys, [("in/fact\u{1} été+1.csv", "v1"), ("in/z.csv", "v2")]);
}

#[tokio::test]
async fn keys_of_a_store_that_encodes_nothing_stay_as_they_are() {
    let (server, objects) = objects().await;
    let version = "<Key>in/100%25 a+b.csv</Key><VersionId>v1</VersionId>";
    Mock::given(query_param("encoding-type", "url")).respond_with(page(version, "", "")).mount(&server).await;
    assert_eq!(objects.list("in/", 10).await.expect("listed")[0].key, "in/100%25 a+b.csv");
}
