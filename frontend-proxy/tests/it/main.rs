//! The proxy over real sockets, in front of scripted services.

#[cfg(test)]
mod access_log;
#[cfg(test)]
mod assets;
#[cfg(test)]
mod balance;
#[cfg(test)]
mod compression;
#[cfg(test)]
mod config;
#[cfg(test)]
mod cors;
#[cfg(test)]
mod cross_site;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod forward;
#[cfg(test)]
mod health;
#[cfg(test)]
mod http2;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod locations;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod program;
#[cfg(test)]
mod rate_limits;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod requests;
#[cfg(test)]
mod security_headers;
#[cfg(test)]
mod service;
#[cfg(test)]
mod session;
#[cfg(test)]
mod shutdown;
#[cfg(test)]
mod slow_bodies;
#[cfg(test)]
mod smuggling;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tricks;
#[cfg(test)]
mod trusted_proxies;
#[cfg(test)]
mod upgrade;
#[cfg(test)]
mod uploads;
#[cfg(test)]
mod versions;
