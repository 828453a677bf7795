use passerelle_domain::{Failure, Result};
use percent_encoding::percent_decode_str;
use serde::Deserialize;

/// The part of an S3 event notification that we need. The crate of event types wants fields that
/// not every sender fills in.
#[derive(Deserialize)]
struct Notification {
    /// "s3:TestEvent" in the message that S3 sends when the notification is set up.
    #[serde(rename = "Event")]
    event: Option<String>,
    #[serde(rename = "Records", default)]
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    s3: Entity,
}

#[derive(Deserialize)]
struct Entity {
    object: ObjectEntity,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ObjectEntity {
    key: String,
    version_id: Option<String>,
    size: Option<u64>,
}

/// An object of a notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DroppedObject {
    /// Its key, decoded.
    pub key: String,
    /// Its version; `null` in a bucket without versions.
    pub version: String,
    /// Its size in bytes.
    pub size: u64,
}

/// The objects that an S3 notification in a message's body names. S3's test message, which it sends
/// when the notification is set up, names none.
///
/// # Errors
/// `Rejected` when the body is no S3 notification.
pub fn dropped_objects(body: &str) -> Result<Vec<DroppedObject>> {
    let wrong = |cause: String| Failure::rejected("read S3 notification", excerpt(body), cause);
    let notification: Notification = serde_json::from_str(body).map_err(|error| wrong(error.to_string()))?;
    if notification.event.as_deref() == Some("s3:TestEvent") {
        return Ok(Vec::new());
    }
    if notification.records.is_empty() {
        return Err(wrong("it names no object".into()));
    }
    let objects = notification.records.into_iter().map(|record| {
        let object = record.s3.object;
        let key = object.key.replace('+', " ");
        let key = percent_decode_str(&key).decode_utf8().map_err(|error| wrong(error.to_string()))?;
        Ok(DroppedObject {
            key: key.into_owned(),
            version: object.version_id.filter(|id| !id.is_empty()).unwrap_or_else(|| "null".into()),
            size: object.size.unwrap_or(0),
        })
    });
    objects.collect()
}

/// The notification that S3 would have sent of an object, for one whose notification was lost.
pub fn notification_of(object: &DroppedObject) -> String {
    let key = percent_encoding::utf8_percent_encode(&object.key, KEY);
    let version = Some(&object.version).filter(|version| *version != "null");
    let object = serde_json::json!({"key": key.to_string(), "size": object.size, "versionId": version});
    serde_json::json!({"Records": [{
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"s3SchemaVersion": "1.0", "object": object},
    }]})
    .to_string()
}

/// What S3 leaves as it is in a notification's key.
const KEY: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

fn excerpt(body: &str) -> String {
    body.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_notification_is_decoded() {
        let body = r#"{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-3","eventTime":"2026-11-24T17:00:00.000Z","eventName":"ObjectCreated:Put","s3":{"s3SchemaVersion":"1.0","bucket":{"name":"b","arn":"arn:aws:s3:::b"},"object":{"key":"invoices/inbox/factures+du+24%20%C3%A9t%C3%A9%2B1.csv","size":12,"eTag":"e","versionId":"v1","sequencer":"0A"}}}]}"#;
        let object = dropped_objects(body).expect("a notification").remove(0);
        assert_eq!(object.key, "invoices/inbox/factures du 24 été+1.csv");
        assert_eq!((object.version.as_str(), object.size), ("v1", 12));
    }

    #[test]
    fn a_notification_sent_again_names_the_same_object() {
        for version in ["v1", "null"] {
            let object = DroppedObject {
                key: "invoices/inbox/factures du 24 été+1~(2) 100%.csv".into(),
                version: version.into(),
                size: 12,
            };
            let body = notification_of(&object);
            assert_eq!(dropped_objects(&body).expect("a notification"), [object]);
        }
    }

    #[test]
    fn the_test_message_names_no_object_and_nonsense_is_refused() {
        assert_eq!(dropped_objects(r#"{"Service":"Amazon S3","Event":"s3:TestEvent"}"#).expect("a test"), []);
        assert!(dropped_objects("not JSON").is_err());
        assert!(dropped_objects(r#"{"Records":[{}]}"#).is_err());
    }
}
