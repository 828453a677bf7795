use std::collections::BTreeMap;

use passerelle_domain::ShopId;

use super::OrderLayout;

/// By which layout a shop's orders are written: the common one, or its own.
#[derive(Clone, Debug)]
pub struct ShopLayouts {
    common: OrderLayout,
    own: BTreeMap<ShopId, OrderLayout>,
}

impl ShopLayouts {
    /// The layout of all shops but those that have their own.
    pub fn new(common: OrderLayout, own: BTreeMap<ShopId, OrderLayout>) -> Self {
        Self { common, own }
    }

    /// The layout of a shop's orders.
    pub fn of(&self, shop: &ShopId) -> &OrderLayout {
        self.own.get(shop).unwrap_or(&self.common)
    }

    /// Whether the orders of two shops may stand in one file. A shop with its own layout has its own files.
    pub fn share_files(&self, one: &ShopId, other: &ShopId) -> bool {
        std::ptr::eq(self.of(one), self.of(other))
    }
}

impl From<OrderLayout> for ShopLayouts {
    fn from(common: OrderLayout) -> Self {
        Self::new(common, BTreeMap::new())
    }
}
