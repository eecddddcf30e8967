//! The tables, one file each.

pub(crate) mod order;
pub(crate) mod order_item;
