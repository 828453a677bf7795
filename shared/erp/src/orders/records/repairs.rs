//! What was repaired of an order so that the ERP takes it, and what could not be.

use passerelle_domain::{Order, OrderKey, Rejection};

/// A value that the layout let be repaired: a label cut, a character replaced, a town completed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The order.
    pub order: OrderKey,
    /// The field, in the words of the domain: `lines[2].label`, `delivery.city`.
    pub field: String,
    /// What the shop said.
    pub from: String,
    /// What the ERP is sent.
    pub to: String,
    /// The rule that let it be repaired, as a sentence or the part of one.
    pub rule: String,
}

/// What there is to say of an order while its records are made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    pub(crate) faults: Vec<Rejection>,
    fixes: Vec<Fix>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Fix {
    field: String,
    from: String,
    to: String,
    rule: String,
}

impl Notes {
    /// Records a repair, once.
    pub(crate) fn repaired(&mut self, field: &str, from: &str, to: &str, rule: String) {
        let fix = Fix { field: field.to_owned(), from: from.to_owned(), to: to.to_owned(), rule };
        if !self.fixes.contains(&fix) {
            self.fixes.push(fix);
        }
    }

    /// The repairs, as those of an order.
    pub(crate) fn repairs(self, order: &Order) -> Vec<Repair> {
        let repair =
            |Fix { field, from, to, rule }| Repair { order: order.key.clone(), field, from, to, rule };
        self.fixes.into_iter().map(repair).collect()
    }
}
