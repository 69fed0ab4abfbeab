//! Runs the application against a simulated workspace, on this computer alone: `cargo run -p
//! openphone-mcp-embedding-example`, with an address behind it (`-- 127.0.0.1:8001`) if another program has port 8000.
#![expect(clippy::print_stdout, reason = "an example says where to look")]

use std::error::Error;
use std::net::SocketAddr;

use embedding_example::application;
use embedding_example::phone::PREFIX;
use embedding_example::secrets::Vault;
use openphone_client::{OpenPhone, recommended_http_client};
use openphone_sandbox::Sandbox;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let http = recommended_http_client("board/1.0")?;
    let openphone = OpenPhone::builder(http).base_url(sandbox.base_url().parse()?).build()?;
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let origin = format!("http://{}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let (application, phone) = application(&origin, openphone, &Vault::for_a_trial(), stop.clone())?;

    println!("The application:           {origin}/, {origin}/visits and {origin}/journal");
    println!("About its MCP server:      {origin}{PREFIX}");
    println!("For an MCP client:         {origin}{PREFIX}/mcp");
    println!("The key at sign-in:        sandbox-key-workspace-alpha (texts reach nobody)");
    axum::serve(listener, application.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(async move {
            // Without Ctrl-C there is nothing to wait for.
            let _ = tokio::signal::ctrl_c().await;
            stop.cancel();
        })
        .await?;
    phone.drain().await;
    Ok(())
}
