//! Spans: what happened when because of one request, told to an OpenTelemetry collector.
//!
//! Where no collector is configured nothing here costs more than a look at an empty cell. Sampling,
//! batches and attributes of the process are set by OpenTelemetry's own variables: `OTEL_*` in
//! `.env.example`. Spans hold templates of routes, kinds of messages and ids; never a path with its
//! query, a header or a body.

mod collector;

use std::{borrow::Cow, sync::OnceLock};

use http::{Method, StatusCode};
use opentelemetry::{
    Context,
    trace::{
        Span as _, SpanContext, SpanId, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
        Tracer,
    },
};
pub(crate) use opentelemetry::{
    KeyValue,
    trace::{SpanBuilder, SpanKind},
};
use opentelemetry_sdk::trace::{SdkTracer, Span as SdkSpan};

pub use self::collector::{Collector, CollectorError};
use crate::{cause::Cause, metrics::method_label};

/// Makes the spans of this process, when somebody collects them.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Something that takes time; ends when it is dropped. Empty when nobody collects, and then small.
#[derive(Default)]
pub struct Span(Option<Box<SdkSpan>>);

impl Span {
    /// Begins below `parent`, a `traceparent`; an empty one begins a trace. Only when somebody
    /// collects is `builder` called.
    pub(crate) fn begin(parent: &str, builder: impl FnOnce() -> SpanBuilder) -> Self {
        let Some(tracer) = TRACER.get() else {
            return Self::default();
        };
        let parent = match context_of(parent) {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        };
        let span = tracer.build_with_context(builder(), &parent);
        Self(Some(Box::new(span)))
    }

    /// The span of a request, whose `route` is a template. From here on it is the cause of what
    /// follows.
    pub fn of_request(method: &Method, route: &str, cause: &mut Cause) -> Self {
        let span = Self::begin(&cause.traceparent, || {
            let method = method_label(method);
            SpanBuilder::from_name(format!("{method} {route}"))
                .with_kind(SpanKind::Server)
                .with_attributes([
                    KeyValue::new("http.request.method", method),
                    KeyValue::new("http.route", route.to_owned()),
                    KeyValue::new("request_id", cause.request_id.clone()),
                ])
        });
        span.lead(cause);
        span
    }

    /// Says how a request was answered.
    pub fn answered(&mut self, status: StatusCode) {
        let Some(span) = &mut self.0 else { return };
        let code = i64::from(status.as_u16());
        span.set_attribute(KeyValue::new("http.response.status_code", code));
        if status.is_server_error() {
            self.fail(status.as_str().to_owned());
        }
    }

    /// Makes this the parent of what `cause` causes.
    pub(crate) fn lead(&self, cause: &mut Cause) {
        if let Some(span) = &self.0 {
            let context = span.span_context();
            let (trace, span) = (context.trace_id(), context.span_id());
            let flags = context.trace_flags().to_u8();
            cause.traceparent = format!("00-{trace}-{span}-{flags:02x}");
        }
    }

    /// Says that it did not end well. `reason` must hold nothing of a user's.
    pub(crate) fn fail(&mut self, reason: impl Into<Cow<'static, str>>) {
        if let Some(span) = &mut self.0 {
            span.set_status(Status::error(reason));
        }
    }
}

/// Whether anybody collects the spans of this process.
pub fn is_collected() -> bool {
    TRACER.get().is_some()
}

/// The span that a well-formed `traceparent` names.
fn context_of(traceparent: &str) -> Option<SpanContext> {
    let mut parts = traceparent.split('-').skip(1);
    let trace = TraceId::from_hex(parts.next()?).ok()?;
    let span = SpanId::from_hex(parts.next()?).ok()?;
    let flags = u8::from_str_radix(parts.next()?, 16).ok()?;
    let state = TraceState::NONE;
    Some(SpanContext::new(
        trace,
        span,
        TraceFlags::new(flags),
        true,
        state,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_context_is_read_and_a_missing_one_begins_a_trace() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        let context = context_of(text).unwrap();

        assert_eq!(context.trace_id().to_string(), text[3..35]);
        assert_eq!(context.span_id().to_string(), text[36..52]);
        assert!(context.is_sampled());
        assert!(context_of("").is_none());
    }
}
