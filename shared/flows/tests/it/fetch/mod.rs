mod given;
mod large_orders;
mod late_changes;
mod several_shops;
