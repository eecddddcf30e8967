//! One line of the access log. It names no query, cookie or token: what stands in a query may be
//! secret, and a log is read by many.

use std::{
    io::Write,
    net::IpAddr,
    time::{Duration, SystemTime},
};

use http::{HeaderValue, Method, Uri, Version};
use serde::Serialize;
use shared::id::UserId;
use time::{
    OffsetDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};

use super::AccessLogFormat;
use crate::traffic::Series;

/// The time as nginx writes it.
const COMBINED_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[day]/[month repr:short]/[year]:[hour]:[minute]:[second] +0000");

/// What is known about an answer.
pub(crate) struct Entry {
    pub(crate) answered: SystemTime,
    pub(crate) took: Duration,
    pub(crate) client: IpAddr,
    pub(crate) user: Option<UserId>,
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) version: Version,
    pub(crate) status: u16,
    /// Length of the body, where it is known from the beginning (bytes).
    pub(crate) length: Option<u64>,
    pub(crate) referer: Option<HeaderValue>,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) series: Series,
    pub(crate) request_id: String,
}

/// The line in JSON; docs/PROXY.md has the names.
#[derive(Serialize)]
struct Line<'a> {
    time: &'a str,
    client: IpAddr,
    user_id: Option<UserId>,
    method: &'a str,
    path: &'a str,
    protocol: String,
    status: u16,
    bytes: Option<u64>,
    duration_ms: f64,
    upstream: &'a str,
    route: &'a str,
    referer: Option<&'a str>,
    user_agent: Option<String>,
    request_id: &'a str,
}

impl Entry {
    /// Appends the line, with its end.
    pub(super) fn append(&self, format: AccessLogFormat, lines: &mut Vec<u8>) {
        let begun = lines.len();
        let written = match format {
            AccessLogFormat::Off => Ok(()),
            AccessLogFormat::Json => self.append_json(lines),
            AccessLogFormat::Combined => self.append_combined(lines),
        };
        if written.is_err() {
            // Half a line would make the next one unreadable too.
            lines.truncate(begun);
        }
    }

    fn append_json(&self, lines: &mut Vec<u8>) -> std::io::Result<()> {
        let time = OffsetDateTime::from(self.answered).format(&Rfc3339);
        let line = Line {
            time: time.as_deref().unwrap_or_default(),
            client: self.client,
            user_id: self.user,
            method: self.method.as_str(),
            path: self.uri.path(),
            protocol: format!("{:?}", self.version),
            status: self.status,
            bytes: self.length,
            duration_ms: self.took.as_secs_f64() * 1000.0,
            upstream: self.series.upstream,
            route: self.series.route,
            referer: self.referer(),
            user_agent: self.user_agent.as_ref().map(text),
            request_id: &self.request_id,
        };
        serde_json::to_writer(&mut *lines, &line)?;
        writeln!(lines)
    }

    fn append_combined(&self, lines: &mut Vec<u8>) -> std::io::Result<()> {
        let time = OffsetDateTime::from(self.answered).format(COMBINED_TIME);
        let user = self.user.map(|user| user.to_string());
        write!(
            lines,
            "{} - {} [{}] \"{} ",
            self.client,
            user.as_deref().unwrap_or("-"),
            time.as_deref().unwrap_or("-"),
            self.method,
        )?;
        escape(self.uri.path().as_bytes(), lines)?;
        write!(lines, " {:?}\" {} ", self.version, self.status)?;
        match self.length {
            Some(length) => write!(lines, "{length} \"")?,
            None => write!(lines, "- \"")?,
        }
        escape(self.referer().unwrap_or("-").as_bytes(), lines)?;
        write!(lines, "\" \"")?;
        let agent = self
            .user_agent
            .as_ref()
            .map_or(&b"-"[..], HeaderValue::as_bytes);
        escape(agent, lines)?;
        writeln!(lines, "\"")
    }

    /// The page that led here, without its query.
    fn referer(&self) -> Option<&str> {
        let referer = self.referer.as_ref()?.to_str().ok()?;
        referer.split(['?', '#']).next()
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Writes what a client said so that it cannot end its quotes or its line, as nginx does.
fn escape(said: &[u8], lines: &mut Vec<u8>) -> std::io::Result<()> {
    for &byte in said {
        match byte {
            b'"' | b'\\' | ..0x20 | 0x7f.. => write!(lines, "\\x{byte:02X}")?,
            _ => lines.push(byte),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(format: AccessLogFormat, change: impl FnOnce(&mut Entry)) -> String {
        let mut entry = Entry {
            answered: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
            took: Duration::from_micros(1250),
            client: "2001:db8::7".parse().unwrap(),
            user: Some(UserId(7)),
            method: Method::GET,
            uri: Uri::from_static("/api/orders/12?token=secret"),
            version: Version::HTTP_11,
            status: 200,
            length: Some(345),
            referer: Some(HeaderValue::from_static(
                "https://shop.test/orders?key=secret",
            )),
            user_agent: Some(HeaderValue::from_static("curl/8.0")),
            series: Series::of("/api/orders/12"),
            request_id: "request-1".to_owned(),
        };
        change(&mut entry);
        let mut lines = Vec::new();
        entry.append(format, &mut lines);
        String::from_utf8(lines).unwrap()
    }

    #[test]
    fn a_combined_line_is_as_nginx_writes_it() {
        let line = line(AccessLogFormat::Combined, |_| ());

        assert_eq!(
            line,
            "2001:db8::7 - 7 [18/Nov/2026:11:06:40 +0000] \"GET /api/orders/12 HTTP/1.1\" 200 345 \
             \"https://shop.test/orders\" \"curl/8.0\"\n"
        );
    }

    #[test]
    fn a_json_line_has_names_and_no_query() {
        let line = line(AccessLogFormat::Json, |_| ());

        let read: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(read["time"], "2026-11-18T11:06:40Z");
        assert_eq!(read["path"], "/api/orders/12");
        assert_eq!(read["route"], "/api/orders/{id}");
        assert_eq!(read["upstream"], "orders");
        assert_eq!(read["user_id"], 7);
        assert_eq!(read["duration_ms"], 1.25);
        assert!(!line.contains("secret"), "{line}");
    }

    #[test]
    fn a_client_cannot_write_a_line_of_its_own() {
        let agent = HeaderValue::from_bytes(b"a\" 200\\\t\xff").unwrap();

        let line = line(AccessLogFormat::Combined, |entry| {
            entry.user_agent = Some(agent);
            entry.referer = None;
            entry.user = None;
            entry.length = None;
        });

        assert!(line.contains(" - - ["), "{line}");
        assert!(
            line.ends_with("200 - \"-\" \"a\\x22 200\\x5C\\x09\\xFF\"\n"),
            "{line}"
        );
    }
}
