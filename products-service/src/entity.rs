//! The tables, one file each.

pub(crate) mod product;
