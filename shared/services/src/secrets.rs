//! Secrets of shops.

use async_trait::async_trait;
use aws_sdk_secretsmanager::Client;
use passerelle_domain::{Failure, Result, ShopId};

use crate::aws::aws_failure;

/// Where secrets are kept.
#[async_trait]
pub trait Secrets: Send + Sync {
    /// The secret of a shop, as it is now.
    async fn shop_secret(&self, shop: &ShopId) -> Result<String>;

    /// Whether a shop's secret has been put in. It is not read.
    async fn has_shop_secret(&self, shop: &ShopId) -> Result<bool>;
}

/// The name of a shop's secret in Secrets Manager.
fn secret_name(env: &str, shop: &ShopId) -> String {
    format!("passerelle-{env}/shops/{shop}")
}

/// Secrets Manager; a shop's secret is named `passerelle-<env>/shops/<shop>`.
pub(crate) struct SecretsManager {
    pub(crate) client: Client,
    pub(crate) env: String,
}

#[async_trait]
impl Secrets for SecretsManager {
    async fn shop_secret(&self, shop: &ShopId) -> Result<String> {
        let name = secret_name(&self.env, shop);
        let secret = self.client.get_secret_value().secret_id(&name).send().await;
        let secret = secret.map_err(|error| match error.as_service_error() {
            Some(error) if error.is_resource_not_found_exception() => {
                let cause = "there is none yet: the shop waits for it (aws secretsmanager put-secret-value)";
                Failure::misconfigured("read secret", &name, cause)
            }
            _ => aws_failure("read secret", &name, error),
        })?;
        let missing = || Failure::misconfigured("read secret", &name, "it has no text");
        secret.secret_string.ok_or_else(missing)
    }

    async fn has_shop_secret(&self, shop: &ShopId) -> Result<bool> {
        let name = secret_name(&self.env, shop);
        let found = self.client.describe_secret().secret_id(&name).send().await;
        let found = found.map_err(|error| aws_failure("look for secret", &name, error))?;
        let mut stages = found.version_ids_to_stages.into_iter().flatten().flat_map(|(_, stages)| stages);
        Ok(stages.any(|stage| stage == "AWSCURRENT"))
    }
}

#[cfg(test)]
mod tests {
    use aws_credential_types::Credentials;
    use aws_sdk_secretsmanager::config::Region;
    use serde_json::json;
    use wiremock::{Mock, MockServer, ResponseTemplate, matchers};

    use passerelle_domain::FailureKind;

    use super::*;

    #[tokio::test]
    async fn a_shop_whose_secret_is_not_there_yet_waits_for_it() {
        let server = MockServer::start().await;
        let body = json!({"__type": "ResourceNotFoundException", "Message": "can't find AWSCURRENT"});
        let response = ResponseTemplate::new(400).set_body_json(body);
        Mock::given(matchers::any()).respond_with(response).mount(&server).await;
        let config = aws_sdk_secretsmanager::Config::builder()
            .behavior_version_latest()
            .region(Region::from_static("eu-west-3"))
            .credentials_provider(Credentials::new("k", "s", None, None, "test"))
            .endpoint_url(server.uri())
            .build();
        let secrets = SecretsManager { client: Client::from_conf(config), env: "prod".into() };
        let missing = secrets.shop_secret(&ShopId::new("rungis").expect("a name")).await.expect_err("none");
        assert_eq!(missing.kind(), FailureKind::Misconfigured, "what is missing can be put in");
        let words = missing.to_string();
        assert!(words.contains("passerelle-prod/shops/rungis: there is none yet"), "{words}");
    }
}
