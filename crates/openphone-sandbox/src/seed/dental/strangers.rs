//! Who writes to the dental practice without being anybody's contact, and which conversations it put aside.
//! No carrier gives out a short code that begins with 1, so that these belong to nobody.

use crate::seed::script::{Aside, MAIN, Party, SECOND, Thread, day, them, thread_with};

const PARCELS: &str = "10155";
const BANK: &str = "101602";

pub(super) const THREADS: &[Thread] = &[
    thread_with(
        PARCELS,
        MAIN,
        day(22, 8, 31),
        &[
            them(0, "Gull & Oar Parcels: 1 package for {company} is on its way and arrives before noon."),
            them(176, "Gull & Oar Parcels: handed over at the reception. See who signed for it.")
                .with(&[("https://media.example.com/parcels/signature", None)]),
        ],
    ),
    thread_with(
        BANK,
        SECOND,
        day(37, 13, 5),
        &[them(
            0,
            "Fernhill Credit Union: a payment of $412.00 to Brightline Dental Supply was made. Not you? Visit a branch.",
        )],
    ),
];

pub(super) const PUT_ASIDE: &[(Party, usize, Aside)] =
    &[(Party::Stranger(BANK), SECOND, Aside::Muted(365)), (Party::Contact(8), MAIN, Aside::Snoozed(3))];
