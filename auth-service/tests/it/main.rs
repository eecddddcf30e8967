//! auth-service over HTTP, with a real database and real streams.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod cookies;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod guessing;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod login;
#[cfg(test)]
mod logout;
#[cfg(test)]
mod passwords;
#[cfg(test)]
mod permissions;
#[cfg(test)]
mod profile;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod stale;
#[cfg(test)]
mod users;
