//! What the dental practice writes to many, and its group threads.

use crate::seed::script::{FIELD, Group, MAIN, OFFICE, OWNER, Routine, SECOND, day, member, them, us};

pub(super) const ROUTINES: &[Routine] = &[
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Hi {name}, before your visit: did anything change in your health, medication or insurance? It saves you the clipboard.",
            ),
            them(64, "Nothing new"),
            us(OFFICE, 5, "Perfect, noted. We're on the second floor, the elevator is behind the pharmacy."),
            them(2, "👍 thank you"),
        ],
        with: &[
            (0, day(56, 8, 30)),
            (4, day(44, 8, 31)),
            (6, day(40, 8, 32)),
            (9, day(33, 8, 33)),
            (10, day(31, 8, 34)),
            (13, day(21, 8, 35)),
            (15, day(18, 8, 36)),
            (16, day(9, 8, 37)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                FIELD,
                0,
                "Hi {name}, a place opened up tomorrow at 11:10, you asked to be on the short list. Want it?",
            ),
            them(9, "Yes! I'll be there"),
            us(FIELD, 1, "Great, it's yours. See you tomorrow."),
        ],
        with: &[
            (3, day(47, 15, 0)),
            (12, day(34, 15, 5)),
            (7, day(26, 15, 10)),
            (1, day(22, 15, 15)),
            (10, day(11, 15, 20)),
            (13, day(4, 15, 25)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Thank you for coming in today, {name}. If you were happy, a short review means a lot to a small practice: https://reviews.example.com/cg",
            ),
            them(240, "Done! You're all lovely"),
            us(OFFICE, 11, "Thank you so much, I read it out to the whole team."),
        ],
        with: &[
            (0, day(50, 17, 0)),
            (6, day(33, 17, 0)),
            (15, day(13, 17, 0)),
            (16, day(27, 17, 0)),
            (4, day(18, 17, 0)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Hi {name}, a reminder of your appointment at {company} tomorrow. Reply 1 to confirm, 2 to find another time.",
            ),
            them(41, "1"),
        ],
        with: &[
            (0, day(32, 9, 0)),
            (1, day(45, 9, 1)),
            (3, day(50, 9, 2)),
            (6, day(37, 9, 3)),
            (9, day(21, 9, 4)),
            (12, day(39, 9, 5)),
            (15, day(16, 9, 6)),
            (7, day(36, 9, 7)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Hi {name}, it's time for your cleaning at {company}. {tech} has mornings free next week. Shall we pick one?",
            ),
            them(150, "Yes, Wednesday if possible"),
            us(OFFICE, 6, "Wednesday 8:20 is yours."),
            them(3, "Great, thanks"),
        ],
        with: &[
            (4, day(19, 10, 0)),
            (10, day(52, 10, 1)),
            (13, day(7, 10, 2)),
            (16, day(28, 10, 3)),
            (5, day(29, 10, 4)),
        ],
    },
    Routine {
        inbox: SECOND,
        lines: &[us(
            OFFICE,
            0,
            "Hi {name}, your statement from {company} is ready: https://pay.example.com/cg. Questions? Just reply, a person reads this.",
        )],
        with: &[
            (0, day(36, 12, 0)),
            (3, day(25, 12, 0)),
            (5, day(15, 12, 1)),
            (6, day(25, 12, 2)),
            (9, day(15, 12, 3)),
            (15, day(6, 12, 4)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                FIELD,
                0,
                "Hello {name}, {me} from {company}. How are you feeling after today's visit? Anything that worries you?",
            ),
            them(70, "All good, thanks for checking in!"),
        ],
        with: &[
            (1, day(43, 17, 30)),
            (5, day(42, 17, 31)),
            (9, day(35, 17, 32)),
            (13, day(22, 17, 33)),
            (7, day(37, 17, 34)),
            (10, day(26, 17, 35)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "{company}: we're closed on Thursday and Friday for the holiday. In an emergency text this number, Dr. {owner} is on call.",
            ),
            them(48, "Happy holidays to all of you!"),
        ],
        with: &[
            (0, day(5, 12, 0)),
            (1, day(5, 12, 1)),
            (4, day(5, 12, 2)),
            (6, day(5, 12, 3)),
            (12, day(5, 12, 4)),
            (16, day(5, 12, 5)),
        ],
    },
];

pub(super) const GROUPS: &[Group] = &[
    Group {
        name: Some("Case 4417"),
        contacts: &[8, 14],
        inbox: MAIN,
        at: day(42, 8, 5),
        lines: &[
            us(
                OWNER,
                0,
                "Connecting lab and surgeon for the implant crown: the abutment height changed after healing.",
            ),
            member(14, 18, "It's 4 mm now instead of 3. Torque was 35"),
            member(8, 6, "Then I need a new scan body, the old one is too short"),
            us(FIELD, 11, "We can rescan on Thursday when the patient is here anyway."),
            member(8, 3, "Thursday works, crown a week later"),
            member(14, 25, "Good for me"),
        ],
    },
    Group {
        name: None,
        contacts: &[6, 7],
        inbox: MAIN,
        at: day(35, 15, 20),
        lines: &[
            member(6, 0, "Adding my fiancé. Could we have our whitening check at the same time?"),
            us(OFFICE, 4, "Sure, we have two rooms side by side. Thursday 4:30?"),
            member(7, 9, "4:30 is good, I come straight from work"),
            us(OFFICE, 1, "See you both on Thursday."),
            member(6, 2, "🥰"),
        ],
    },
    Group {
        name: Some("Supplies"),
        contacts: &[8, 17, 11],
        inbox: SECOND,
        at: day(13, 11, 0),
        lines: &[
            us(
                OFFICE,
                0,
                "To all our partners: from next month please send invoices to billing@example.com, not to the front desk.",
            ),
            member(17, 9, "Will do"),
            member(8, 44, "Changed in our system"),
            member(11, 130, "Thank you, noted"),
        ],
    },
];
