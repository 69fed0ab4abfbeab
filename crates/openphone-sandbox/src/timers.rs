//! What happens in a workspace later, by itself: texts travel, calls pass, due dates come. How long each step of a
//! text or call takes is in `options.rs`.

use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::sleep;

use crate::cell::Cell;
use crate::incoming::CallOutcome;
use crate::workspace::{CallPart, Course, Errand, Journey, MessageStatus, Reply};

/// Carries on with what a change set in motion.
pub(crate) async fn run(cell: Arc<Cell>, errand: Errand) {
    match errand {
        Errand::Text(journey) => carry(cell, journey).await,
        Errand::Call(course) => converse(cell, course).await,
    }
}

/// How often the clock is looked at, because it is the sandbox's own: it may jump, or stand still.
const GLANCE: Duration = Duration::from_secs(1);

/// Makes a change when the clock says `at`. Holds the workspace only then, so that it can be forgotten before.
pub(crate) async fn ring(cell: Weak<Cell>, at: Timestamp) {
    while let Some(cell) = cell.upgrade() {
        let left = Duration::try_from(at.duration_since(cell.options.clock.now())).unwrap_or_default();
        if left.is_zero() {
            return cell.change(|_, _| ());
        }
        drop(cell);
        sleep(left.min(GLANCE)).await;
    }
}

/// Takes one text to its end: `sent`, the final status, and the recipient's answer.
async fn carry(cell: Arc<Cell>, journey: Journey) {
    let Journey { message_id, end, answer } = journey;
    let delivery = cell.options.delivery;
    sleep(delivery.sent).await;
    cell.change(|workspace, now| workspace.advance(&message_id, MessageStatus::Sent, None, now));
    let Some((status, error_code)) = end else { return };
    sleep(delivery.delivered).await;
    cell.change(|workspace, now| workspace.advance(&message_id, status, error_code, now));
    let Some(answer) = answer else { return };
    sleep(delivery.reply).await;
    cell.change(|workspace, now| match answer {
        Reply::Text(text) => workspace.receive_answer(&message_id, text, now),
        Reply::Call(outcome) => workspace.call_back(&message_id, outcome, now),
    });
}

/// Takes one call to its end, and what it leaves behind to theirs.
async fn converse(cell: Arc<Cell>, course: Course) {
    let calling = cell.options.calling;
    sleep(calling.rings).await;
    let leaves_voicemail = course.outcome == CallOutcome::Voicemail;
    if course.is_answered() {
        cell.change(|workspace, now| workspace.answer_call(&course, now));
        sleep(calling.lasts).await;
    } else if leaves_voicemail {
        cell.change(|workspace, now| workspace.reach_voicemail(&course, now));
        sleep(calling.lasts).await;
    }
    cell.change(|workspace, now| workspace.end_call(&course, now));
    let complete = async |after: Duration, part| {
        sleep(after).await;
        cell.change(|workspace, now| workspace.complete_part(&course.call_id, part, now));
    };
    if course.is_answered() {
        // In this order when they are due at once.
        tokio::join!(
            biased;
            complete(calling.recording, CallPart::Recording),
            complete(calling.transcript, CallPart::Transcript),
            complete(calling.summary, CallPart::Summary),
        );
    } else if leaves_voicemail {
        complete(calling.voicemail, CallPart::Voicemail).await;
    }
}
