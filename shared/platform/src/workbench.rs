//! What an operator's machine needs: the same parts as a function's, found by their names.

use std::sync::Arc;

use aws_config::{BehaviorVersion, Region};
use aws_credential_types::Credentials;
use passerelle_domain::{Failure, Result, ShopId};
use passerelle_erp::orders::ShopLayouts;
use passerelle_ledger::Ledger;
use passerelle_shops::ShopConfig;

use crate::secrets::secret_name;
use crate::start::{aws_failure, read_config, read_order_layouts};
use crate::{Config, Letters, Objects, Queue, S3Objects, SqsLetters, SqsQueue};

/// An environment as seen from outside: nothing is read before it is asked for.
pub struct Workbench {
    /// The ledger, `passerelle-<env>-ledger`.
    pub ledger: Ledger,
    /// The exchange bucket, `passerelle-<env>-exchange`.
    pub objects: Arc<dyn Objects>,
    env: String,
    secrets: aws_sdk_secretsmanager::Client,
    sqs: aws_sdk_sqs::Client,
}

impl Workbench {
    /// The environment `env`, at AWS with the credentials of whoever runs this, or at another
    /// endpoint. An endpoint on this machine is the local cloud, and is never given real credentials.
    ///
    /// # Errors
    /// `Misconfigured` when `env` is no name, or is `local` and no endpoint is given.
    pub async fn connect(env: &str, endpoint: Option<&str>) -> Result<Self> {
        let wrong =
            |cause: &str| Err(Failure::misconfigured("connect to environment", env, cause.to_owned()));
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if env.is_empty() || !env.chars().all(named) {
            return wrong("a name has lower-case letters, digits and -");
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
                return wrong("say where the local cloud answers, with --endpoint or AWS_ENDPOINT_URL");
            }
            None => {}
        }
        let aws = config.load().await;
        // A bucket has no host name of its own anywhere but at AWS.
        let s3 = aws_sdk_s3::config::Builder::from(&aws).force_path_style(endpoint.is_some()).build();
        let s3 = aws_sdk_s3::Client::from_conf(s3);
        let dynamo = aws_sdk_dynamodb::Client::new(&aws);
        Ok(Self {
            ledger: Ledger::in_dynamo(dynamo, format!("passerelle-{env}-ledger")),
            objects: Arc::new(S3Objects::new(s3, format!("passerelle-{env}-exchange"))),
            env: env.to_owned(),
            secrets: aws_sdk_secretsmanager::Client::new(&aws),
            sqs: aws_sdk_sqs::Client::new(&aws),
        })
    }

    /// The queue `passerelle-<env>-<name>`, to send to.
    ///
    /// # Errors
    /// When there is none, or SQS cannot be reached.
    pub async fn queue(&self, name: &str) -> Result<Arc<dyn Queue>> {
        Ok(Arc::new(SqsQueue::new(self.sqs.clone(), self.url(name).await?)))
    }

    /// The queue `passerelle-<env>-<name>`, to look into.
    ///
    /// # Errors
    /// When there is none, or SQS cannot be reached.
    pub async fn letters(&self, name: &str) -> Result<Arc<dyn Letters>> {
        Ok(Arc::new(SqsLetters::new(self.sqs.clone(), self.url(name).await?)))
    }

    async fn url(&self, name: &str) -> Result<String> {
        let name = format!("passerelle-{}-{name}", self.env);
        let found = self.sqs.get_queue_url().queue_name(&name).send().await;
        let found = found.map_err(|error| aws_failure("find queue", &name, error))?;
        found.queue_url.ok_or_else(|| Failure::misconfigured("find queue", name, "it has no URL"))
    }

    /// Whether a shop's secret has been put in. It is not read.
    ///
    /// # Errors
    /// When there is no place for it, or whoever runs this may not look.
    pub async fn has_secret(&self, shop: &ShopId) -> Result<bool> {
        let name = secret_name(&self.env, shop);
        let found = self.secrets.describe_secret().secret_id(&name).send().await;
        let found = found.map_err(|error| aws_failure("look for secret", &name, error))?;
        let mut stages = found.version_ids_to_stages.into_iter().flatten().flat_map(|(_, stages)| stages);
        Ok(stages.any(|stage| stage == "AWSCURRENT"))
    }

    /// The shops of the configuration that can be read, whatever else is wrong with it.
    ///
    /// # Errors
    /// When there is no configuration, or S3 cannot be reached.
    pub async fn shops(&self) -> Result<Vec<ShopConfig>> {
        Ok(Config::shops_in(&read_config(&*self.objects, "passerelle.toml").await?))
    }

    /// The configuration, as functions read it.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field.
    pub async fn config(&self) -> Result<Config> {
        Config::from_toml(&read_config(&*self.objects, "passerelle.toml").await?)
    }

    /// The layouts of the ERP's import files.
    ///
    /// # Errors
    /// `Misconfigured` with the path of the field.
    pub async fn order_layouts(&self, config: &Config) -> Result<ShopLayouts> {
        read_order_layouts(&*self.objects, &config.orders).await
    }
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
        let refused = Workbench::connect("local", None).await.err().expect("refused");
        assert_eq!(refused.kind(), passerelle_domain::FailureKind::Misconfigured);
        assert!(Workbench::connect("Prod 1", None).await.is_err());
    }
}
