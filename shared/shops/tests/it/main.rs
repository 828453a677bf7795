//! Every shop system over real HTTP: what all of them do (`behaviour`), and what is each one's own.

mod behaviour;
mod connecting;
mod kit;
mod magento;
mod prestashop;
mod shopify;
mod stand_in;
mod woocommerce;
