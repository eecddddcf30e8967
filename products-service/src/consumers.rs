//! What comes in as a message.
//!
//! | stream | kind | what it does |
//! |---|---|---|
//! | `orders_stream` | `order.created.v1` | takes the stock or not, and says so |

mod order_created;

pub use order_created::OrderCreatedHandler;
