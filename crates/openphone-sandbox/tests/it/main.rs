//! Requests in, answers out: the sandbox as a client sees it.

#[tokio::test]
async fn the_cheapest_checks_of_a_key_answer_over_a_socket() {
    let sandbox = openphone_sandbox::Sandbox::start_on_loopback().await.unwrap();
    #[expect(clippy::disallowed_methods, reason = "a test's own client")]
    let http = reqwest::Client::new();
    let get = |path: &str| {
        http.get(format!("{}{path}", sandbox.base_url()))
            .header("authorization", "sandbox-key-workspace-alpha")
            .header("quo-api-version", "2026-03-30")
            .send()
    };
    println!("{}", get("/v1/phone-numbers").await.unwrap().text().await.unwrap());
    let answer = get("/organization").await.unwrap();
    println!("{answer:?}");
    println!("{}", answer.text().await.unwrap());
    println!("{}", get("/users?limit=2&foo=2").await.unwrap().text().await.unwrap());
    println!("{}", get("/users?limit=2").await.unwrap().text().await.unwrap());
}
