//! What the database itself guarantees, whoever writes to it.

use sea_orm::{ConnectionTrait, DbErr};

use crate::stage::{ORDERS, Stage, cart, id_of, item};

#[tokio::test]
async fn an_item_without_its_order_is_refused() {
    let stage = Stage::create().await;

    let orphan = "INSERT INTO order_items (order_id, product_id, quantity, price)
                  VALUES (4711, 1, 1, 9.99)";
    let refused: Result<_, DbErr> = stage.db.execute_unprepared(orphan).await;

    let error = refused.unwrap_err().to_string();
    assert!(error.contains("an item without its order"), "{error}");
    assert_eq!(stage.count("order_items").await, 0);
}

#[tokio::test]
async fn the_items_of_a_deleted_order_go_with_it_and_no_others() {
    let stage = Stage::with_catalog().await;
    let two_lines = || cart(&[item(1, "999.99", 1), item(2, "149.99", 1)]);
    let gone = id_of(&stage.buyer.post(ORDERS, two_lines()).await);
    let kept = id_of(&stage.buyer.post(ORDERS, two_lines()).await);

    let delete = format!("DELETE FROM orders WHERE id = {gone}");
    stage.db.execute_unprepared(&delete).await.unwrap();

    let of = |id| format!("order_items WHERE order_id = {id}");
    assert_eq!(stage.count(&of(gone)).await, 0);
    assert_eq!(stage.count(&of(kept)).await, 2);
}
