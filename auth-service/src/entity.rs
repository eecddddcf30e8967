//! The tables, one file each.

pub(crate) mod address;
pub(crate) mod user;
