//! Confirmation handles: sealed proof that exactly these texts were shown in a preview.
//!
//! A handle says which texts it is for (the keyed hash of the batch: sender, recipients, words, in order), since when, and how
//! far the inbox's threads had got then. It opens for the API key and the connection that it was made for and for nobody else,
//! for ten minutes, and for one sending: its first use is remembered with what that call said about repeating, and only the very
//! same call may come again, to go on with what is unsent. The ledger sees to it that this texts nobody twice.
//!
//! A handle is held by a model. It shows that the texts were prepared and unchanged; it does not show that a person agreed.

use std::time::Duration;

use sealing::{Fingerprint, Purpose};
use serde::{Deserialize, Serialize};
use state_store::{Inserted, Key};

use crate::context::Context;
use crate::error::{ToolError, ToolErrorKind};
use crate::safety::payload::{self, Outgoing};
use crate::safety::thread::Mark;

/// How long a handle counts.
pub(crate) const LIFE: Duration = Duration::from_secs(10 * 60);
/// The kind of token.
const PURPOSE: Purpose = Purpose::new("opqch", "confirmation-handle").with_max_token(2048);

/// What is sealed. The key and the connection are in the binding.
#[derive(Serialize, Deserialize)]
struct Sealed {
    batch: [u8; 16],
    /// When it was made, in milliseconds since the Unix epoch.
    made: u64,
    mark: Mark,
}

/// A handle that was given with a call, and fits its texts.
#[derive(Debug)]
pub(super) struct Handle {
    name: Fingerprint,
    pub(super) mark: Mark,
}

/// Makes a handle for a batch of one inbox.
///
/// # Errors
/// The upstream cannot say where the inbox's threads are.
pub(crate) async fn make(cx: &Context, batch: &[Outgoing]) -> Result<String, ToolError> {
    let Some(first) = batch.first() else {
        return Err(ToolError::new(ToolErrorKind::InvalidArguments, "There is nothing to confirm.", ""));
    };
    let mark = Mark::of(cx, &first.inbox).await?;
    let services = cx.services();
    let name = payload::batch(services.fingerprints(), cx.key(), batch.iter());
    let sealed = Sealed { batch: *name.as_bytes(), made: services.now_millis(), mark };
    let bytes = postcard::to_stdvec(&sealed).map_err(|error| {
        ToolError::new(ToolErrorKind::Upstream, "The confirmation could not be made.", "Call again.")
            .because(error)
    })?;
    Ok(services.sealer().seal_bound(PURPOSE, &binding(cx), &bytes))
}

/// Opens a handle that was given for these texts.
///
/// # Errors
/// It is not for them, not for this connection, or too old. Nothing was sent.
pub(super) fn open<'a>(
    cx: &Context,
    handle: &str,
    batch: impl Iterator<Item = &'a Outgoing>,
) -> Result<Handle, ToolError> {
    let services = cx.services();
    let handle = handle.trim();
    let opened = services.sealer().open_bound(PURPOSE, &binding(cx), handle).map_err(|error| {
        refused("The confirmation is none that this connection was given, or it was changed on the way.")
            .because(error)
    })?;
    let sealed: Sealed = postcard::from_bytes(&opened)
        .map_err(|error| refused("The confirmation cannot be read.").because(error))?;
    let age = services.now_millis().saturating_sub(sealed.made);
    if u128::from(age) >= LIFE.as_millis() {
        return Err(refused("The confirmation is more than ten minutes old."));
    }
    if payload::batch(services.fingerprints(), cx.key(), batch) != Fingerprint::from_bytes(sealed.batch) {
        return Err(refused(
            "The confirmation is for something else: sender, recipients, their order, texts or setInboxStatus differ from the preview.",
        ));
    }
    let name = payload::handle(services.fingerprints(), cx.key(), handle);
    Ok(Handle { name, mark: sealed.mark })
}

impl Handle {
    /// Takes the handle for a call. The very same call may take it again.
    ///
    /// # Errors
    /// Another call took it; or the store cannot say. Nothing was sent.
    pub(super) async fn take(
        &self,
        cx: &Context,
        idempotency_key: Option<&str>,
        repeat: bool,
    ) -> Result<(), ToolError> {
        let services = cx.services();
        let this = payload::handle_use(services.fingerprints(), cx.key(), idempotency_key, repeat);
        let key = Key::new("send-confirmation", format!("{}:{}", cx.key(), self.name));
        let stored = services.ledger_store().insert_if_absent(&key, this.as_bytes(), LIFE).await;
        match stored.map_err(ToolError::store)? {
            Inserted::Stored => Ok(()),
            Inserted::Exists(first) if *first == *this.as_bytes() => Ok(()),
            Inserted::Exists(_) => Err(refused(
                "The confirmation was used already, by a call with another idempotencyKey or repeat.",
            )),
        }
    }
}

fn binding(cx: &Context) -> Vec<u8> {
    let connection = cx.connection();
    cx.key().as_bytes().iter().chain(connection.iter().flat_map(Fingerprint::as_bytes)).copied().collect()
}

fn refused(what: &str) -> ToolError {
    ToolError::new(
        ToolErrorKind::NotAllowed,
        what,
        "Call prepare-message with exactly what shall be sent, show the person its preview, and use its confirmation.",
    )
    .nothing_sent()
}
