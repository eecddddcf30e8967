//! What the services tell each other: one module a stream, one enum of everything it carries.
//!
//! | stream | kind | from | to |
//! |---|---|---|---|
//! | `orders_stream` | `order.created.v1` | orders | products |
//! | `inventory_stream` | `verdict.reached.v1` | products | orders |
//! | `inventory_stream` | `product.changed.v1` | products | orders |
//! | `sessions_stream` | `token.revoked.v1` | auth | everybody who checks tokens |

pub mod inventory;
pub mod orders;
pub mod sessions;
