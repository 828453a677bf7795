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
}

impl Bug {
    /// Every bug.
    pub const ALL: [Self; 6] = [
        Self::NoFencing,
        Self::NoOverlap,
        Self::NoConditionOnPut,
        Self::SendBeforeRecord,
        Self::AcknowledgeBeforeEffect,
        Self::CursorBeforePage,
    ];
}
