//! What the plumbing company writes to many, and its group threads.

use crate::seed::script::{FIELD, Group, MAIN, OFFICE, OWNER, Routine, SECOND, day, member, them, us};

pub(super) const ROUTINES: &[Routine] = &[
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                FIELD,
                0,
                "Hi {name}, {me} from {company}. I'm on my way, about 20 minutes. Please clear the space around the job if you can.",
            ),
            them(4, "Ok, see you soon"),
            us(
                FIELD,
                95,
                "All done and tested. I left the old parts on the bench so that you can see them. Invoice comes by email.",
            ),
            them(26, "Looks great, thank you"),
        ],
        with: &[
            (2, day(45, 13, 5)),
            (6, day(36, 8, 40)),
            (9, day(30, 10, 15)),
            (11, day(23, 14, 20)),
            (12, day(24, 13, 45)),
            (7, day(41, 9, 30)),
            (8, day(17, 12, 5)),
            (15, day(6, 9, 10)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Hi {name}, did you have a moment to look at the estimate we sent on Monday? Happy to go through it by phone.",
            ),
            them(205, "Yes, looks fair. What's the next opening?"),
            us(
                OFFICE,
                8,
                "Next Wednesday, morning or afternoon. A third is due at the start, the rest when you're happy.",
            ),
            them(17, "Wednesday morning please"),
        ],
        with: &[
            (14, day(53, 10, 30)),
            (17, day(35, 10, 30)),
            (2, day(28, 10, 35)),
            (11, day(16, 10, 40)),
            (16, day(42, 10, 45)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OWNER,
                0,
                "Hi {name}, {me} from {company}. Our care plan members get a free valve and heater check in winter. Shall we put you on the list?",
            ),
            them(88, "Sure, sign me up"),
        ],
        with: &[
            (0, day(14, 13, 0)),
            (6, day(14, 13, 1)),
            (7, day(14, 13, 2)),
            (9, day(14, 13, 3)),
            (12, day(14, 13, 4)),
            (15, day(14, 13, 5)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Hi {name}, a reminder from {company}: {tech} is coming tomorrow between 9 and 11. Reply C to confirm.",
            ),
            them(37, "C"),
        ],
        with: &[
            (0, day(57, 16, 0)),
            (6, day(38, 16, 0)),
            (8, day(34, 16, 5)),
            (11, day(21, 16, 0)),
            (15, day(28, 16, 10)),
            (1, day(3, 16, 0)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "Thanks for choosing {company}, {name}! Was everything as it should be? If so, a short review helps a small shop a lot: https://reviews.example.com/hl",
            ),
            them(310, "All good, just left you five stars"),
            us(OFFICE, 9, "That made our day, thank you!"),
        ],
        with: &[
            (0, day(39, 11, 0)),
            (8, day(26, 11, 0)),
            (12, day(19, 11, 0)),
            (16, day(12, 11, 0)),
            (1, day(49, 11, 0)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[us(
            OFFICE,
            0,
            "Hi {name}, your invoice from {company} is due this week. You can pay at https://pay.example.com/hl or by phone. Thank you!",
        )],
        with: &[
            (3, day(30, 9, 0)),
            (5, day(30, 9, 1)),
            (7, day(37, 9, 2)),
            (10, day(15, 9, 0)),
            (14, day(15, 9, 1)),
            (17, day(5, 9, 2)),
        ],
    },
    Routine {
        inbox: MAIN,
        lines: &[
            us(
                OFFICE,
                0,
                "{company}: frost is forecast for Thursday night. Please disconnect garden hoses and open outdoor taps a little. Questions? Just reply.",
            ),
            them(52, "Thanks for the heads up!"),
        ],
        with: &[
            (0, day(8, 12, 0)),
            (2, day(8, 12, 1)),
            (6, day(8, 12, 2)),
            (7, day(8, 12, 3)),
            (9, day(8, 12, 4)),
            (11, day(8, 12, 5)),
            (15, day(8, 12, 6)),
            (17, day(8, 12, 7)),
        ],
    },
    Routine {
        inbox: SECOND,
        lines: &[
            us(
                FIELD,
                0,
                "{company} emergency line. I missed your call and am on another job. If water is running, close the main valve. I call back within 15 minutes. {me}",
            ),
            them(3, "Ok, valve is closed. Waiting for your call"),
            us(FIELD, 14, "Calling you now."),
        ],
        with: &[(4, day(44, 21, 30)), (9, day(32, 5, 50)), (17, day(10, 22, 15))],
    },
];

pub(super) const GROUPS: &[Group] = &[
    Group {
        name: Some("Cannery Row job"),
        contacts: &[10, 13],
        inbox: MAIN,
        at: day(26, 7, 30),
        lines: &[
            us(
                OWNER,
                0,
                "Putting you two together for Cannery Row: the carriers for the wall-hung toilets need to be on site by the 5th.",
            ),
            member(
                13,
                12,
                "Two in stock, third comes on the 4th. I can deliver all three on the morning of the 5th",
            ),
            member(10, 5, "Deliver before 7 please, street closes for the crane after that"),
            member(13, 3, "6:45 then"),
            us(OWNER, 2, "Perfect, {tech} signs for them."),
        ],
    },
    Group {
        name: None,
        contacts: &[3, 4],
        inbox: MAIN,
        at: day(40, 10, 15),
        lines: &[
            member(3, 0, "Adding you both so we find a time for the tub in 118"),
            us(OFFICE, 7, "Thanks. Wednesday 4:15 works for us, does it for you?"),
            member(4, 22, "Yes 4:15 is fine, the cat will be in the bedroom"),
            member(3, 2, "Great. I'll leave a note at the door"),
            us(FIELD, 3180, "Tub drains like new. Hair and a bottle cap."),
        ],
    },
    Group {
        name: Some("Bluefin night team"),
        contacts: &[3, 14, 16],
        inbox: SECOND,
        at: day(5, 17, 0),
        lines: &[
            us(
                FIELD,
                0,
                "For the three of you with buildings on the same block: the city shuts the water off on Thursday from 1 am to 4 am. Please tell your people.",
            ),
            member(16, 19, "Thank you! Will it be brown afterwards?"),
            us(FIELD, 4, "Maybe for a minute. Run a bathtub first, not the coffee machine."),
            member(14, 33, "Told my tenants, thanks"),
            member(3, 61, "Same here"),
        ],
    },
];
