//! What everybody knows: the products and the prices that their sellers have told.

use std::sync::{Mutex, PoisonError};

use rand::{RngExt, rngs::StdRng, seq::index};
use serde_json::json;

/// Different products in an order, at most.
const MOST_LINES: usize = 3;

/// Units of a product in an order, at most.
const MOST_UNITS: u32 = 3;

/// A product and what its seller asks for it.
#[derive(Clone, Copy)]
pub(super) struct Offer {
    pub(super) product: i32,
    pub(super) cents: u32,
    pub(super) is_hot: bool,
}

/// All offers.
#[derive(Default)]
pub(super) struct Board(Mutex<Vec<Offer>>);

/// What a buyer wants.
#[derive(Clone)]
pub(super) struct Cart {
    /// Products and units, in the order of products.
    pub(super) items: Vec<(i32, u32)>,
    pub(super) json: String,
}

impl Board {
    /// Makes an offer known, instead of an earlier one for the same product.
    pub(super) fn tell(&self, offer: Offer) {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        offers.retain(|other| other.product != offer.product);
        offers.push(offer);
    }

    /// A cart of some products at the prices of the moment.
    pub(super) fn fill_cart(&self, rng: &mut StdRng) -> Cart {
        let offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = rng.random_range(1..=MOST_LINES.min(offers.len()));
        let mut chosen: Vec<(Offer, u32)> = index::sample(rng, offers.len(), lines)
            .iter()
            .filter_map(|index| Some((*offers.get(index)?, rng.random_range(1..=MOST_UNITS))))
            .collect();
        chosen.sort_unstable_by_key(|(offer, _)| offer.product);
        let line = |(offer, units): &(Offer, u32)| {
            json!({
                "product_id": offer.product,
                "price": price(offer.cents),
                "quantity": units,
            })
        };
        let lines: Vec<_> = chosen.iter().map(line).collect();
        Cart {
            items: chosen
                .iter()
                .map(|(offer, units)| (offer.product, *units))
                .collect(),
            json: json!({ "items": lines }).to_string(),
        }
    }
}

/// Cents as the decimal text that the marketplace speaks.
pub(super) fn price(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
