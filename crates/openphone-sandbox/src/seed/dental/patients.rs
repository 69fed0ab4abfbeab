//! What the dental practice and its patients wrote to each other, one exchange per entry. `emergencies.rs` has
//! what could not wait, `partners.rs` the laboratory, the insurers and the suppliers.

use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, SECOND, Thread, ago, day, them, thread, us};

pub(super) const PATIENTS: &[Thread] = &[
    thread(
        0,
        SECOND,
        day(35, 14, 12),
        &[
            them(0, "Hi, my statement says $86 for the bonding. I thought Evergreen covers 80%?"),
            us(
                OFFICE,
                13,
                "Hi {name}. They do, after the deductible, and $50 of it was still open this year. So 20% plus the $50. I can send you their letter.",
            ),
            them(6, "No need, that makes sense. Paid just now"),
            us(OFFICE, 2, "Received, thank you!"),
        ],
    ),
    thread(
        1,
        MAIN,
        day(54, 18, 2),
        &[
            them(
                0,
                "I know I need that filling but I'm honestly terrified. Is there a way to not feel anything",
            ),
            us(
                FIELD,
                870,
                "Good morning {name}, this is {me}, the hygienist. You are not alone in this, a third of our patients feel that way. We have laughing gas, and we stop whenever you raise a hand.",
            ),
            them(35, "Does the gas cost extra? And can my sister sit with me?"),
            us(
                OFFICE,
                6,
                "The gas is $75, and of course your sister can sit with you. How about a visit first, without any treatment? Just to meet Dr. {owner}.",
            ),
            them(15, "That would help a lot. Friday afternoon?"),
            us(OFFICE, 2, "Friday 2:00, nothing sharp, promise."),
        ],
    ),
    thread(
        1,
        MAIN,
        day(44, 16, 40),
        &[
            them(0, "I did it!!! Didn't even need the second half of the playlist"),
            us(FIELD, 7, "We're so proud of you, {name}. Numbness will be gone by 7, no hot tea until then."),
            them(3, "Will it be sore tomorrow?"),
            us(
                FIELD,
                5,
                "A little, like a bruise. If it hurts when you bite, come by and we polish it, takes five minutes.",
            ),
        ],
    ),
    thread(
        2,
        MAIN,
        day(51, 7, 50),
        &[
            them(
                0,
                "My daughter (8) has her first visit with you next week. Does she need to bring anything?",
            ),
            us(
                OFFICE,
                11,
                "How nice! Only her toothbrush and a question for {tech}. Please fill the form on our site beforehand, it asks about allergies.",
            ),
            them(20, "Filled it. Her question is whether sharks brush"),
            us(FIELD, 14, "Tell her they get new teeth every two weeks instead, and that I'm jealous."),
            them(2, "She is delighted, thank you"),
        ],
    ),
    thread(
        3,
        MAIN,
        day(49, 11, 11),
        &[
            them(0, "Need to cancel tomorrow 10am, stuck in Denver"),
            us(
                OFFICE,
                4,
                "Thanks for telling us, {name}. Next openings: Monday 4:10 or the Thursday after at 8:00.",
            ),
            them(12, "Neither works. Anything later in the week, after 5?"),
            us(OFFICE, 6, "Wednesdays we're open until 7: 5:30 on the 18th?"),
            them(2, "5:30 works"),
        ],
    ),
    thread(
        3,
        SECOND,
        day(21, 10, 20),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, {company} billing. Your balance of $240.50 is open since last month. Would you like to split it in three?",
            ),
            them(190, "Yes please, 3 months would help"),
            us(
                OFFICE,
                5,
                "Set up: $80.17, the 1st of each month, no interest. You'll get a receipt each time.",
            ),
            them(1, "Thanks for making that easy"),
        ],
    ),
    thread(
        4,
        MAIN,
        day(46, 13, 25),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, you asked on our website for a new patient visit. We have Tuesday 9:40 or Thursday 1:00.",
            ),
            them(62, "Who is this?"),
            us(OFFICE, 2, "{company} on Alder Street. You filled the form last night."),
            them(8, "Oh right! Thursday 1:00. Do you take Northway insurance?"),
            us(OFFICE, 7, "We do, in network. Please bring the card and, if you can, the last x-rays."),
        ],
    ),
    thread(
        5,
        MAIN,
        day(17, 17, 5),
        &[
            them(0, "Before the extraction: you know I'm allergic to penicillin, right?"),
            us(
                FIELD,
                5,
                "Yes, penicillin and latex are both on your chart in red, {name}. We use clindamycin and vinyl gloves. Thank you for checking, never feel bad about it.",
            ),
            them(2, "Phew. Thanks"),
        ],
    ),
    thread(
        6,
        MAIN,
        day(41, 12, 50),
        &[
            them(0, "Could I whiten my teeth before my wedding in 7 weeks?"),
            us(
                FIELD,
                10,
                "Congratulations {name}! Seven weeks is ideal. Trays at home for two weeks, $290, then a touch-up the week before. A cleaning first makes it even.",
            ),
            them(5, "Let's do everything. Can the groom get a discount? 😄"),
            us(OWNER, 30, "For a wedding, two for $500. {me}"),
            them(3, "DEAL"),
            us(OFFICE, 4, "Booked: both cleanings on Monday at 4 and 4:50, impressions right after."),
        ],
    ),
    thread(
        9,
        MAIN,
        day(34, 9, 20),
        &[
            them(0, "Is it okay to run a half marathon two days after the implant?"),
            us(
                OWNER,
                95,
                "Please don't, {name}. No running for five days, the pressure can start a bleed. A walk is fine from day two.",
            ),
            them(10, "My coach will cry but ok"),
            us(OWNER, 2, "I'll write him a note."),
        ],
    ),
    thread(
        9,
        MAIN,
        day(20, 8, 30),
        &[
            us(OFFICE, 0, "Hi {name}, the stitches come out on Thursday at 8:40. Everything calm?"),
            them(16, "All calm, ran 5k yesterday, easy pace"),
            us(OFFICE, 3, "Great to hear. See you Thursday!"),
        ],
    ),
    thread(
        12,
        MAIN,
        day(27, 10, 45),
        &[
            them(0, "I'm moving to Portland in a month. How do I get my records?"),
            us(
                OFFICE,
                8,
                "We'll miss you, {name}! Please sign the release I just emailed, and we send x-rays and chart to you or your new dentist, free.",
            ),
            them(55, "Signed. Send them to me please. You were the first dentist I didn't dread"),
            us(FIELD, 6, "That made me cry a bit. Sent! Come say hello when you visit."),
        ],
    ),
    thread(
        13,
        MAIN,
        day(23, 16, 12),
        &[
            them(0, "How much for a cleaning without insurance?"),
            us(
                OFFICE,
                4,
                "$129 with exam, {name}, x-rays $48 if due. Our house plan is $29 a month and includes both cleanings a year.",
            ),
            them(7, "The plan sounds good, can I start with the first cleaning?"),
            us(OFFICE, 3, "Yes, it starts the day you pay the first month. Tomorrow 10:20 just opened up?"),
            them(1, "I'll take it"),
        ],
    ),
    thread(
        16,
        MAIN,
        day(10, 8, 55),
        &[
            them(
                0,
                "My husband has dementia and his dentures went missing at the care home. Can you make a new set without many visits?",
            ),
            us(
                OFFICE,
                12,
                "I'm sorry, {name}. We still have the molds from last year, so it can be two visits instead of five. We can also mark them with his name.",
            ),
            them(9, "That is a relief. He gets tired after lunch so mornings please"),
            us(OFFICE, 3, "Tuesday 9:00, with the quiet room. A wheelchair fits through the side door."),
            them(2, "You think of everything"),
        ],
    ),
    thread(
        18,
        MAIN,
        day(47, 10, 0),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, {company} here. It's been a while since your last cleaning. Reply YES and we'll find a time.",
            ),
            them(3, "STOP"),
        ],
    ),
    thread(
        19,
        MAIN,
        day(45, 9, 30),
        &[
            us(OFFICE, 0, "Hi {name}, your retainer is ready to be picked up at {company}."),
            us(OFFICE, 4320, "Hi {name}, your retainer is still here. We keep it for 90 days."),
        ],
    ),
    thread(
        6,
        MAIN,
        ago(160),
        &[
            them(0, "Hi! Trays are great but the gums are a little sensitive. Should we skip a night?"),
            us(FIELD, 14, "Yes, skip tonight and use the sensitive paste. Then every second night."),
            them(5, "Will do. And can we move the touch-up from Wednesday to Thursday?"),
        ],
    ),
    thread(
        3,
        SECOND,
        ago(28),
        &[them(0, "The first installment was taken twice, the 1st and the 3rd. Could you look into it?")],
    ),
];
