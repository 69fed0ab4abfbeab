//! What the dental practice wrote with laboratory, insurers, surgeons and suppliers, one exchange per entry.

use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, SECOND, Thread, ago, day, them, thread, us};

pub(super) const PARTNERS: &[Thread] = &[
    thread(
        8,
        MAIN,
        day(53, 8, 20),
        &[
            us(
                OWNER,
                0,
                "Morning {name}, case 4417 went out last night: upper left six, zirconia, shade A2. Patient is back on the 21st.",
            ),
            them(25, "Got the scan. Margin is lovely. You'll have it on the 19th"),
            us(OWNER, 3, "Thank you. A bit more translucency at the tip, please, she's picky and right."),
            them(2, "Noted 🙂").with(&[("https://media.example.com/lab/case-4417.png", Some("image/png"))]),
        ],
    ),
    thread(
        8,
        MAIN,
        day(40, 11, 48),
        &[
            them(0, "Case 4431: the bite registration is missing in the upload. Can you send it again?"),
            us(FIELD, 16, "Sorry, re-uploaded just now. Does it still make Friday?"),
            them(7, "If it's complete, yes"),
            them(31, "Complete. Friday it is"),
        ],
    ),
    thread(
        8,
        MAIN,
        day(9, 9, 15),
        &[
            us(OFFICE, 0, "Hi {name}, do you have a loaner articulator? Ours went in for repair."),
            them(12, "Yes, the driver brings it with tomorrow's cases. Keep it two weeks"),
            us(OFFICE, 1, "Lifesaver, thank you."),
        ],
    ),
    thread(
        11,
        SECOND,
        day(48, 10, 10),
        &[
            us(
                OFFICE,
                0,
                "Hello {name}, claim 88120 was denied for a missing narrative. I faxed it on the 2nd. Could you see if it arrived?",
            ),
            them(140, "I see a fax, but it wasn't linked. Linked now, review takes 7 days"),
            us(OFFICE, 3, "Thank you! Could you note that the patient's year ends this month?"),
            them(6, "Noted as urgent"),
        ],
    ),
    thread(
        11,
        SECOND,
        day(33, 13, 2),
        &[
            them(0, "Claim 88120 is approved, payment goes out Thursday. Sorry about the back and forth"),
            us(OFFICE, 9, "Wonderful, the patient will be relieved. Have a good week, {name}."),
        ],
    ),
    thread(
        14,
        MAIN,
        day(38, 10, 50),
        &[
            us(
                OFFICE,
                0,
                "Hi {name}, we're sending you a patient with a lower wisdom tooth close to the nerve. CT is attached to the referral. Earliest consult?",
            ),
            them(22, "Tomorrow 2:15 or Monday 9:00"),
            us(OFFICE, 8, "Tomorrow 2:15, thank you. He knows not to eat from 8 on, just in case."),
            them(1, "Perfect"),
        ],
    ),
    thread(
        14,
        MAIN,
        day(31, 16, 27),
        &[
            them(
                0,
                "Your patient's surgery went well, no contact with the nerve. Stitches dissolve, he can see you again in 10 days",
            ),
            us(OWNER, 41, "Great news, {name}. Thank you for squeezing him in."),
        ],
    ),
    thread(
        17,
        MAIN,
        day(36, 14, 30),
        &[
            them(0, "Hi, nitrile gloves are 20% off until Friday if you take ten cases. Interested?"),
            us(
                OFFICE,
                55,
                "Vinyl too? We have a patient with a latex allergy and a hygienist who hates nitrile.",
            ),
            them(8, "Vinyl 15% off"),
            us(OFFICE, 4, "Six nitrile (small and medium), four vinyl. Usual address."),
            them(2, "Done, with you on Tuesday"),
        ],
    ),
    thread(
        17,
        MAIN,
        day(14, 9, 44),
        &[
            us(OFFICE, 0, "Hi {name}, one case of vinyl was size XL instead of M. Could you swap it?"),
            them(30, "Of course, my mistake. Driver picks it up on Thursday"),
            us(OFFICE, 2, "It's by the back door. Thanks!"),
        ],
    ),
    thread(
        11,
        SECOND,
        ago(110),
        &[them(
            0,
            "For claim 90233 we need the pre-op x-ray, the one in the file is post-op. Can you send it by tomorrow?",
        )],
    ),
    thread(
        8,
        MAIN,
        ago(17),
        &[them(
            0,
            "Case 4502: the shade says A2 in the form and A3 in the note. Which one? We'd like to press today",
        )],
    ),
];
