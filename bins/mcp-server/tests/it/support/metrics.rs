//! What an operator's listener shows.

use super::TestServer;
use super::login::client;

/// Status and body of an address.
pub(crate) async fn get(url: &str) -> (u16, String) {
    let response = client().get(url).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

/// What Prometheus reads.
pub(crate) async fn metrics(server: &TestServer) -> String {
    let (status, text) = get(&format!("{}/metrics", server.admin())).await;
    assert_eq!(status, 200, "{text}");
    text
}

/// The value of a series; 0 for one that is not there.
pub(crate) fn value(metrics: &str, series: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.map_or(0.0, |value| value.parse().unwrap())
}
