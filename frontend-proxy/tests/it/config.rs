//! The configuration file, as the program reads it.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Output},
};

use frontend_proxy::Settings;
use uuid::Uuid;

use crate::tls::Certificate;

/// A configuration file; dropped, it is removed.
pub(crate) struct File(pub(crate) PathBuf);

impl File {
    pub(crate) fn of(text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("proxy-{}.toml", Uuid::now_v7()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn name(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        fs::remove_file(&self.0).unwrap();
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_frontend-proxy"))
        .args(arguments)
        .env_clear()
        .output()
        .unwrap()
}

#[track_caller]
fn assert_refused(text: &str, expected: &str) {
    let file = File::of(text);

    let output = run(&["--check", file.name()]);

    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    let expected = format!("{}:{expected}", file.name());
    assert!(error.starts_with(&expected), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

#[test]
fn a_good_file_is_said_to_be_good() {
    let file = File::of("cookie_secure = false\n[upstreams.auth]\naddresses = [\"a:1\"]\n");

    for arguments in [
        &["check", "--config", file.name()],
        &["--check", file.name(), "--listen=[::1]:0"],
    ] {
        let output = run(arguments);
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert_eq!(output.stdout, b"ok\n");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn no_file_is_needed() {
    assert_eq!(run(&["check"]).stdout, b"ok\n");
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    assert_refused(
        "cookie_secure = true\nnonsense = 1\n",
        "2: unknown field `nonsense`",
    );
    assert_refused("cookie_secure = \"perhaps\"\n", "1: invalid type");
    assert_refused("\nweb_root = \"/nowhere\"\n", "2: cannot read /nowhere");
    assert_refused(
        "[upstreams.stock]\n",
        "1: no location leads to [upstreams.stock]",
    );
    assert_refused(
        "[[listener]]\naddress = \"8080\"\n",
        "2: invalid socket address",
    );
    assert_refused("= 1\n", "1: ");
}

#[test]
fn a_file_that_is_not_there_is_said_to_be_so() {
    let output = run(&["check", "--config", "/nowhere.toml"]);

    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(error.starts_with("/nowhere.toml: No such file"), "{error}");
}

#[test]
fn a_location_that_leads_nowhere_and_a_header_that_cannot_be_set_are_found() {
    for (text, expected) in [
        (
            "[[location]]\nprefix = \"/files\"\nupstream = \"a\"",
            "2: a location begins with /api/ and has names of",
        ),
        (
            "[[location]]\nprefix = \"/api/a\"\nupstream = \"a\"",
            "3: there is no [upstreams.a]",
        ),
        (
            "[[location]]\nprefix = \"/api/a\"\nupstream = \"a\"\n[upstreams.a]",
            "3: [upstreams.a] has no addresses",
        ),
        (
            "[headers]\napi = { Set-Cookie = \"a=1\" }",
            "2: what \"Set-Cookie\" says is up to the proxy",
        ),
    ] {
        assert_refused(text, expected);
    }
}

#[test]
fn a_certificate_and_a_redirect_that_cannot_work_are_found() {
    assert_refused(
        "[[listener]]\naddress = \"[::]:1\"\ntls = { certificate = \"/no.pem\", key = \"/no.key\" }\n",
        "3: cannot read /no.pem",
    );
    assert_refused(
        "[[listener]]\naddress = \"[::]:1\"\nredirect_to_https = true\n",
        "3: no listener has TLS",
    );
}

/// The example of the documentation, with files that exist.
fn example(certificate: &Certificate, web: &str) -> String {
    let page = include_str!("../../../docs/PROXY.md");
    let example = page.split("```toml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    let replaced = [
        ("fullchain.pem", certificate.file.name()),
        ("privkey.pem", certificate.key.name()),
        ("web/dist", web),
        ("/var/log/mesh/access.log", "/dev/null"),
    ];
    replaced
        .into_iter()
        .fold(example.to_owned(), |text, (name, other)| {
            assert!(text.contains(name), "{name}");
            text.replace(name, other)
        })
}

#[test]
fn the_documented_file_is_a_good_one() {
    let certificate = Certificate::create();
    let web = std::env::temp_dir().join(format!("web-{}", Uuid::now_v7()));
    fs::create_dir(&web).unwrap();
    fs::write(web.join("index.html"), "<p>shop").unwrap();
    let file = File::of(&example(&certificate, web.to_str().unwrap()));

    let output = run(&["--check", file.name()]);
    fs::remove_dir_all(&web).unwrap();

    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.stdout, b"ok\n");
}

#[test]
fn the_documented_values_are_the_defaults() {
    let certificate = Certificate::create();
    let documented = example(&certificate, "web");

    let mut documented: Settings = toml::from_str(&documented).unwrap();

    assert!(documented.upstreams.auth.addresses.take().is_some());
    assert_eq!(documented.upstreams.others.len(), 1);
    documented.upstreams.others.clear();
    let text = |it: &Settings| {
        let values = (&it.upstreams, &it.limits, &it.rate_limits, &it.compression);
        format!("{values:#?}")
    };
    assert_eq!(text(&documented), text(&Settings::default()));
}
