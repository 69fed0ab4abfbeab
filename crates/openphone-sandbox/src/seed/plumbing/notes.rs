//! What the plumbing company noted about its contacts, and which contacts are not for everybody.

use crate::seed::script::Audience::{Inbox, Teammate};
use crate::seed::script::{Audience, FIELD, NoteScript, OFFICE, OWNER, SECOND, day, note};

pub(super) const NOTES: &[NoteScript] = &[
    note(
        0,
        day(57, 16, 20),
        FIELD,
        "Gate code 4471, heater in the garage behind the freezer. Shutoff is stiff.",
    ),
    note(0, day(41, 15, 50), OFFICE, "Permit signed off, warranty registered for 6 years."),
    note(
        0,
        day(2, 10, 30),
        OFFICE,
        "Dripping relief valve goes on the care plan. {@tech} please take one along.",
    ),
    note(3, day(50, 11, 0), FIELD, "Units 214 and 314 share the stack. Keys are with the super, ask for 2B."),
    note(3, day(22, 9, 0), OWNER, "Pays on the 15th, always. Send invoices by the 10th."),
    note(
        5,
        day(44, 9, 10),
        FIELD,
        "Grease trap lid is under the mat by the back door. No work between 11 and 2.",
    ),
    note(7, day(38, 8, 40), OWNER, "Next service call fee is on us, see the invoice we got wrong."),
    note(
        10,
        day(29, 8, 0),
        OWNER,
        "Cannery Row: rough-in by the end of the month, then retainage of ten percent.",
    ),
    note(19, day(43, 9, 45), OFFICE, "Texts do not arrive. {@owner} do you have another number?"),
];

pub(super) const SHARES: &[(usize, Audience)] =
    &[(10, Teammate(OWNER)), (10, Teammate(FIELD)), (16, Inbox(SECOND)), (18, Teammate(OFFICE))];
