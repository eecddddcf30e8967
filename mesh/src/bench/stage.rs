//! The stage of a benchmark: fresh accounts and products, gone from the catalogue afterwards.

use std::{fmt::Write, sync::Arc};

use anyhow::{Context, Result};
use hyper::StatusCode;
use rand::{rng, seq::index};
use serde::Deserialize;
use serde_json::json;

use super::settlement;
use crate::customer::{accounts::sign_up, client::Client, site::Site};

/// Units of each new product, the most that is allowed: the load must not run out of them.
const STOCK: u32 = 1_000_000;

/// People and products of a checkout benchmark.
pub(super) struct Stage {
    pub(super) seller: Client,
    pub(super) buyers: Vec<Client>,
    pub(super) products: Vec<Product>,
    /// Units of each product before the load.
    pub(super) stock: Vec<u32>,
}

/// A product as a benchmark needs it.
#[derive(Clone)]
pub(super) struct Product {
    pub(super) id: i32,
    cents: u32,
    /// One unit of it as a line of an order, in JSON.
    line: String,
}

#[derive(Deserialize)]
struct Created {
    product: Shown,
}

#[derive(Deserialize)]
struct Shown {
    id: i32,
    quantity: u32,
}

impl Stage {
    /// Makes accounts and products, and waits until orders of them are completed.
    pub(super) async fn set_up(site: &Arc<Site>, buyers: usize, products: usize) -> Result<Self> {
        let mut buyers = sign_up(site, buyers + 2).await?;
        let (mut seller, mut scout) = buyers.pop().zip(buyers.pop()).context("too few accounts")?;
        let products = list_products(&mut seller, products).await?;
        settlement::explore(&mut scout, &products).await?;
        let stock = stock(&mut scout, &products).await?;
        Ok(Self {
            seller,
            buyers,
            products,
            stock,
        })
    }
}

/// Lists `count` new products with as much stock as is allowed.
pub(super) async fn list_products(seller: &mut Client, count: usize) -> Result<Vec<Product>> {
    let mut products = Vec::with_capacity(count);
    for number in 0..count {
        let cents = rand::random_range(100..10_000);
        let price = format!("{}.{:02}", cents / 100, cents % 100);
        let listing = json!({
            "name": format!("Benchmark product {number}"),
            "price": price,
            "category": "Home",
            "quantity": STOCK,
        });
        let answer = seller.post("/api/products", listing.to_string()).await?;
        let answer = answer
            .expect(StatusCode::CREATED)
            .context("cannot list a product")?;
        let Created {
            product: Shown { id, .. },
        } = answer.json()?;
        let line = format!(r#"{{"product_id":{id},"price":"{price}","quantity":1}}"#);
        products.push(Product { id, cents, line });
    }
    Ok(products)
}

/// Units on stock of each of the `products`, in their order.
pub(super) async fn stock(client: &mut Client, products: &[Product]) -> Result<Vec<u32>> {
    let mut stock = Vec::with_capacity(products.len());
    for product in products {
        let answer = client.get(&format!("/api/products/{}", product.id)).await?;
        let shown: Shown = answer.expect(StatusCode::OK)?.json()?;
        stock.push(shown.quantity);
    }
    Ok(stock)
}

/// Takes the products off sale: the catalogue is as long as it was.
pub(super) async fn withdraw(seller: &mut Client, products: &[Product]) -> Result<()> {
    for product in products {
        let path = format!("/api/products/{}", product.id);
        let answer = seller.delete(&path).await?;
        answer
            .expect(StatusCode::OK)
            .context("cannot withdraw a product")?;
    }
    Ok(())
}

/// The JSON of an order: one unit each of `lines` different products, chosen at random.
pub(super) fn random_cart(products: &[Product], lines: usize) -> String {
    let chosen = index::sample(&mut rng(), products.len(), lines);
    let mut cart = String::with_capacity(64 * (lines + 1));
    cart.push_str(r#"{"items":["#);
    let mut total_cents = 0;
    for product in chosen.iter().filter_map(|index| products.get(index)) {
        if total_cents > 0 {
            cart.push(',');
        }
        cart.push_str(&product.line);
        total_cents += product.cents;
    }
    // Writing to a `String` cannot fail.
    write!(
        cart,
        r#"],"total_price":"{}.{:02}"}}"#,
        total_cents / 100,
        total_cents % 100
    )
    .ok();
    cart
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_cart_has_different_products_and_the_right_total() {
        let products = [1, 2, 3].map(|id| Product {
            id,
            cents: 105,
            line: format!(r#"{{"product_id":{id},"price":"1.05","quantity":1}}"#),
        });

        let cart: Value = serde_json::from_str(&random_cart(&products, 3)).unwrap();

        assert_eq!(cart["total_price"], "3.15");
        let items = cart["items"].as_array().unwrap();
        let mut ids: Vec<_> = items
            .iter()
            .filter_map(|it| it["product_id"].as_i64())
            .collect();
        ids.sort_unstable();
        assert_eq!(ids, [1, 2, 3]);
    }
}
