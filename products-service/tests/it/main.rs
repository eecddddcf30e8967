//! products-service over HTTP and over its streams, with a real database.

#[cfg(test)]
mod announcements;
#[cfg(test)]
mod asked_again;
#[cfg(test)]
mod catalog;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod listings;
#[cfg(test)]
mod live;
#[cfg(test)]
mod live_refusals;
#[cfg(test)]
mod pictures;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod restocking;
#[cfg(test)]
mod searching;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stock;
#[cfg(test)]
mod verdicts;
