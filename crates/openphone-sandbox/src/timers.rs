//! What happens in a workspace later, by itself: texts travel. How long each step takes is in `options.rs`.

use std::sync::Arc;

use crate::cell::Cell;
use crate::workspace::{Journey, MessageStatus};

/// Takes one text to its end: `sent`, the final status, and the recipient's answer.
pub(crate) async fn carry(cell: Arc<Cell>, journey: Journey) {
    let Journey { message_id, end, answer } = journey;
    let delivery = cell.options.delivery;
    tokio::time::sleep(delivery.sent).await;
    cell.change(|workspace, now| workspace.advance(&message_id, MessageStatus::Sent, None, now));
    let Some((status, error_code)) = end else { return };
    tokio::time::sleep(delivery.delivered).await;
    cell.change(|workspace, now| workspace.advance(&message_id, status, error_code, now));
    let Some(text) = answer else { return };
    tokio::time::sleep(delivery.reply).await;
    cell.change(|workspace, now| workspace.receive_answer(&message_id, text, now));
}
