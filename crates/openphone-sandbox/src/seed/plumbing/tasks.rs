//! What the plumbing company wrote down to be done.

use crate::seed::script::About::{Call, Inbox, Thread};
use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, SECOND, TaskScript, ago, day, task};

pub(super) const TASKS: &[TaskScript] = &[
    task(
        Thread(19, MAIN),
        day(45, 9, 30),
        OFFICE,
        "Try {name} about the repipe estimate again",
        "Two texts did not arrive. Maybe the number is wrong.",
    )
    .deleted(),
    task(
        Thread(16, SECOND),
        day(15, 9, 10),
        OWNER,
        "Write up the drain at the inn for their insurer",
        "Photos are in the job folder. They need cause, time of arrival and what was wet.",
    )
    .due(-8, 17)
    .to(OWNER),
    task(
        Thread(17, MAIN),
        day(10, 11, 5),
        FIELD,
        "Send {name} the leak report",
        "With the meter readings: the water company refunds part of the bill for a documented leak.",
    )
    .due(-7, 12)
    .to(OFFICE)
    .completed(),
    task(
        Inbox(SECOND),
        day(6, 23, 10),
        FIELD,
        "Put a spare sump pump on the emergency van",
        "The last one went to the Fulton Street basement.",
    ),
    task(
        Call(8),
        day(3, 14, 30),
        OFFICE,
        "Call {name} about the drinking fountain",
        "Lobby, some Monday. See the voicemail.",
    )
    .due(-1, 12)
    .to(OWNER),
    task(Call(13), day(2, 9, 40), OFFICE, "Pick up the pressure valves", "Six, at the will-call counter.")
        .due(-1, 8)
        .to(FIELD)
        .completed(),
    task(
        Thread(6, MAIN),
        ago(70),
        OFFICE,
        "Resend the faucet invoice to {name}",
        "And say that we take checks.",
    )
    .due(0, 17)
    .to(OFFICE),
    task(
        Thread(12, MAIN),
        ago(25),
        OFFICE,
        "Price the laundry upstairs for {name}'s buyers",
        "They want a number before closing. A range is enough.",
    )
    .due(1, 12)
    .to(OWNER),
    task(
        Call(5),
        ago(1),
        OFFICE,
        "Grease trap at the cafe a day earlier",
        "{name} has a wedding on the usual day. Seven in the morning.",
    )
    .due(2, 7)
    .to(FIELD),
];
