use strum::{IntoStaticStr, VariantArray};

/// Where the sign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, VariantArray, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Sign {
    /// A minus in front of negative numbers.
    Minus,
    /// A plus or a minus in front of every number.
    Always,
    /// A minus behind negative numbers.
    Trailing,
}

/// The look of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Figures {
    /// The decimal sign; nothing where the places are only implied (12.50 is 1250).
    pub(crate) decimal: Option<char>,
    /// Exactly so many places; nothing where the value's own are written.
    pub(crate) decimals: Option<u32>,
    pub(crate) thousands: Option<char>,
    pub(crate) sign: Sign,
    /// Whether a value with more places is rounded, rather than quarantined with its order.
    pub(crate) round: bool,
}
