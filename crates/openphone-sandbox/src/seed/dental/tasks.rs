//! What the dental practice wrote down to be done.

use crate::seed::script::About::{Call, Inbox, Thread};
use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, SECOND, TaskScript, ago, day, task};

pub(super) const TASKS: &[TaskScript] = &[
    task(
        Thread(13, MAIN),
        day(23, 16, 10),
        FIELD,
        "Mail the price list to {name}",
        "Not needed any more: it is on the website.",
    )
    .deleted(),
    task(
        Thread(14, MAIN),
        day(20, 10, 15),
        FIELD,
        "Ask the oral surgeon for the report",
        "{name} said two weeks after the extraction.",
    )
    .due(-6, 12)
    .to(FIELD),
    task(
        Call(16),
        day(10, 8, 50),
        FIELD,
        "Call {name} {last} about the lost dentures",
        "Mornings are best. Ask whether the home has insurance.",
    )
    .due(-9, 12)
    .to(OFFICE)
    .completed(),
    task(
        Inbox(MAIN),
        day(4, 16, 30),
        FIELD,
        "Order gloves, size S",
        "Two boxes left in room one, none in room two.",
    ),
    task(Call(0), day(1, 12, 20), OFFICE, "Call {name} back", "Missed over lunch, no message.")
        .due(-1, 17)
        .to(FIELD),
    task(
        Thread(11, SECOND),
        ago(100),
        OFFICE,
        "Send the pre-op x-ray for claim 90233",
        "They have the post-op one. The right one is in the chart from the first visit.",
    )
    .due(1, 12)
    .to(FIELD),
    task(
        Call(2),
        ago(60),
        OFFICE,
        "Call {name} about the loose baby tooth",
        "She rang once and wrote. The doctor should decide whether it is today.",
    )
    .due(0, 16)
    .to(OWNER),
    task(
        Thread(3, SECOND),
        ago(25),
        OFFICE,
        "Look into {name}'s double installment",
        "Taken on the 1st and the 3rd. Refund one if so.",
    )
    .due(3, 12)
    .to(OFFICE),
];
