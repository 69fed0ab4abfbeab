//! Who writes to the plumbing company without being anybody's contact, and which conversations it put aside.
//! No carrier gives out a short code that begins with 1, so that these belong to nobody.

use crate::seed::script::{Aside, MAIN, Party, SECOND, Thread, day, them, thread_with};

const PARCELS: &str = "10155";
const BANK: &str = "101446";

pub(super) const THREADS: &[Thread] = &[
    thread_with(
        PARCELS,
        MAIN,
        day(19, 9, 2),
        &[
            them(0, "Gull & Oar Parcels: 2 packages for {company} arrive today between 1 and 3 pm."),
            them(281, "Gull & Oar Parcels: delivered at the side door. See where they are.")
                .with(&[("https://media.example.com/parcels/side-door", None)]),
        ],
    ),
    thread_with(
        BANK,
        SECOND,
        day(34, 10, 11),
        &[them(
            0,
            "Bay Meadow Bank: 204816 is your sign-in code for the next 10 minutes. We never call to ask for it.",
        )],
    ),
];

pub(super) const PUT_ASIDE: &[(Party, usize, Aside)] =
    &[(Party::Stranger(PARCELS), MAIN, Aside::Muted(365)), (Party::Contact(13), MAIN, Aside::Snoozed(3))];
