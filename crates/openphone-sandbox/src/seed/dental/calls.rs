//! The dental practice's calls: who called, what was said, what became of it.

use crate::seed::script::Voice::{Business, Caller, Guest};
use crate::seed::script::{
    CallScript, FIELD, MAIN, OFFICE, OWNER, Outcome, SECOND, ago, call, call_from, day,
};

pub(super) const CALLS: &[CallScript] = &[
    call(0, MAIN, day(57, 9, 25), Outcome::AnsweredBy(OFFICE), 0)
        .said(&[
            (Business, "{company}, this is {me}, good morning."),
            (Caller, "Hi, {name} {last}. I have the three twenty for the chipped tooth. Can I drink coffee before?"),
            (Business, "Lukewarm is fine, nothing hot, and please not on that side."),
            (Caller, "And will it be the same color? I have a presentation tomorrow."),
            (Business, "The doctor matches the shade in daylight, with you watching in a mirror. You won't see a line."),
            (Caller, "Perfect. Oh, and my insurance changed, it's Evergreen now."),
            (Business, "Bring the card, I'll check it while you're in the chair."),
        ])
        .summary(
            "Before the bonding appointment",
            &[
                "{name} {last} asked what to drink before the 3:20 appointment and whether the shade will match.",
                "The insurance changed to Evergreen.",
            ],
            &["Check the new insurance card at the visit."],
        ),
    call(1, MAIN, day(54, 17, 50), Outcome::AiAgent, 0)
        .said(&[
            (Business, "Thanks for calling {company}. We're closed for today, I'm Sona, the virtual assistant. How can I help?"),
            (Caller, "I'm supposed to book a filling, but I'm really scared of dentists."),
            (Business, "Thank you for telling me. Many patients feel that way. Shall somebody from the team write to you about it tomorrow?"),
            (Caller, "A text would be better than a call, yes."),
            (Business, "Of course. May I have your name?"),
            (Caller, "{name} {last}."),
            (Business, "Thank you, {name}. You'll get a text in the morning."),
        ])
        .summary(
            "Anxious patient wants to book a filling",
            &["{name} {last} needs a filling and is afraid of the treatment.", "A text is preferred over a call."],
            &["Hygienist writes tomorrow morning about options."],
        ),
    call(2, MAIN, day(51, 7, 35), Outcome::Missed, 19),
    call(3, MAIN, day(49, 11, 5), Outcome::Voicemail("Hi, {name} {last}. My flight was cancelled and I'm stuck in Denver, so I can't make it tomorrow at ten. I'll text as well. Sorry!"), 13),
    call(5, MAIN, day(43, 8, 30), Outcome::AnsweredBy(FIELD), 0)
        .said(&[
            (Business, "{company}, {me} speaking."),
            (Caller, "Morning, it's {name}. My crown fell off while I was flossing."),
            (Business, "Did you swallow it or do you have it?"),
            (Caller, "I have it in a little bag."),
            (Business, "Great. Does the tooth hurt with cold water?"),
            (Caller, "No, it just feels strange."),
            (Business, "Then twelve fifteen today is early enough. Don't glue it yourself, please, people try."),
            (Caller, "I won't, I promise."),
        ])
        .summary(
            "Crown came off",
            &["The crown on the upper left came off while flossing; it is undamaged.", "No pain."],
            &["Recement today at 12:15."],
        ),
    call(7, MAIN, day(38, 22, 5), Outcome::ForwardedTo(OWNER), 95),
    call(14, MAIN, day(38, 10, 40), Outcome::PlacedBy(OFFICE), 0)
        .joined_by(7)
        .said(&[
            (Business, "Hi {name}, {me} from {company}. I have the patient on the line as well."),
            (Guest, "Hello."),
            (Caller, "Hello! I've seen the CT. We'd like to look at it ourselves before we decide."),
            (Guest, "Will I be awake?"),
            (Caller, "For the consult, sure. For the surgery you can choose."),
            (Business, "Would tomorrow at two fifteen work?"),
            (Guest, "Yes, anything."),
        ])
        .summary(
            "Referral to the oral surgeon",
            &["Emerald Oral Surgery wants to see the patient before deciding.", "Consult tomorrow at 2:15."],
            &["Send the CT with the referral."],
        ),
    call(4, MAIN, day(46, 13, 10), Outcome::NoAnswer(OFFICE), 28),
    call(6, MAIN, day(41, 12, 30), Outcome::HungUpInMenu, 7),
    call(9, MAIN, day(35, 13, 20), Outcome::PlacedBy(OWNER), 0)
        .said(&[
            (Business, "Hi {name}, it's Dr. {me}. How is the implant after the first night?"),
            (Caller, "A little swollen, but I slept."),
            (Business, "Any bleeding?"),
            (Caller, "Just pink when I rinse."),
            (Business, "That's fine. Keep cooling today, from tomorrow warm rinses. And no running yet."),
            (Caller, "I was about to ask about the half marathon."),
            (Business, "I was about to say no."),
        ])
        .summary(
            "After the implant",
            &["Slight swelling, no bleeding, the night was fine.", "No running for five days."],
            &["Warm salt rinses from tomorrow.", "Stitches out in two weeks."],
        ),
    call(11, SECOND, day(33, 12, 40), Outcome::AnsweredBy(OFFICE), 0)
        .said(&[
            (Business, "Billing at {company}, {me}."),
            (Caller, "{name} at Evergreen, about claim eight eight one two zero."),
            (Business, "The one with the lost fax?"),
            (Caller, "That one. It's approved in full, payment goes out on Thursday."),
            (Business, "You just made a patient very happy. Thank you for staying on it."),
        ])
        .summary("Claim 88120 approved", &["Evergreen approved claim 88120 in full.", "Payment goes out on Thursday."], &["Tell the patient."]),
    call(10, MAIN, day(30, 8, 55), Outcome::Missed, 21),
    call(12, MAIN, day(27, 10, 20), Outcome::AnsweredBy(OFFICE), 142),
    call(16, MAIN, day(10, 8, 40), Outcome::Voicemail("Good morning, this is {name} {last}. It's about my husband's dentures, they were lost at the home. I don't know what to do first. Please call me, mornings are best. Thank you."), 18),
    call(13, MAIN, day(23, 15, 58), Outcome::AiAgent, 0)
        .said(&[
            (Business, "Thanks for calling {company}. Everybody is with a patient right now, I'm Sona, the virtual assistant. What can I do for you?"),
            (Caller, "How much is a cleaning if I don't have insurance?"),
            (Business, "I can have the office text you the prices. Is this a good number?"),
            (Caller, "Yes."),
            (Business, "Thank you. You'll hear from them this afternoon."),
        ])
        .summary(
            "Price of a cleaning without insurance",
            &["{name} {last} asked for the price of a cleaning without insurance."],
            &["Office texts the prices this afternoon."],
        ),
    call(15, MAIN, day(15, 14, 30), Outcome::Missed, 16).without_participants(),
    call_from("Anonymous", MAIN, day(18, 12, 20), Outcome::Voicemail("Hello. A friend told me that you are good with people who are afraid. I don't like to leave my name. I'll try again tomorrow before noon."), 15),
    call_from("Blocked", SECOND, day(29, 16, 10), Outcome::Missed, 9),
    call(17, MAIN, day(14, 9, 20), Outcome::NoAnswer(OFFICE), 33),
    call(6, MAIN, day(8, 16, 45), Outcome::AnsweredBy(FIELD), 0)
        .said(&[
            (Business, "{company}, {me}, hello."),
            (Caller, "Hi, {name}. The trays came, they're so thin! Is it one drop of gel per tooth?"),
            (Business, "One small drop, in the middle of each front tooth. If it comes out at the edge, it's too much."),
            (Caller, "And coffee?"),
            (Business, "Wait an hour afterwards. Red wine, two."),
            (Caller, "We'll stick to white until the wedding."),
        ])
        .summary("How to use the whitening trays", &["{name} asked how much gel to use and when coffee is allowed."], &[]),
    call(8, MAIN, day(2, 9, 0), Outcome::AnsweredBy(OWNER), 0)
        .said(&[
            (Business, "Dr. {me}."),
            (Caller, "{name} at Puget Crown. On case four five oh two the prep is a little short on the back side."),
            (Business, "I know, there was no more tooth. Can you give it a groove for retention?"),
            (Caller, "Yes, then it holds. You'll have it on Friday."),
        ])
        .summary("Case 4502", &["The prep is short on the distal side; the lab adds a groove."], &["Crown arrives on Friday."]),
    call(0, MAIN, day(1, 12, 15), Outcome::Missed, 23),
    call(3, SECOND, ago(41), Outcome::Voicemail("Hi, {name} {last}. I think my installment was taken twice this month. I'll text you the dates. Thanks."), 11),
    call(2, MAIN, ago(69), Outcome::Missed, 26),
    call(4, MAIN, ago(3), Outcome::AnsweredBy(OFFICE), 0)
        .said(&[
            (Business, "{company}, {me} speaking."),
            (Caller, "Hi, {name}. I'm running ten minutes late for one o'clock, is that a problem?"),
            (Business, "Not at all, drive safely. The form is already in the system, so we save the time."),
            (Caller, "Thank you!"),
        ])
        .summary("Ten minutes late", &["{name} will be ten minutes late for the 1:00 appointment."], &["Tell the doctor."]),
];
