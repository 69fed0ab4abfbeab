//! The plumbing company's calls: who called, what was said, what became of it.

use crate::seed::script::Voice::{Business, Caller, Guest};
use crate::seed::script::{
    CallScript, FIELD, MAIN, OFFICE, OWNER, Outcome, SECOND, ago, call, call_from, day,
};

pub(super) const CALLS: &[CallScript] = &[
    call(0, MAIN, day(58, 8, 40), Outcome::AnsweredBy(OFFICE), 0)
        .said(&[
            (Business, "Good morning, {company}, this is {me}. How can I help?"),
            (Caller, "Hi, it's {name} {last}, I just texted you about the water heater. I closed the valve but it's still dripping."),
            (Business, "That's all right, it's the water that's left in the tank. Is it more than a cup a minute?"),
            (Caller, "No, less. Just a steady drip."),
            (Business, "Then put a towel there and leave it. Our technician comes today between one and three. Please don't relight the pilot."),
            (Caller, "Okay. Do you have an idea what a new one would cost, if it comes to that?"),
            (Business, "For fifty gallons, with the permit and taking the old one away, a bit over two thousand dollars. You get the exact price in writing first."),
            (Caller, "Good to know. See you this afternoon."),
        ])
        .summary(
            "Leaking water heater",
            &[
                "{name} {last} called about a water heater that drips from the bottom of the tank; the cold valve is closed.",
                "The drip is less than a cup a minute. The pilot stays off.",
                "A replacement was estimated at a little over $2,000 with permit and haul away.",
            ],
            &["Technician visits today between 1 and 3.", "Send a written price before any replacement."],
        ),
    call(1, MAIN, day(54, 9, 15), Outcome::PlacedBy(FIELD), 0)
        .said(&[
            (Business, "Hi {name}, {me} from {company}. I've just pulled the camera out of your line."),
            (Caller, "And? How bad is it?"),
            (Business, "Roots at thirty-eight feet, right where the old clay pipe meets the new one. It's open now, you can use everything again."),
            (Caller, "Will it come back?"),
            (Business, "In a year or so, yes. You can have it cleared every year, or we line that section once and it's done."),
            (Caller, "Could you send me both prices in a text? I need to talk to my wife."),
            (Business, "Of course. The owner will write to you this morning."),
        ])
        .summary(
            "Roots in the main line",
            &["The camera showed roots 38 feet out, at the joint of clay and PVC.", "The line is clear and usable again.", "{name} wants both options in writing: yearly clearing or relining."],
            &["Owner texts both prices this morning."],
        ),
    call(3, SECOND, day(50, 8, 22), Outcome::AnsweredBy(FIELD), 0)
        .said(&[
            (Business, "Emergency line, {me} speaking."),
            (Caller, "It's {name} at Tidewater. Water is coming through the ceiling of two fourteen."),
            (Business, "Is the light fixture in that bathroom wet?"),
            (Caller, "No, it's dripping next to the fan."),
            (Business, "Switch off the breaker for that bathroom anyway. And ask the people in three fourteen not to use their toilet. I'm fifteen minutes away."),
            (Caller, "Doing it now. Thanks."),
        ])
        .summary(
            "Ceiling leak in unit 214",
            &["Water drips through the bathroom ceiling of unit 214, from 314 above.", "The breaker is off and the tenants of 314 know not to flush."],
            &["Technician arrives within 15 minutes."],
        ),
    call(5, MAIN, day(45, 6, 51), Outcome::Voicemail("Hi, it's {name} from the cafe. The grease trap alarm is on again and we open at eleven. Please call me back or text as soon as somebody is up. Thanks."), 17),
    call(9, MAIN, day(44, 12, 30), Outcome::Missed, 24),
    call(9, MAIN, day(44, 12, 52), Outcome::NoAnswer(OFFICE), 31),
    call(7, MAIN, day(39, 18, 58), Outcome::AiAgent, 0)
        .said(&[
            (Business, "Thanks for calling {company}. The office is closed right now, I'm Sona, the virtual assistant. How can I help you?"),
            (Caller, "I'm calling about an invoice. You charged me for two hours and he was here seventy-five minutes."),
            (Business, "I understand. I'll pass that on to the office. May I have your name and the best number to reach you?"),
            (Caller, "{name} {last}, this number is fine."),
            (Business, "Thank you. Somebody will get back to you tomorrow morning. Is there anything else?"),
            (Caller, "No, just that."),
        ])
        .summary(
            "Question about an invoice",
            &["{name} {last} disputes an invoice: two hours billed, 75 minutes worked.", "He can be reached at the number he called from."],
            &["Office calls or texts back tomorrow morning."],
        ),
    call(10, MAIN, day(29, 7, 20), Outcome::AnsweredBy(OWNER), 0)
        .said(&[
            (Business, "{company}, {me}."),
            (Caller, "{name} at Stillwater. Did you see we got Cannery Row?"),
            (Business, "I saw, congratulations! When do you frame?"),
            (Caller, "Next week. Two baths and a kitchen, and they want wall-hung toilets, so we need carriers in the walls."),
            (Business, "Those have a lead time. Let me check with the supply house today. Can I bid by Thursday?"),
            (Caller, "Friday is enough. I'll mail the plans in a minute."),
            (Business, "Then you'll have it Thursday."),
        ])
        .summary(
            "New job: 61 Cannery Row",
            &["Stillwater Builders won 61 Cannery Row: two baths and a kitchen, wall-hung toilets.", "Framing starts next week."],
            &["{name} mails the plans.", "Check lead time of the carriers with the supply house.", "Bid by Thursday."],
        ),
    call(10, MAIN, day(26, 7, 5), Outcome::PlacedBy(OWNER), 0)
        .joined_by(13)
        .said(&[
            (Business, "Morning {name}. I have the supply house on the line as well, so we settle the delivery at once."),
            (Guest, "Morning. Two carriers are on the shelf, the third comes on the fourth."),
            (Caller, "The street closes for the crane at seven on the fifth. Can you be there before?"),
            (Guest, "Six forty-five is no problem."),
            (Business, "Then my technician signs for them. I'll write it in the group so that nobody forgets."),
        ])
        .summary(
            "Delivery for Cannery Row",
            &["Three carriers will be delivered on the 5th at 6:45, before the street closes."],
            &["Owner confirms in the group text."],
        ),
    call(12, MAIN, day(25, 11, 5), Outcome::HungUpInMenu, 8),
    call(14, MAIN, day(22, 18, 15), Outcome::ForwardedTo(OWNER), 64),
    call(16, SECOND, day(16, 23, 26), Outcome::Voicemail("This is the night desk at the Bluefin Inn. We have water coming up from a shower drain in room twelve and guests in the next rooms. Please call back right away, thank you."), 14),
    call(17, MAIN, day(11, 16, 20), Outcome::AiAgent, 0)
        .said(&[
            (Business, "Thanks for calling {company}. Everybody is on the other line, I'm Sona, the virtual assistant. What can I do for you?"),
            (Caller, "My water bill tripled and I can't find a leak anywhere."),
            (Business, "I'm sorry to hear that. Is any water visible, inside or outside?"),
            (Caller, "No, everything is dry. The garden looks fine too."),
            (Business, "Thank you. I'll ask the office to text you. Is this the right number?"),
            (Caller, "Yes, that's my cell."),
        ])
        .summary(
            "Water bill tripled, no visible leak",
            &["The water bill of {name} {last} tripled; no leak is visible inside or outside."],
            &["Office texts about a meter test."],
        ),
    call(3, SECOND, day(6, 22, 45), Outcome::Missed, 20),
    call(11, MAIN, day(14, 10, 40), Outcome::Missed, 18).without_participants(),
    call_from("Anonymous", MAIN, day(17, 19, 42), Outcome::Missed, 21),
    call_from("Restricted", SECOND, day(31, 2, 14), Outcome::Missed, 6),
    call(15, MAIN, day(20, 13, 20), Outcome::AnsweredBy(FIELD), 0)
        .said(&[
            (Business, "Hi, this is {me} at {company}."),
            (Caller, "Hello, it's {name}. The faucet you put in makes a loud knock when I close it."),
            (Business, "Only when you close it fast?"),
            (Caller, "Yes, exactly."),
            (Business, "That's water hammer. I'll add an arrestor, it takes ten minutes, and it's on me."),
        ])
        .summary(
            "Water hammer at the new faucet",
            &["The new faucet knocks when it is closed quickly."],
            &["Technician installs an arrestor, free of charge."],
        ),
    call(8, MAIN, day(3, 14, 10), Outcome::Voicemail("Hi, {name} from the yoga studio. No emergency. We'd like to add a drinking fountain in the lobby and wondered if you could come and have a look some Monday. Call me whenever. Bye!"), 19),
    call(13, MAIN, day(2, 9, 30), Outcome::AnsweredBy(OFFICE), 0)
        .said(&[
            (Business, "{company}, {me} speaking."),
            (Caller, "{name} at Pacific Pipe. Your pressure valves are in, all six."),
            (Business, "Great timing, we need one on Thursday. Somebody picks them up tomorrow before eight."),
            (Caller, "They'll be at the will-call counter."),
        ])
        .summary("Valves are in", &["Six pressure relief valves are ready at the will-call counter."], &["Pick up tomorrow before 8."]),
    call(16, MAIN, day(1, 8, 5), Outcome::Missed, 22),
    call(6, MAIN, ago(96), Outcome::Voicemail("Hello, this is {name} {last}. I'm looking for the invoice for the outdoor faucets. I'll send a text as well. Thank you."), 12),
    call(14, SECOND, ago(14), Outcome::Missed, 25),
    call(5, MAIN, ago(3), Outcome::AnsweredBy(OFFICE), 0)
        .said(&[
            (Business, "{company}, good to hear from you {name}."),
            (Caller, "Hi! Our six weeks are nearly up. Can the trap be done a day earlier? We have a wedding on the Monday."),
            (Business, "Sunday at seven in the morning?"),
            (Caller, "You'd do that? Yes, please."),
            (Business, "It's in the calendar."),
        ])
        .summary("Grease trap a day earlier", &["The cafe has a wedding on the regular Monday."], &["Pump the trap on Sunday at 7 am instead."]),
];
