//! The mechanisms of `shared` against real servers.

#[cfg(test)]
mod abandoned;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod callers;
#[cfg(test)]
mod consumer;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod health;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod recovery;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod revocations;
#[cfg(test)]
mod serving;
#[cfg(test)]
mod sharing;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod upkeep;
