//! What an operator's listener shows.

use serde_json::Value;

use super::TestServer;
use super::login::client;

/// Where a server listens for operators.
pub(crate) fn admin(server: &TestServer) -> String {
    let log = server.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let line = lines.into_iter().find(|line| line["message"] == "listening for operators").expect(&log);
    format!("http://{}", line["address"].as_str().unwrap())
}

/// Status and body of an address.
pub(crate) async fn get(url: &str) -> (u16, String) {
    let response = client().get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// What Prometheus reads.
pub(crate) async fn metrics(server: &TestServer) -> String {
    let (status, text) = get(&format!("{}/metrics", admin(server))).await;
    assert_eq!(status, 200, "{text}");
    text
}

/// The value of a series; 0 for one that is not there.
pub(crate) fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}
