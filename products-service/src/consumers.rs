//! What comes in as a message.
//!
//! | stream | kind | what it does |
//! |---|---|---|
//! | `orders_stream` | `order.created.v1` | takes the stock or not, and says so |
//! | `orders_stream` | `verdict.wanted.v1` | says again what became of an order, or gives it up |

mod orders;

pub use orders::OrdersHandler;
