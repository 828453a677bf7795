//! What DynamoDB's errors mean, decided here and nowhere else.

use std::error::Error;
use std::fmt::Debug;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use passerelle_domain::{Failure, FailureKind};

use crate::table::Key;

/// Errors that no retry can fix: the table, the rights or the program are wrong. ("Error handling with
/// DynamoDB": all that is not marked as worth a retry.)
const LASTING: [&str; 9] = [
    "AccessDeniedException",
    "IncompleteSignatureException",
    "InvalidSignatureException",
    "ItemCollectionSizeLimitExceededException",
    "MissingAuthenticationTokenException",
    "ResourceNotFoundException",
    "SerializationException",
    "UnrecognizedClientException",
    "ValidationException",
];

fn kind(code: Option<&str>) -> FailureKind {
    if code.is_some_and(|code| LASTING.contains(&code)) {
        FailureKind::Misconfigured
    } else {
        FailureKind::Retry
    }
}

/// The failure that an error of the SDK is.
pub fn of<E, R>(doing: &'static str, key: &Key, error: SdkError<E, R>) -> Failure
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    R: Debug + Send + Sync + 'static,
{
    let kind = match &error {
        SdkError::ConstructionFailure(_) => FailureKind::Misconfigured,
        SdkError::ServiceError(error) => kind(error.err().code()),
        // A time-out, no connection, half a response.
        _ => FailureKind::Retry,
    };
    Failure::new(kind, doing, key.to_string(), error)
}

/// Whether a put met another version, or a transaction under way on its item.
pub fn is_lost_put<R>(error: &SdkError<PutItemError, R>) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
    })
}

fn reasons<R>(error: &SdkError<TransactWriteItemsError, R>) -> Vec<&str> {
    match error.as_service_error() {
        Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code()).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether a transaction met another version, or another transaction under way on one of its items.
pub fn is_lost_transaction<R>(error: &SdkError<TransactWriteItemsError, R>) -> bool {
    reasons(error).iter().any(|code| matches!(*code, "ConditionalCheckFailed" | "TransactionConflict"))
}

/// The failure that an error of a transaction is, when it is not a lost race.
pub fn of_transaction<R>(
    doing: &'static str,
    key: &Key,
    error: SdkError<TransactWriteItemsError, R>,
) -> Failure
where
    R: Debug + Send + Sync + 'static,
{
    let lasting = |code: &&str| matches!(*code, "ValidationError" | "ItemCollectionSizeLimitExceeded");
    if reasons(&error).iter().any(lasting) {
        return Failure::misconfigured(doing, key.to_string(), error);
    }
    of(doing, key, error)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::get_item::GetItemError;
    use aws_sdk_dynamodb::types::CancellationReason;
    use aws_sdk_dynamodb::types::error::TransactionCanceledException;

    use super::*;

    fn failed(code: &str) -> SdkError<GetItemError, ()> {
        let meta = aws_sdk_dynamodb::error::ErrorMetadata::builder().code(code).message("why").build();
        SdkError::service_error(GetItemError::generic(meta), ())
    }

    #[test]
    fn transient_errors_are_retried_and_lasting_ones_are_not() {
        let key = Key::head("ORDER#rungis#1");
        for (code, kind) in [
            ("ThrottlingException", FailureKind::Retry),
            ("ProvisionedThroughputExceededException", FailureKind::Retry),
            ("InternalServerError", FailureKind::Retry),
            ("ExpiredTokenException", FailureKind::Retry),
            ("ResourceNotFoundException", FailureKind::Misconfigured),
            ("AccessDeniedException", FailureKind::Misconfigured),
            ("ValidationException", FailureKind::Misconfigured),
        ] {
            let failure = of("read order", &key, failed(code));
            assert_eq!(failure.kind(), kind, "{code}");
            assert!(failure.to_string().starts_with("read order ORDER#rungis#1 HEAD: "), "{failure}");
            assert!(failure.to_string().contains(code), "{failure}");
        }
        let late = SdkError::<GetItemError, ()>::timeout_error("too late");
        assert_eq!(of("read order", &key, late).kind(), FailureKind::Retry);
    }

    #[test]
    fn a_cancelled_transaction_says_why() {
        let cancelled = |codes: &[&str]| {
            let reasons =
                codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
            let error =
                TransactionCanceledException::builder().set_cancellation_reasons(Some(reasons)).build();
            SdkError::service_error(TransactWriteItemsError::TransactionCanceledException(error), ())
        };
        let key = Key::head("ORDER#rungis#1");
        assert!(is_lost_transaction(&cancelled(&["None", "ConditionalCheckFailed"])));
        assert!(is_lost_transaction(&cancelled(&["TransactionConflict"])));
        let full = cancelled(&["None", "ThrottlingError"]);
        assert!(!is_lost_transaction(&full));
        assert_eq!(of_transaction("claim", &key, full).kind(), FailureKind::Retry);
        let wrong = cancelled(&["ValidationError"]);
        assert_eq!(of_transaction("claim", &key, wrong).kind(), FailureKind::Misconfigured);
    }
}
