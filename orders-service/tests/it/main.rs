//! orders-service over HTTP and over its streams, with a real database.

#[cfg(test)]
mod catalog;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod live;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod placing;
#[cfg(test)]
mod prices;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod reminding;
#[cfg(test)]
mod sales;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod settling;
#[cfg(test)]
mod stage;
