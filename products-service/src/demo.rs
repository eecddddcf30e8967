//! The sample catalog: four products of each demo user, so that both have something to buy.

use sea_orm::{ConnectionTrait, DatabaseConnection, EntityTrait, TransactionTrait};
use shared::stream::{Outgoing, outbox};
use tracing::info;

use crate::{entity::product, error::Error, products};

const SAMPLES: &str = "
INSERT INTO products (id, name, price, category, quantity, user_id, seller_name)
SELECT * FROM (VALUES
    (1, 'Mac m2', 999.99, 'Electronics', 5, 1, 'demo'),
    (2, 'Desk Chair', 149.99, 'Furniture', 2, 1, 'demo'),
    (3, 'Backpack', 39.99, 'Accessories', 3, 1, 'demo'),
    (4, 'Pixel 10', 899.99, 'Electronics', 5, 1, 'demo'),
    (5, 'Pixel 9', 599.99, 'Electronics', 10, 2, 'demo2'),
    (6, 'Coffee Table', 89.99, 'Furniture', 5, 2, 'demo2'),
    (7, 'Headphones', 49.99, 'Accessories', 6, 2, 'demo2'),
    (8, 'Iphone 16', 899.99, 'Electronics', 10, 2, 'demo2')
) AS sample
WHERE NOT EXISTS (SELECT FROM products)
ON CONFLICT DO NOTHING
";

/// Creates the samples when there is no product at all, and announces them; running it again
/// changes nothing.
///
/// # Errors
/// When the database fails.
pub async fn seed(db: &DatabaseConnection) -> Result<(), Error> {
    let txn = db.begin().await?;
    if txn.execute_unprepared(SAMPLES).await?.rows_affected() == 0 {
        return Ok(());
    }
    // The ids were given, so the sequence has not moved.
    txn.execute_unprepared("SELECT setval(pg_get_serial_sequence('products', 'id'), 8)")
        .await?;
    let samples = product::Entity::find().all(&txn).await?;
    let announcements: Vec<_> = samples
        .iter()
        .map(|product| Outgoing::new(products::announcement(product)))
        .collect();
    outbox::enqueue(&txn, &announcements).await?;
    txn.commit().await?;
    info!("sample products created");
    Ok(())
}
