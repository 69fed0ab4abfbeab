//! What is written and sent about the server's own work.

use http::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::args::TelemetryArgs;
use crate::config::secrets::Secret;
use crate::exit::Failure;
use crate::telemetry::otlp::OtlpSettings;
use crate::telemetry::trace::TracePolicy;

/// Settings of logs and traces.
#[derive(Clone, Debug)]
pub struct TelemetrySettings {
    /// One in so many lines of requests where nothing went wrong is written.
    pub log_sample: u32,
    /// Where traces and metrics go, if anywhere.
    pub otlp: Option<OtlpSettings>,
}

/// Resolves the options, with the two variables that every OpenTelemetry program reads.
pub(super) fn resolve(args: &TelemetryArgs) -> Result<TelemetrySettings, Failure> {
    let endpoint = args.otlp_endpoint.clone().or_else(|| standard("OTEL_EXPORTER_OTLP_ENDPOINT"));
    let file = args.otlp_headers_file.as_deref();
    let headers = Secret::of_options("--otlp-headers", args.otlp_headers.as_ref(), file)?;
    let headers = headers.map(|headers| headers.current().expose().to_owned());
    let headers = headers.or_else(|| standard("OTEL_EXPORTER_OTLP_HEADERS"));
    let otlp = match endpoint {
        None => None,
        Some(endpoint) => Some(OtlpSettings {
            endpoint: collector(&endpoint)?,
            headers: headers.as_deref().map(header_list).transpose()?.unwrap_or_default(),
            policy: TracePolicy { trusts: args.trust_trace_context, share: args.trace_sample.0 },
        }),
    };
    Ok(TelemetrySettings { log_sample: args.log_sample, otlp })
}

#[expect(clippy::disallowed_methods, reason = "`config` is where the environment is read")]
fn standard(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

fn collector(text: &str) -> Result<Url, Failure> {
    let refuse = |reason: String| Failure::Option { name: "--otlp-endpoint", reason };
    let url = Url::parse(text).map_err(|error| {
        refuse(format!("'{text}' is not a URL ({error}); write it like http://127.0.0.1:4318"))
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.query().is_some() || !url.username().is_empty() {
        return Err(refuse(
            "write it like http://127.0.0.1:4318; keys belong into --otlp-headers".to_owned(),
        ));
    }
    Ok(url)
}

/// `name=value,name=value`, as OpenTelemetry writes it. What is wrong is not repeated: it may be a key.
fn header_list(text: &str) -> Result<HeaderMap, Failure> {
    let refuse = || Failure::Option {
        name: "--otlp-headers",
        reason: "write it like x-api-key=value,x-team=value".to_owned(),
    };
    let mut headers = HeaderMap::new();
    for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(refuse)?;
        let name: HeaderName = name.trim().parse().map_err(|_| refuse())?;
        let mut value: HeaderValue = value.trim().parse().map_err(|_| refuse())?;
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_and_never_repeated() {
        let headers = header_list("x-api-key = canary=, x-team=a").unwrap();
        assert_eq!(headers["x-api-key"], "canary=");
        assert!(!format!("{headers:?}").contains("canary"));
        for bad in ["canary", "not a name=canary", "x=\u{7}canary"] {
            let failure = header_list(bad).expect_err(bad).to_string();
            assert!(!failure.contains("canary"), "{failure}");
        }
    }

    #[test]
    fn collectors() {
        for good in ["http://127.0.0.1:4318", "https://otlp.example.com/base/"] {
            assert!(collector(good).is_ok(), "{good}");
        }
        for bad in ["127.0.0.1:4318", "grpc://collector", "https://key@otlp.example.com", "http://a?key=1"] {
            assert_eq!(collector(bad).expect_err(bad).code(), 2);
        }
    }
}
