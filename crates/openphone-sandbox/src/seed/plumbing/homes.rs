//! What the plumbing company and its private clients wrote to each other, one exchange per entry. `trade.rs` has
//! the business clients and suppliers.

use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, Thread, ago, day, them, thread, us};

pub(super) const HOMES: &[Thread] = &[
    thread(
        0,
        MAIN,
        day(58, 8, 12),
        &[
            them(
                0,
                "Hi, this is {name} {last}. There's a puddle under our water heater this morning. Is that something you can look at?",
            ),
            us(
                OFFICE,
                6,
                "Hi {name}, {me} at {company}. Yes. Is the water around the tank itself or at a pipe fitting above it?",
            ),
            them(4, "Looks like the bottom of the tank. The heater is from 2015 I think"),
            us(
                OFFICE,
                3,
                "Please turn off the cold valve above the tank, and the gas knob to 'pilot'. {tech} can be there today between 1 and 3. OK?",
            ),
            them(2, "Done, valve is off. 1 to 3 works, I'm home all day"),
            us(FIELD, 268, "Hi {name}, {me} here, about 20 minutes away."),
            them(1, "Great, gate code is 4471"),
            us(
                OFFICE,
                140,
                "The tank is leaking from a seam, so it has to be replaced. 50 gallon gas, installed with permit and haul away: $2,180. We can do it tomorrow at 9.",
            ),
            them(22, "Ouch but ok. Please go ahead, tomorrow at 9"),
            us(OFFICE, 3, "Booked for tomorrow 9:00. You'll have hot water by early afternoon."),
        ],
    ),
    thread(
        0,
        MAIN,
        day(41, 15, 40),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, the inspector signed off on your water heater today. The permit card is on the unit. Anything else?",
            ),
            them(31, "No, it's been great. Thanks for the quick work!"),
            us(OFFICE, 5, "Happy to hear it. The warranty is registered in your name, 6 years on the tank."),
        ],
    ),
    thread(
        0,
        MAIN,
        day(2, 10, 5),
        &[
            them(
                0,
                "Hi again, could someone check the pressure valve on the heater? It drips a few drops a day",
            ),
            us(
                OFFICE,
                9,
                "Hi {name}, that's covered by your care plan. Thursday 10 to 12 or Friday 8 to 10?",
            ),
            them(12, "Thursday please"),
            us(OFFICE, 2, "Thursday 10 to 12 it is, {tech} will come. We'll text before."),
        ],
    ),
    thread(
        1,
        MAIN,
        day(55, 17, 20),
        &[
            them(0, "Kitchen sink and the downstairs shower both back up when we run the dishwasher"),
            us(
                OFFICE,
                14,
                "Hi {name}, both at once sounds like the main line. Please don't run any more water. Do you know where your cleanout is?",
            ),
            them(6, "There's a white cap by the driveway?"),
            us(
                OFFICE,
                2,
                "That's the one. {tech} can be there tomorrow at 8 with the camera. Clearing the line is $325, camera included.",
            ),
            them(3, "Yes please. Earlier if anything opens up"),
            us(
                FIELD,
                925,
                "Morning {name}, {me} here. Line is clear, it was roots about 38 feet out. I sent you the video.",
            ),
            them(44, "Wow. So what do we do about the roots?"),
            us(
                OWNER,
                63,
                "Hi {name}, {me}, I own the shop. Two options: clear it every year for $250, or reline that section for $4,900. No rush, think about it.",
            ),
            them(12, "Appreciate you not pushing. We'll do the yearly for now"),
        ],
    ),
    thread(
        1,
        MAIN,
        day(9, 11, 2),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, {company} here. You asked us to remind you about the yearly line cleaning. Shall we find a date in the next two weeks?",
            ),
            them(180, "Yes but mornings only"),
            us(OFFICE, 4, "Next Tuesday at 8:30?"),
            them(20, "How long does it take?"),
            us(OFFICE, 3, "About an hour and a half with the camera run."),
            them(5, "OK Tuesday 8:30"),
        ],
    ),
    thread(
        2,
        MAIN,
        day(52, 9, 45),
        &[
            them(
                0,
                "Do you install bidet seats? We bought one and need an outlet and a shutoff moved I think",
            ),
            us(
                OFFICE,
                11,
                "We do the plumbing side, {name}. The outlet needs an electrician. Could you send the model?",
            ),
            them(7, "It's the Clearspring C2"),
            us(
                OFFICE,
                16,
                "Then no shutoff needs moving, just a tee. $145 all in. Does next Wednesday afternoon work?",
            ),
            them(3, "Perfect, thank you so much"),
        ],
    ),
    thread(
        4,
        MAIN,
        day(47, 12, 10),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, this is {me} with {company}. Your landlord asked us to look at the slow tub drain. When are you home this week?",
            ),
            them(95, "Who is this?"),
            us(
                OFFICE,
                3,
                "{company}, the plumbers your building uses. Your property manager gave us your number for access.",
            ),
            them(18, "Ah ok. Wednesday after 4?"),
            us(OFFICE, 2, "Wednesday 4:15. It's about half an hour, no need to clear anything out."),
            them(1, "ok thanks"),
        ],
    ),
    thread(
        6,
        MAIN,
        day(43, 16, 33),
        &[
            them(0, "Hello, I'd like a quote to replace two outdoor faucets with frost free ones"),
            us(
                OFFICE,
                21,
                "Hi {name}, happy to. Are the pipes behind them copper or PEX, do you know? A photo of the inside works too.",
            ),
            them(14, "Copper I believe. I'm at the house this weekend and can look"),
            us(
                OFFICE,
                4,
                "For copper it's $340 for both. If there's a surprise in the wall we stop and ask first.",
            ),
            them(2900, "Confirmed copper. Let's do it, any morning next week").with(&[
                ("https://media.example.com/faucets/behind-the-wall.jpg", Some("image/jpeg")),
                ("https://media.example.com/faucets/closer.jpg", Some("image/jpeg")),
            ]),
            us(OFFICE, 40, "Tuesday 9 to 11. {tech} will text on the way."),
            them(6, "Lovely"),
        ],
    ),
    thread(
        7,
        MAIN,
        day(39, 19, 12),
        &[
            them(0, "Got your invoice. It says 2 hours but your guy was here 75 minutes tops"),
            us(
                OFFICE,
                740,
                "Good morning {name}. You're right to ask. The second hour was booked for the supply run, which we shouldn't have billed. I've sent a corrected invoice, $120 less.",
            ),
            them(35, "Thanks for fixing it without a fight"),
            us(OWNER, 12, "{me} here, the owner. Sorry about that one. Your next service call fee is on us."),
            them(4, "That's decent of you"),
        ],
    ),
    thread(
        9,
        MAIN,
        day(31, 9, 3),
        &[
            them(0, "What do you charge to snake a bathroom sink?"),
            us(
                OFFICE,
                5,
                "$165 flat, {name}, including cleaning the trap. If it needs the main line we tell you before we start.",
            ),
            them(2, "Bit steep. Let me think"),
            us(
                OFFICE,
                2,
                "Of course. You could try cleaning the trap first: bucket under it, two plastic nuts, no tools. Happy to walk you through.",
            ),
            them(64, "That worked!! I owe you one"),
            us(OFFICE, 3, "Glad to hear it. We'll be here when you need us."),
        ],
    ),
    thread(
        11,
        MAIN,
        day(27, 20, 4),
        &[
            them(0, "Toilet runs for a minute every half hour. Is that urgent?"),
            us(
                OFFICE,
                728,
                "Good morning {name}. Not urgent, but it can waste 200 gallons a day. It's nearly always the flapper, a $12 part.",
            ),
            them(30, "Can I do it myself?"),
            us(
                OFFICE,
                4,
                "Yes. Shut the valve behind the toilet, unhook the old flapper, bring it to the store for a match. If it still runs, we'll come.",
            ),
            them(1500, "Fixed! Silence at last"),
        ],
    ),
    thread(
        12,
        MAIN,
        day(25, 11, 28),
        &[
            them(
                0,
                "We're selling the house and the buyer's inspector wants a sewer scope report. How fast can you do one?",
            ),
            us(OFFICE, 10, "Tomorrow at 2, report and video by the evening. $225."),
            them(4, "Yes please, the contingency ends Friday"),
            us(
                FIELD,
                1620,
                "Scope is done. The line is in good shape, clay to PVC joint at 52 feet is tight. Report is in your email.",
            ),
            them(25, "You just saved our closing. Thank you!"),
        ],
    ),
    thread(
        15,
        MAIN,
        day(20, 13, 37),
        &[
            them(0, "Is it normal that the new faucet hammers when I close it quickly?"),
            us(
                FIELD,
                26,
                "Not normal, but easy: it needs an arrestor under the sink. I should have put one in. I'll come by tomorrow, no charge.",
            ),
            them(3, "Really? Thank you. I'm home until noon"),
            us(FIELD, 1210, "Arrestor is in, no more knocking."),
            them(30, "Quiet as a mouse"),
        ],
    ),
    thread(
        17,
        MAIN,
        day(11, 16, 44),
        &[
            them(0, "Water bill tripled. Nothing drips that I can see"),
            us(
                OFFICE,
                12,
                "Hi {name}. Please read the meter tonight, use no water, and read it again in the morning. Send me both numbers.",
            ),
            them(940, "Went from 48812 to 48871"),
            us(
                OFFICE,
                5,
                "59 gallons overnight, so there is a leak, probably underground. {tech} can bring the listening gear tomorrow at 10.",
            ),
            them(9, "Please. Side gate will be open"),
            us(
                FIELD,
                1620,
                "Found it: the irrigation line by the fig tree, three feet down. I capped that branch so the bill stops. A repair is about $480.",
            ),
            them(21, "Go for it"),
        ],
    ),
    thread(
        18,
        MAIN,
        day(48, 10, 0),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, {company} here. It's been a year since we serviced your heater. Reply YES and we'll find a time.",
            ),
            them(4, "STOP"),
        ],
    ),
    thread(
        19,
        MAIN,
        day(46, 9, 30),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, {me} at {company}. Your estimate for the repipe is ready, shall I email it?",
            ),
            us(OFFICE, 2880, "Hi {name}, trying once more about the estimate. Call us any time."),
        ],
    ),
    thread(
        2,
        MAIN,
        ago(185),
        &[
            them(
                0,
                "Hi! The toilet upstairs is leaking at the base now. It's slow but it's there. When could someone come?",
            ),
            us(OFFICE, 11, "Hi {name}, that's usually the wax ring. Tomorrow 8 to 10 or 1 to 3?"),
            them(26, "1 to 3 please"),
        ],
    ),
    thread(
        6,
        MAIN,
        ago(74),
        &[them(
            0,
            "Could you resend the invoice for the outdoor faucets? I can't find the email. And do you take checks?",
        )],
    ),
    thread(
        12,
        MAIN,
        ago(31),
        &[them(
            0,
            "Our buyers love the house but ask for a quote to move the laundry upstairs. Is that something you'd price before closing on Friday?",
        )],
    ),
];
