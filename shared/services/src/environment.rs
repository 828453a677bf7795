//! What work is done with: the same for a function, the operator's command and a test.

use std::sync::Arc;

use async_trait::async_trait;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_sdk_sqs::Client;
use jiff::Timestamp;
use passerelle_domain::{Failure, Result};
use passerelle_ledger::Ledger;

use crate::aws::aws_failure;
use crate::secrets::SecretsManager;
use crate::{
    Clock, Letters, Metrics, Objects, Queue, Queues, S3Objects, Secrets, SqsLetters, SqsQueue, SystemClock,
    Work,
};

/// An environment: its ledger, its exchange bucket, its queues. A clone is the same one.
#[derive(Clone)]
pub struct Environment {
    /// The ledger.
    pub ledger: Ledger,
    /// The exchange bucket.
    pub objects: Arc<dyn Objects>,
    /// The queues.
    pub queues: Arc<dyn Queues>,
    /// The secrets of shops.
    pub secrets: Arc<dyn Secrets>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Metrics.
    pub metrics: Metrics,
}

impl Environment {
    /// The environment of the function that runs this, by its environment variables.
    ///
    /// # Errors
    /// `Misconfigured` with the variable that is not set.
    pub async fn of_function() -> Result<Self> {
        let env = variable("PASSERELLE_ENV")?;
        let aws = aws_config::load_defaults(BehaviorVersion::latest()).await;
        let s3 = S3Objects::new(aws_sdk_s3::Client::new(&aws), variable("PASSERELLE_BUCKET")?);
        let ledger = Ledger::in_dynamo(aws_sdk_dynamodb::Client::new(&aws), variable("PASSERELLE_TABLE")?);
        let metrics = Metrics::new(&env);
        Ok(Self::of(&aws, env, ledger, s3, metrics))
    }

    /// The environment `env` as seen from outside, at AWS with the credentials of whoever runs this, or at
    /// another endpoint. An endpoint on this machine is the local cloud, and is never sent real credentials.
    /// Nothing is read in advance.
    ///
    /// # Errors
    /// `Misconfigured` when `env` is no name, or is `local` and no endpoint is given.
    pub async fn connect(env: &str, endpoint: Option<&str>) -> Result<Self> {
        let wrong =
            |cause: &str| Err(Failure::misconfigured("connect to environment", env, cause.to_owned()));
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if env.is_empty() || !env.chars().all(named) {
            return wrong("the name is empty or has characters other than a-z, 0-9 and -");
        }
        let mut config = aws_config::defaults(BehaviorVersion::latest());
        match endpoint {
            Some(endpoint) => {
                config = config.endpoint_url(endpoint);
                if is_this_machine(endpoint) {
                    let keys = Credentials::new("local", "local", None, None, "local cloud");
                    config = config.credentials_provider(keys).region(Region::from_static("eu-west-3"));
                }
            }
            None if env == "local" => {
                return wrong("the local cloud's address is missing: --endpoint or AWS_ENDPOINT_URL");
            }
            None => {}
        }
        let aws = config.load().await;
        // A bucket has no host name of its own anywhere but at AWS.
        let s3 = aws_sdk_s3::config::Builder::from(&aws).force_path_style(endpoint.is_some()).build();
        let s3 = aws_sdk_s3::Client::from_conf(s3);
        let s3 = S3Objects::new(s3, format!("passerelle-{env}-exchange"));
        let dynamo = aws_sdk_dynamodb::Client::new(&aws);
        let ledger = Ledger::in_dynamo(dynamo, format!("passerelle-{env}-ledger"));
        Ok(Self::of(&aws, env.to_owned(), ledger, s3, Metrics::silent()))
    }

    /// The present instant, by its clock.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Announces work: sends messages to its queue.
    ///
    /// # Errors
    /// When SQS cannot be reached. Some may have been sent, and all may be sent again.
    pub async fn announce(&self, work: Work, bodies: &[String]) -> Result<()> {
        self.queues.queue(work).await?.send(bodies).await
    }

    /// An empty environment in memory.
    #[cfg(feature = "fakes")]
    pub fn in_memory() -> Self {
        Self {
            ledger: Ledger::in_memory(),
            objects: Arc::new(crate::MemoryObjects::default()),
            queues: Arc::new(crate::MemoryQueues::default()),
            secrets: Arc::new(crate::MemorySecrets::default()),
            clock: Arc::new(SystemClock),
            metrics: Metrics::recorded(),
        }
    }

    fn of(aws: &SdkConfig, env: String, ledger: Ledger, objects: S3Objects, metrics: Metrics) -> Self {
        let client = aws_sdk_secretsmanager::Client::new(aws);
        Self {
            ledger,
            objects: Arc::new(objects),
            queues: Arc::new(SqsQueues { client: Client::new(aws), env: env.clone() }),
            secrets: Arc::new(SecretsManager { client, env }),
            clock: Arc::new(SystemClock),
            metrics,
        }
    }
}

/// The queues of an environment in SQS. A function has the beginning of all their URLs in
/// `PASSERELLE_QUEUE_URLS`; from outside, SQS is asked.
struct SqsQueues {
    client: Client,
    env: String,
}

impl SqsQueues {
    async fn url(&self, name: &str) -> Result<String> {
        if let Ok(urls) = std::env::var("PASSERELLE_QUEUE_URLS") {
            return Ok(format!("{urls}{name}"));
        }
        let name = format!("passerelle-{}-{name}", self.env);
        let found = self.client.get_queue_url().queue_name(&name).send().await;
        let found = found.map_err(|error| aws_failure("find queue", &name, error))?;
        found.queue_url.ok_or_else(|| Failure::misconfigured("find queue", name, "it has no URL"))
    }
}

#[async_trait]
impl Queues for SqsQueues {
    async fn queue(&self, work: Work) -> Result<Arc<dyn Queue>> {
        Ok(Arc::new(SqsQueue::new(self.client.clone(), self.url(work.as_str()).await?)))
    }

    async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        Ok(Arc::new(SqsLetters::new(self.client.clone(), self.url(name).await?)))
    }
}

fn variable(name: &str) -> Result<String> {
    std::env::var(name).map_err(|error| Failure::misconfigured("read environment variable", name, error))
}

fn is_this_machine(endpoint: &str) -> bool {
    let authority = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.strip_prefix('[').map_or_else(
        || authority.split(':').next().unwrap_or_default(),
        |bracketed| bracketed.split(']').next().unwrap_or_default(),
    );
    matches!(host, "localhost" | "127.0.0.1" | "::1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_endpoint_on_this_machine_is_the_local_cloud() {
        for local in ["http://127.0.0.1:4566", "http://localhost:4566/", "http://[::1]:4566", "localhost"] {
            assert!(is_this_machine(local), "{local}");
        }
        for other in
            ["https://sqs.eu-west-3.amazonaws.com", "http://127.0.0.1.example.org", "http://a@localhost"]
        {
            assert!(!is_this_machine(other), "{other}");
        }
    }

    #[tokio::test]
    async fn the_local_environment_is_never_looked_for_at_aws() {
        let refused = Environment::connect("local", None).await.err().expect("refused");
        assert_eq!(refused.kind(), passerelle_domain::FailureKind::Misconfigured);
        assert!(Environment::connect("Prod 1", None).await.is_err());
    }
}
