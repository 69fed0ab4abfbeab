//! Broken teeth, lost crowns and swollen cheeks: what the dental practice's patients wrote when it could not wait.

use crate::seed::script::{FIELD, MAIN, OFFICE, OWNER, Thread, ago, day, them, thread, us};

pub(super) const EMERGENCIES: &[Thread] = &[
    thread(
        0,
        MAIN,
        day(57, 9, 4),
        &[
            them(
                0,
                "Good morning! I chipped a front tooth on an olive pit last night. It doesn't hurt but it looks awful",
            ),
            us(
                OFFICE,
                5,
                "Oh no, {name}! Did you keep the piece? Could you send us a description, is it one corner or across?",
            ),
            them(3, "One corner, about 2 mm. I have it in milk"),
            us(
                OFFICE,
                4,
                "Well done. Dr. {owner} can bond it today at 3:20. It takes 40 minutes, no needle most likely.",
            ),
            them(2, "Yes!! I have a presentation tomorrow, you're saving me"),
            us(OFFICE, 1, "Then 3:20 it is. Please don't bite on it until then."),
        ],
    ),
    thread(
        0,
        MAIN,
        day(55, 10, 31),
        &[
            us(
                OWNER,
                0,
                "Hi {name}, Dr. {me} here. How does the tooth feel, any edge that bothers your tongue?",
            ),
            them(44, "It's perfect, nobody noticed at the presentation. Thank you for asking!"),
        ],
    ),
    thread(
        2,
        MAIN,
        day(12, 15, 15),
        &[
            them(0, "Her wiggly tooth came out at school but the new one is already behind it. Is that bad?"),
            us(
                FIELD,
                9,
                "Not at all, we call them shark teeth! The tongue pushes it forward in a few weeks. If it hasn't moved by her next visit, Dr. {owner} will look.",
            ),
            them(4, "SHARK TEETH. You have made her year"),
        ],
    ),
    thread(
        5,
        MAIN,
        day(43, 8, 44),
        &[
            them(0, "The crown on the upper left came off while flossing. I have it in a bag"),
            us(
                OFFICE,
                6,
                "Good that you kept it, {name}. Any pain? If not, 12:15 today, Dr. {owner} cements it again.",
            ),
            them(3, "No pain, just weird. See you at 12:15"),
            us(
                OWNER,
                260,
                "The crown and the tooth are both fine, the cement was old. Slide the floss out sideways for a few days.",
            ),
            them(11, "Will do doc"),
        ],
    ),
    thread(
        7,
        MAIN,
        day(38, 22, 16),
        &[
            them(0, "Wisdom tooth is throbbing, swollen cheek, can't sleep. Is there anyone"),
            us(
                OWNER,
                9,
                "{name}, Dr. {me}. Can you open your mouth two fingers wide, swallow normally, and is there no fever?",
            ),
            them(3, "Yes to all, 99.1"),
            us(
                OWNER,
                2,
                "Then it's safe until morning. Ibuprofen 400 if you tolerate it, cold packs, sleep with your head up. I'm opening at 7:15 for you. If swallowing or breathing gets hard, go to the ER at once.",
            ),
            them(1, "Thank you so much. 7:15"),
            us(
                OFFICE,
                620,
                "Hi {name}, glad you made it this morning. Rinse with salt water four times a day, next look on Friday 8:00.",
            ),
        ],
    ),
    thread(
        10,
        MAIN,
        day(30, 19, 33),
        &[
            them(0, "My night guard has a crack. Can it be repaired or do I need a new one?"),
            us(
                OFFICE,
                800,
                "Good morning {name}. Bring it in, if the crack is short the lab can fuse it for $60. A new one is $380, insurance pays half every three years.",
            ),
            them(25, "I'll drop it off at lunch"),
            us(
                OFFICE,
                330,
                "The lab says it's too far gone, sorry. Shall we scan for a new one on Friday at 11? Your plan pays half.",
            ),
            them(14, "Yes, Friday 11"),
        ],
    ),
    thread(
        15,
        MAIN,
        day(15, 14, 41),
        &[
            them(0, "The temporary feels high when I bite. Normal?"),
            us(
                OWNER,
                17,
                "It shouldn't, {name}. Please come by today before 5, I'll take it down, two minutes.",
            ),
            them(3, "On my way, there at 4"),
            us(OWNER, 92, "Better?"),
            them(6, "Like it was never there"),
        ],
    ),
    thread(
        2,
        MAIN,
        ago(66),
        &[them(
            0,
            "She fell off the swing and a baby tooth is loose now, a bit of blood. It stopped. Do we need to come in today?",
        )],
    ),
];
