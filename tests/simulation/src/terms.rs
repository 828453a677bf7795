//! What the ERP of a seed takes of changes, how much at once, and whether it acknowledges.

use std::sync::{Arc, LazyLock};

use passerelle_erp::acks::AckLayout;
use passerelle_erp::orders::{OrderLayout, ShopLayouts};
use passerelle_flows::export::Pace;

use crate::random::Random;

/// How the ERP takes an order that changed after it was sent, by layout.
const AMENDMENTS: [&str; 4] = ["replacement", "signed_differences", "cancellation", "set_aside"];

/// For each of them a layout that is too narrow for some articles, and the one that a person made of it.
static ORDERS: LazyLock<[[Arc<ShopLayouts>; 2]; 4]> = LazyLock::new(|| {
    let text = include_str!("../../../infra/environments/prod/layouts/orders.toml");
    let action = "[[header]]\nname = \"action\"\nfrom = \"order.action\"\n\n[[line]]";
    let text = text.replacen("[[line]]", action, 1);
    let (narrow, wide) = ("required = true\nmax = 18", "required = true\nmax = 40");
    assert!(text.contains(narrow), "the layout of production has an article of 18 characters");
    let layout = |text: &str| Arc::new(OrderLayout::from_toml(text).expect("a layout").into());
    AMENDMENTS.map(|amendments| {
        let text = text.replacen("amendments = \"set_aside\"", &format!("amendments = \"{amendments}\""), 1);
        [layout(&text), layout(&text.replacen(narrow, wide, 1))]
    })
});

/// The layout of the ERP's acknowledgements.
pub static ACKS: LazyLock<Arc<AckLayout>> = LazyLock::new(|| {
    let text = include_str!("../../../infra/environments/local/layouts/acks.toml");
    Arc::new(AckLayout::from_toml(text).expect("the local layout"))
});

/// The terms of a seed.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    amendments: usize,
    /// How much the ERP takes at once, and whether it acknowledges orders.
    pub pace: Pace,
}

impl Terms {
    /// As the seed has them.
    pub fn of(random: &mut Random) -> Self {
        let acknowledges = random.happens(750);
        let pace = Pace {
            acknowledges,
            orders_per_hour: *random.pick(&[None, None, None, Some(3)]),
            unanswered_files: *random.pick(if acknowledges {
                &[None, None, Some(1), Some(2)]
            } else {
                &[None]
            }),
            ..Pace::files_of(3)
        };
        Self { amendments: random.below(AMENDMENTS.len()), pace }
    }

    /// The layout of the files for the ERP, before or after a person has fixed it.
    pub fn layouts(&self, fixed: bool) -> Arc<ShopLayouts> {
        Arc::clone(&ORDERS[self.amendments][usize::from(fixed)])
    }
}
