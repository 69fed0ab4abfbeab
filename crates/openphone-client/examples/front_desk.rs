//! A front desk in a hundred lines: which inboxes are there, who called and got nobody, a text to one of them, and
//! its way to the phone. It runs against the simulated API, so it needs no account and texts nobody:
//!
//! ```text
//! cargo run -p openphone-client --example front_desk
//! ```
//!
//! Against the real API, the one change is the builder without `base_url` and a real key.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use futures_util::TryStreamExt;
use openphone_client::calls::{Call, CallExtras, ListCalls};
use openphone_client::messages::{ListMessages, MessageStatus, SendMessage};
use openphone_client::phone_numbers::ListPhoneNumbers;
use openphone_client::{
    ApiKey, Budget, Error, ErrorKind, OpenPhone, SecretString, Workspace, recommended_http_client,
};
use openphone_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let openphone = OpenPhone::builder(recommended_http_client("front-desk/1.0")?)
        .base_url(sandbox.base_url().parse()?)
        .build()?;
    let key = ApiKey::new(&SecretString::new("sandbox-key-workspace-alpha".to_owned()))?;
    let workspace = openphone.with_key(key);

    println!("Inboxes");
    let inboxes = workspace.phone_numbers().list(&ListPhoneNumbers::new()).await?.data;
    for inbox in &inboxes {
        println!("  {:<14} {}", *inbox.name, inbox.phone_number);
    }
    let inbox = inboxes.first().ok_or("a workspace without an inbox")?;

    println!("Missed calls");
    // At most two pages: a list in the API can be any length, so who reads one says how much is enough.
    let query = ListCalls::new().phone_number_id(inbox.id.clone()).include(CallExtras::VOICEMAIL);
    let calls: Vec<Call> = workspace
        .calls()
        .pages(query, Budget::pages(2))
        .map_ok(|page| page.data)
        .try_concat()
        .await?
        .into_iter()
        .filter(Call::is_missed)
        .collect();
    for call in calls.iter().take(3) {
        let said = call.voicemail.as_ref().and_then(|voicemail| voicemail.transcript.as_deref());
        println!("  {}  {}", call.created_at, said.map_or("left nothing", |said| said.as_str()));
    }

    let others = |call: &Call| {
        call.participants.iter().find_map(|party| {
            party.phone_number.e164().filter(|number| Some(number) != inbox.phone_number.e164().as_ref())
        })
    };
    let Some(caller) = calls.iter().find_map(others) else { return Ok(()) };
    println!("A text to {caller}");
    let text = SendMessage::new(inbox.id.clone(), caller, "Sorry that we missed you. When may we call back?");
    match send_once(&workspace, &text).await {
        Ok(()) => {}
        Err(error) if error.is_retryable() => println!("  not sent, and may be tried again: {error}"),
        Err(error) => println!("  not sent: {error}"),
    }
    sandbox.stop().await;
    Ok(())
}

/// Sends, and follows the text to its end. When the answer got lost, looks instead of sending again.
async fn send_once(workspace: &Workspace, text: &SendMessage) -> Result<(), Error> {
    let message = match workspace.messages().send(text).await {
        Ok(message) => message,
        Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
            let recent = ListMessages::new().to(text.to.clone()).limit(5);
            let recent = workspace.messages().list(&recent).await?.data;
            recent.into_iter().find(|message| message.text == text.content).ok_or(error)?
        }
        Err(error) => return Err(error),
    };
    for _ in 0..20 {
        let status = workspace.messages().get(&message.id).await?.status;
        println!("  {status}");
        if matches!(status, MessageStatus::Delivered | MessageStatus::Undelivered | MessageStatus::Failed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Ok(())
}
