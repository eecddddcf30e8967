//! What comes in as a message.
//!
//! | stream | kind | what it does |
//! |---|---|---|
//! | `inventory_stream` | `verdict.reached.v1` | ends the order |
//! | `inventory_stream` | `product.changed.v1` | updates the catalog |

mod inventory;

pub use inventory::InventoryHandler;
