use aws_sdk_s3::config::http::HttpResponse;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use passerelle_domain::{Failure, FailureKind};

/// What an AWS error means: decided here and nowhere else (the ledger's DynamoDB files apart).
pub(crate) fn aws_failure<E>(doing: &'static str, subject: &str, error: SdkError<E, HttpResponse>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    let kind = match &error {
        SdkError::ConstructionFailure(_) => FailureKind::Misconfigured,
        SdkError::ServiceError(error) => {
            let code = error.err().code().unwrap_or_default();
            match error.raw().status().as_u16() {
                429 | 500.. => FailureKind::Retry,
                _ if ["Throttl", "SlowDown", "RequestTimeout"].iter().any(|c| code.contains(c)) => {
                    FailureKind::Retry
                }
                401 | 403 | 404 => FailureKind::Misconfigured,
                _ if code.contains("NonExistentQueue") || code.contains("QueueDoesNotExist") => {
                    FailureKind::Misconfigured
                }
                _ => FailureKind::Rejected,
            }
        }
        _ => FailureKind::Retry,
    };
    Failure::new(kind, doing, subject, error)
}
