//! What the dental practice noted about its contacts, and which contacts are not for everybody.

use crate::seed::script::Audience::{Inbox, Teammate};
use crate::seed::script::{Audience, FIELD, NoteScript, OFFICE, OWNER, SECOND, day, note};

pub(super) const NOTES: &[NoteScript] = &[
    note(0, day(57, 9, 40), OFFICE, "Prefers mornings. Works across the street, can come at short notice."),
    note(0, day(20, 15, 5), OWNER, "Bonding holds well, polish at the next cleaning."),
    note(1, day(54, 9, 0), OFFICE, "Very nervous. Ten extra minutes, explain each step, music helps."),
    note(
        2,
        day(51, 8, 0),
        FIELD,
        "Two children, book them back to back. Text, she cannot take calls at work.",
    ),
    note(3, day(30, 12, 20), OFFICE, "Pays in four installments, {@owner} agreed. Next one is the last."),
    note(5, day(43, 9, 0), FIELD, "Allergic to latex AND penicillin. Chart is marked, tell the lab as well."),
    note(8, day(38, 14, 0), OWNER, "Shade always as a photo, the form alone went wrong twice."),
    note(16, day(10, 9, 15), OFFICE, "Dentures were lost at the home. Their insurer wants our quote."),
];

pub(super) const SHARES: &[(usize, Audience)] =
    &[(11, Inbox(SECOND)), (14, Teammate(OWNER)), (14, Teammate(FIELD)), (18, Teammate(OFFICE))];
