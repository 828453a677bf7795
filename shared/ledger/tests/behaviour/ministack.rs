//! A local cloud of the test's own, on a free port, stopped with it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use passerelle_ledger::Ledger;

pub struct MiniStack {
    process: Child,
    client: Client,
}

impl MiniStack {
    pub async fn start() -> Self {
        let port =
            TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
        let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv/bin/ministack");
        let program = if installed.exists() { installed } else { "ministack".into() };
        let process = Command::new(program)
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("no local cloud ({error}): `make tools` creates it"));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-3"))
            .endpoint_url(format!("http://127.0.0.1:{port}"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .build();
        let started = Self { process, client: Client::from_conf(config) };
        started.wait().await;
        started
    }

    async fn wait(&self) {
        for _ in 0..300 {
            if self.client.list_tables().send().await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the local cloud does not answer");
    }

    /// A ledger in a table of its own, of the form that Terraform gives it.
    pub async fn ledger(&self, table: &str) -> Ledger {
        let part = |name: &str, kind| {
            KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("complete")
        };
        let by_state = GlobalSecondaryIndex::builder()
            .index_name("by-state")
            .key_schema(part("state_key", KeyType::Hash))
            .key_schema(part("state_since", KeyType::Range))
            .projection(Projection::builder().projection_type(ProjectionType::All).build())
            .build()
            .expect("complete");
        let attributes = ["pk", "sk", "state_key", "state_since"].map(|name| {
            let text = ScalarAttributeType::S;
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(text)
                .build()
                .expect("complete")
        });
        self.client
            .create_table()
            .table_name(table)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.into()))
            .key_schema(part("pk", KeyType::Hash))
            .key_schema(part("sk", KeyType::Range))
            .global_secondary_indexes(by_state)
            .send()
            .await
            .expect("a table");
        Ledger::in_dynamo(self.client.clone(), table)
    }
}

impl Drop for MiniStack {
    fn drop(&mut self) {
        // It may be gone already; nothing else to do about it here.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
