/// A bug planted in the services, as if the product had it: the simulation must find each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::VariantArray)]
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
    /// A change is sent before the ERP has acknowledged what it changes.
    ChangeBeforeAck,
    /// An acknowledgement counts for whatever the ERP was sent last.
    AckOfAnyBatch,
    /// The cursor moves to the order that a webhook was about.
    CursorByWebhook,
}

impl Bug {
    /// Every bug.
    pub const ALL: &'static [Self] = <Self as strum::VariantArray>::VARIANTS;
}
