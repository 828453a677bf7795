/// A bug planted in the services, as if the product had it: the simulation must find each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A run that was overtaken still writes.
    NoFencing,
    /// Reading goes on exactly where it stopped.
    NoOverlap,
    /// A file that is there is written again.
    NoConditionOnPut,
    /// The ERP's file is written before the ledger holds its orders.
    SendBeforeRecord,
    /// A message is deleted when it is received.
    AcknowledgeBeforeEffect,
    /// The cursor moves before the page is recorded.
    CursorBeforePage,
    /// A change is sent before the ERP has answered on what it changes.
    ChangeBeforeAnswer,
    /// An answer counts for whatever the ERP was given last.
    AnswerOfAnyBatch,
    /// The cursor moves to the order that a webhook was about.
    CursorByWebhook,
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 9] = [
        Self::NoFencing,
        Self::NoOverlap,
        Self::NoConditionOnPut,
        Self::SendBeforeRecord,
        Self::AcknowledgeBeforeEffect,
        Self::CursorBeforePage,
        Self::ChangeBeforeAnswer,
        Self::AnswerOfAnyBatch,
        Self::CursorByWebhook,
    ];
}
