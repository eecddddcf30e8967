//! One line of the access log. It names no query, cookie or token: what stands in a query may be
//! secret, and a log is read by many.

use std::{
    io::Write,
    net::IpAddr,
    time::{Duration, SystemTime},
};

use http::{HeaderValue, Method, Version};
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
pub(crate) struct Entry<'a> {
    pub(crate) answered: SystemTime,
    pub(crate) took: Duration,
    pub(crate) client: IpAddr,
    pub(crate) user: Option<UserId>,
    pub(crate) method: &'a Method,
    /// Without its query, which may hold secrets.
    pub(crate) path: &'a str,
    pub(crate) version: Version,
    pub(crate) status: u16,
    /// Length of the body, where it is known from the beginning (bytes).
    pub(crate) length: Option<u64>,
    pub(crate) referer: Option<&'a HeaderValue>,
    pub(crate) user_agent: Option<&'a HeaderValue>,
    pub(crate) series: Series,
    pub(crate) request_id: &'a str,
}

/// A line, and what the next one can use again.
#[derive(Default)]
pub(super) struct Line {
    text: Vec<u8>,
    /// The second that `time` is the text of.
    second: i64,
    time: String,
}

/// The line in JSON; docs/PROXY.md has the names.
#[derive(Serialize)]
struct Json<'a> {
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

impl Line {
    /// Writes the line, with its end; nothing when that fails: half a line would make the next
    /// one unreadable too.
    pub(super) fn write(&mut self, entry: &Entry<'_>, format: AccessLogFormat) -> &[u8] {
        self.text.clear();
        let written = match format {
            AccessLogFormat::Off => Ok(()),
            AccessLogFormat::Json => entry.append_json(&mut self.text),
            AccessLogFormat::Combined => {
                self.tell_time(entry.answered.into());
                entry.append_combined(&self.time, &mut self.text)
            }
        };
        if written.is_err() {
            self.text.clear();
        }
        &self.text
    }

    /// The same text serves for a second.
    fn tell_time(&mut self, now: OffsetDateTime) {
        if self.second != now.unix_timestamp() {
            self.second = now.unix_timestamp();
            self.time = now.format(COMBINED_TIME).unwrap_or_default();
        }
    }
}

impl Entry<'_> {
    fn append_json(&self, lines: &mut Vec<u8>) -> std::io::Result<()> {
        let time = OffsetDateTime::from(self.answered).format(&Rfc3339);
        let line = Json {
            time: time.as_deref().unwrap_or_default(),
            client: self.client,
            user_id: self.user,
            method: self.method.as_str(),
            path: self.path,
            protocol: format!("{:?}", self.version),
            status: self.status,
            bytes: self.length,
            // In whole microseconds: more digits are noise.
            duration_ms: (self.took.as_secs_f64() * 1e6).round() / 1e3,
            upstream: self.series.upstream,
            route: self.series.route,
            referer: self.referer(),
            user_agent: self.user_agent.map(text),
            request_id: self.request_id,
        };
        serde_json::to_writer(&mut *lines, &line)?;
        writeln!(lines)
    }

    fn append_combined(&self, time: &str, lines: &mut Vec<u8>) -> std::io::Result<()> {
        write!(lines, "{} - ", self.client)?;
        match self.user {
            Some(user) => write!(lines, "{user}")?,
            None => lines.push(b'-'),
        }
        let method = self.method.as_str();
        for part in [" [", time, "] \"", method, " "] {
            lines.extend_from_slice(part.as_bytes());
        }
        escape(self.path.as_bytes(), lines)?;
        write!(lines, " {:?}\" {} ", self.version, self.status)?;
        match self.length {
            Some(length) => write!(lines, "{length} \"")?,
            None => lines.extend_from_slice(b"- \""),
        }
        escape(self.referer().unwrap_or("-").as_bytes(), lines)?;
        lines.extend_from_slice(b"\" \"");
        let agent = self.user_agent.map_or(&b"-"[..], HeaderValue::as_bytes);
        escape(agent, lines)?;
        lines.extend_from_slice(b"\"\n");
        Ok(())
    }

    /// The page that led here, without its query.
    fn referer(&self) -> Option<&str> {
        let referer = self.referer?.to_str().ok()?;
        referer.split(['?', '#']).next()
    }
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// Writes what a client said so that it cannot end its quotes or its line, as nginx does.
fn escape(said: &[u8], lines: &mut Vec<u8>) -> std::io::Result<()> {
    let is_odd = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20 | 0x7f..);
    let mut rest = said;
    while let Some(at) = rest.iter().position(is_odd) {
        let (plain, odd) = rest.split_at(at);
        let [byte, after @ ..] = odd else {
            break;
        };
        lines.extend_from_slice(plain);
        write!(lines, "\\x{byte:02X}")?;
        rest = after;
    }
    lines.extend_from_slice(rest);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::route_table::target;

    const CURL: HeaderValue = HeaderValue::from_static("curl/8.0");

    fn line(
        format: AccessLogFormat,
        user_agent: &HeaderValue,
        change: impl FnOnce(&mut Entry<'_>),
    ) -> String {
        let referer = HeaderValue::from_static("https://shop.test/orders?key=secret");
        let mut entry = Entry {
            answered: SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_000_000),
            took: Duration::from_micros(1250),
            client: "2001:db8::7".parse().unwrap(),
            user: Some(UserId(7)),
            method: &Method::GET,
            path: "/api/orders/12",
            version: Version::HTTP_11,
            status: 200,
            length: Some(345),
            referer: Some(&referer),
            user_agent: Some(user_agent),
            series: Series::of(target("/api/orders/12"), "/api/orders/12"),
            request_id: "request-1",
        };
        change(&mut entry);
        let mut line = Line::default();
        String::from_utf8(line.write(&entry, format).to_vec()).unwrap()
    }

    #[test]
    fn a_combined_line_is_as_nginx_writes_it() {
        let line = line(AccessLogFormat::Combined, &CURL, |_| ());

        assert_eq!(
            line,
            "2001:db8::7 - 7 [18/Nov/2026:11:06:40 +0000] \"GET /api/orders/12 HTTP/1.1\" 200 345 \
             \"https://shop.test/orders\" \"curl/8.0\"\n"
        );
    }

    #[test]
    fn a_json_line_has_names_and_no_query() {
        let line = line(AccessLogFormat::Json, &CURL, |_| ());

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
        let line = line(AccessLogFormat::Combined, &agent, |entry| {
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
