//! What the API says of itself.

use std::{env, fs};

use mesh::openapi;

#[test]
fn the_document_in_the_browser_app_is_what_the_services_say() {
    // This program is in `deps`, beside those that `cargo mesh test` has built.
    let this = env::current_exe().unwrap();
    let programs = this.parent().unwrap().parent().unwrap();

    let said = openapi::merged(programs).unwrap();

    let written = fs::read_to_string(openapi::path()).unwrap();
    assert!(said == written, "run `cargo mesh openapi`");
}
