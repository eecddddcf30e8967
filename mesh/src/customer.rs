//! The marketplace as its customers meet it: through the proxy, with a cookie. Benchmark and
//! torture are made of such customers.

pub(crate) mod accounts;
pub(crate) mod answer;
pub(crate) mod books;
pub(crate) mod client;
pub(crate) mod orders;
pub(crate) mod site;
