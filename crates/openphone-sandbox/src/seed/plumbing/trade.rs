//! What the plumbing company wrote with its business clients and suppliers, one exchange per entry.

use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, SECOND, Thread, ago, day, them, thread, us};

pub(super) const TRADE: &[Thread] = &[
    thread(
        3,
        MAIN,
        day(50, 8, 30),
        &[
            them(
                0,
                "Morning. Unit 214 reports water coming through the bathroom ceiling, from 314 above. Can you send someone right away?",
            ),
            us(OFFICE, 2, "On it. {tech} is 15 minutes from you. Can you get us access to 314?"),
            them(3, "Yes, I'm on site. Tenant is home"),
            us(
                FIELD,
                38,
                "Wax ring on the toilet in 314, floor is wet but the joists look fine. Replacing now. You'll want the ceiling in 214 opened up to dry.",
            ),
            them(6, "Thanks. I'll get our drywall guy. Please put it on the Tidewater account, PO 7731"),
            us(OFFICE, 55, "Done, PO 7731. Invoice goes to the usual address, $290."),
        ],
    ),
    thread(
        3,
        MAIN,
        day(33, 13, 15),
        &[
            them(
                0,
                "We need the annual backflow tests for all three buildings before the 15th. What's your availability?",
            ),
            us(
                OFFICE,
                25,
                "We can do all three in one morning, the 8th or the 10th. $95 per device, five devices, reports filed with the city.",
            ),
            them(8, "The 10th. Can you start at 7?"),
            us(OFFICE, 2, "7:00 on the 10th, starting with the Marina Walk building."),
            them(1, "👍"),
        ],
    ),
    thread(
        3,
        SECOND,
        day(6, 22, 48),
        &[
            them(0, "Emergency: main in the parking garage is spraying. I can't find the shutoff"),
            us(
                FIELD,
                2,
                "Red wheel behind the elevator room, waist height, turn it clockwise. I'm leaving now, 25 minutes.",
            ),
            them(5, "Got it, it's off. You're a lifesaver"),
            us(FIELD, 31, "I'm at the gate."),
            us(
                FIELD,
                96,
                "Coupling replaced and tested. Water is back on in both risers. Full report tomorrow.",
            ),
            them(2, "Thank you. Tenants didn't even notice"),
        ],
    ),
    thread(
        5,
        MAIN,
        day(45, 6, 58),
        &[
            them(0, "Grease trap alarm is on and we open at 11. Any chance?"),
            us(FIELD, 4, "{name}, I can be there at 8. Please keep the three-compartment sink empty."),
            them(1, "You're the best. Coffee's on me"),
            us(
                FIELD,
                152,
                "Pumped and rinsed, alarm is reset. It was about two weeks overdue, let's move you to every six weeks.",
            ),
            them(9, "Agreed. Put us on the calendar"),
            us(OFFICE, 30, "Scheduled: every sixth Monday at 7 am, next one in 42 days. $210 each visit."),
        ],
    ),
    thread(
        5,
        MAIN,
        day(18, 14, 5),
        &[
            them(0, "Dish sprayer at the rinse station is leaking at the handle"),
            us(OFFICE, 7, "We have that valve in the van. Tomorrow between 2 and 3, between your services?"),
            them(3, "Yes!"),
            us(FIELD, 1510, "All set, new spray valve and a fresh hose. $165 on the account."),
        ],
    ),
    thread(
        8,
        MAIN,
        day(36, 10, 20),
        &[
            them(0, "Hi! Our studio's hot water runs out after three showers. It's a tankless unit"),
            us(
                OFFICE,
                8,
                "Hi {name}, when was it last descaled? With the water here it needs it once a year.",
            ),
            them(5, "Umm. Never? 😬"),
            us(
                OFFICE,
                2,
                "That would do it! Descaling is $195 and takes 90 minutes. Is there a time without classes?",
            ),
            them(3, "Mondays 12 to 3"),
            us(OFFICE, 2, "Monday at 12:15 then."),
            us(FIELD, 5880, "All descaled, flow is back to 6 gallons a minute. Enjoy the showers."),
            them(15, "Night and day difference, thank you!"),
        ],
    ),
    thread(
        10,
        MAIN,
        day(29, 7, 40),
        &[
            them(
                0,
                "We're framing at 61 Cannery Row next week. Need rough-in for two baths and a kitchen. Can you bid by Friday?",
            ),
            us(
                OWNER,
                18,
                "Morning {name}. Send me the plans and I'll have a number Thursday. Same fixtures as the Beacon job?",
            ),
            them(9, "Same fixtures, but wall-hung toilets. Plans are in your inbox"),
            us(
                OWNER,
                2975,
                "Bid is in your inbox: $14,600 rough and finish, carriers for the wall-hung included. Start any day after the 3rd.",
            ),
            them(120, "Approved. Start the 5th, super is on site from 6:30"),
            us(OWNER, 6, "The 5th it is. {tech} will run it."),
        ],
    ),
    thread(
        10,
        MAIN,
        day(4, 8, 15),
        &[
            them(0, "Inspector moved the rough-in inspection up to Monday. Will you be ready?"),
            us(FIELD, 11, "Yes, water test holds since Friday. I'll be there at 8 to meet the inspector."),
            them(2, "Perfect"),
            us(
                FIELD,
                35,
                "One thing, the tub on the second floor was delivered left hand, drawings say right. Do you want me to send it back?",
            ),
            them(16, "Keep it, we'll flip the wall. Architect is fine with it"),
        ],
    ),
    thread(
        13,
        MAIN,
        day(24, 7, 5),
        &[
            us(
                OFFICE,
                0,
                "Morning {name}, do you have 12 of the 3/4 ball valves in stock, lead free? {tech} can pick up at 8.",
            ),
            them(6, "14 on the shelf. I'll pull 12 and put them on your account"),
            us(OFFICE, 1, "Thank you. And one 50 gal gas heater for next Tuesday?"),
            them(10, "Heater arrives Monday afternoon. I'll hold it"),
        ],
    ),
    thread(
        13,
        MAIN,
        day(7, 15, 50),
        &[
            them(
                0,
                "Heads up, price of copper goes up 6% on the first. Want me to quote your usual order before that?",
            ),
            us(OWNER, 33, "Yes please, {name}: 20 sticks of 1/2 and 10 of 3/4, type L."),
            them(48, "Quote sent, good for ten days"),
            us(OWNER, 5, "Approved. Thanks for looking out for us."),
        ],
    ),
    thread(
        14,
        MAIN,
        day(22, 18, 22),
        &[
            them(
                0,
                "My tenant says there's no hot water since this morning. I'm out of town. Can you deal with it directly?",
            ),
            us(
                OFFICE,
                9,
                "Sure. Please send me the tenant's name and number, and up to what amount we may go without asking you.",
            ),
            them(5, "Up to $400. I'll text her that you're coming"),
            us(OFFICE, 2, "Got it. {tech} is free at 7:30 this evening."),
            us(FIELD, 96, "Thermocouple was dead, replaced. Pilot lit, 122 degrees at the tap. $185."),
            them(7, "Fantastic. Invoice to my email please"),
        ],
    ),
    thread(
        16,
        SECOND,
        day(16, 23, 31),
        &[
            them(
                0,
                "Hi, night desk at the Bluefin Inn. Room 12 has water coming up from the shower drain, guests are upset",
            ),
            us(FIELD, 3, "I'm up. Please close rooms 10 to 14 on that side, no showers. There in 30."),
            them(2, "Thank you, moving them now"),
            us(
                FIELD,
                82,
                "Branch line was blocked by wipes. Clear now, I ran every fixture. Floor needs a mop and a fan.",
            ),
            them(3, "The guests are back in bed. You're amazing"),
        ],
    ),
    thread(
        16,
        MAIN,
        day(13, 9, 55),
        &[
            them(0, "Our manager would like a maintenance plan for all 24 rooms. Could you send something?"),
            us(
                OWNER,
                47,
                "Gladly, {name}. Twice a year: all drains, valves and both heaters, $1,450 per visit, nights at normal rate for plan members. I'll send the paper today.",
            ),
            them(1380, "Signed and on its way back. He liked the nights part"),
            us(OWNER, 8, "Welcome aboard. First visit the week after next."),
        ],
    ),
    thread(
        14,
        SECOND,
        ago(12),
        &[them(
            0,
            "Tenant at my Fulton St unit has water dripping out of a light fixture!! What should she do?",
        )],
    ),
];
