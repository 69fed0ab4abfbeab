//! What is texted in a large workspace: short exchanges with a customer, or with a group of them. In a line,
//! `{name}` is the customer's first name, `{me}` the writing teammate's, `{job}` a service, `{day}`, `{time}`,
//! `{sum}` and `{late}` are drawn per exchange.

use By::{Them, Us};

/// Who writes a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Them,
    Us,
}

/// The lines of an exchange.
pub(super) type Script = &'static [(By, &'static str)];

/// An exchange of so many lines.
pub(super) fn script(length: usize, group: bool, draw: u64) -> Script {
    let scripts = if group { GROUPS } else { EXCHANGES };
    // The shortest have two lines.
    let scripts = scripts.get(length.saturating_sub(2)).copied().unwrap_or_default();
    scripts.get((draw % scripts.len().max(1) as u64) as usize).copied().unwrap_or_default()
}

pub(super) const JOBS: &[&str] = &[
    "the gutter cleaning",
    "a boiler check",
    "the window repair",
    "a carpet cleaning",
    "the garden tidy-up",
    "a lock change",
    "the roof inspection",
    "the fence repair",
    "a drain check",
    "the painting estimate",
    "an air conditioning service",
    "the end-of-lease cleaning",
];

pub(super) const DAYS: &[&str] = &["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];

pub(super) const TIMES: &[&str] =
    &["8:15", "9:00", "9:30", "10:45", "11:30", "1:00", "1:45", "2:30", "3:15", "4:00"];

const EXCHANGES: &[&[Script]] = &[
    &[
        &[
            (Them, "Hi, could I book {job} for next {day}?"),
            (Us, "Hi {name}, {day} at {time} works. I put you down."),
        ],
        &[
            (Us, "Hi {name}, {me} here. Tomorrow at {time} for {job}. Reply if that changes."),
            (Them, "Thanks, see you then."),
        ],
        &[
            (Them, "What do you charge for {job}?"),
            (Us, "It starts at ${sum}. With a photo I can be more precise."),
        ],
        &[
            (Us, "Hi {name}, the invoice for {job} (${sum}) is in your email."),
            (Them, "Paid just now, thank you."),
        ],
        &[
            (Them, "Is somebody still coming today?"),
            (Us, "Yes! We are running {late} minutes late, sorry about that."),
        ],
        &[(Us, "Hi {name}, how did {job} go last week?"), (Them, "Very happy with it. Will call you again.")],
        &[
            (Them, "Please cancel {day}, we are out of town."),
            (Us, "Done. Tell us when you are back, {name}."),
        ],
        &[
            (Us, "We have an opening on {day} at {time}, if you still want {job}."),
            (Them, "Not this month, thank you."),
        ],
    ],
    &[
        &[
            (Them, "Hello, I need {job}. When is your next opening?"),
            (Us, "Hi {name}! {day} at {time}, or the morning after."),
            (Them, "{day} please."),
        ],
        &[
            (Us, "Hi {name}, can we come at {time} instead tomorrow? The job before runs long."),
            (Them, "That is fine, I am home all day."),
            (Us, "Thank you for being flexible!"),
        ],
        &[
            (Them, "Your team left a ladder here."),
            (Us, "Thanks for telling us! I will have it picked up on {day}."),
            (Them, "No rush, it is behind the garage."),
        ],
        &[
            (Us, "Hi {name}, the quote for {job} is ${sum}. Shall I book it?"),
            (Them, "Does that include materials?"),
            (Us, "Yes, everything but the permit."),
        ],
        &[
            (Them, "I was charged ${sum} twice, can you check?"),
            (Us, "You are right, and I am sorry. The refund is on its way and takes about three days."),
            (Them, "Thanks for the quick answer."),
        ],
        &[
            (Us, "Good morning {name}, {me} here. I am about {late} minutes away."),
            (Them, "Great. The gate code is on the note by the bell."),
            (Us, "Found it, thank you."),
        ],
    ],
    &[
        &[
            (Them, "Hi, do you also do {job}?"),
            (Us, "We do! Is it for a house or a business?"),
            (Them, "A small office, about two hundred square meters."),
            (Us, "Then it is around ${sum}. I could look at it on {day} at {time}."),
        ],
        &[
            (Us, "Hi {name}, time for {job} again. Shall we come on {day}?"),
            (Them, "Could you do the week after?"),
            (Us, "Of course. Same day, {time}?"),
            (Them, "Perfect."),
        ],
        &[
            (Them, "Something is dripping again where you worked last week."),
            (Us, "Sorry to hear that, {name}. That is under warranty, so it costs you nothing."),
            (Us, "I can come on {day} at {time}."),
            (Them, "Yes please. I put a bucket under it until then."),
        ],
        &[
            (Us, "Hello {name}, we could not get in today. Was somebody supposed to be home?"),
            (Them, "Oh no, I mixed up the days. Can you come back?"),
            (Us, "Next opening is {day}, {time}."),
            (Them, "I will be there, promise."),
        ],
        &[
            (Them, "Can I pay the ${sum} in two parts?"),
            (Us, "Yes, half now and half within thirty days."),
            (Them, "Good, please send me both invoices."),
            (Us, "They are in your email, {name}."),
        ],
        &[
            (Us, "Hi {name}, the part for {job} came in."),
            (Them, "That was fast! When can you fit it?"),
            (Us, "{day} at {time}. It takes an hour."),
            (Them, "See you {day}."),
        ],
    ],
    &[
        &[
            (Them, "Hello! A neighbor gave me your number. We need {job}."),
            (Us, "Nice to meet you, {name}. When would suit you?"),
            (Them, "Any day but Friday."),
            (Us, "{day} at {time}, then. What is the address?"),
            (Them, "14 Alder Court, the blue door."),
        ],
        &[
            (Us, "Hi {name}, a reminder of {job} on {day} at {time}."),
            (Them, "Do I need to move the car?"),
            (Us, "Yes please, we need the driveway."),
            (Them, "OK. And the dog?"),
            (Us, "Happy to meet the dog, but indoors please."),
        ],
        &[
            (Them, "The quote says ${sum}. Is that the final price?"),
            (Us, "It is, unless we find rot under the boards."),
            (Them, "And if you do?"),
            (Us, "Then we stop and call you before going on."),
            (Them, "Fair enough. Go ahead with {day}."),
        ],
        &[
            (Us, "Hi {name}, we finished {job} at {time}."),
            (Us, "The old parts are in a box by the door."),
            (Them, "Saw it. Looks tidy, thank you."),
            (Us, "Would you write us a short review?"),
            (Them, "Will do tonight."),
        ],
        &[
            (Them, "Nobody picked up when I called."),
            (Us, "Sorry {name}, we were all out. What can I do for you?"),
            (Them, "I want to move {day} to the afternoon."),
            (Us, "Would {time} be all right?"),
            (Them, "Yes, that is better."),
        ],
    ],
    &[
        &[
            (Them, "Hi, our tenant reports that the heating is out."),
            (Us, "Hello {name}. Since when? Is there any error on the display?"),
            (Them, "Since last night. It shows E3."),
            (Us, "That is the pump. I can be there at {time}."),
            (Them, "Please do. The tenant is home."),
            (Us, "On the way. About ${sum} if the pump has to be replaced."),
        ],
        &[
            (Us, "Hi {name}, following up on {job}. Did you have time to read the quote?"),
            (Them, "Yes, it is a bit more than I hoped."),
            (Us, "I could leave out the back side, that makes it ${sum}."),
            (Them, "That would work. How long does it take?"),
            (Us, "Half a day, we would start on {day} at {time}."),
            (Them, "Let us do it."),
        ],
        &[
            (Them, "Could you send the certificate for {job}?"),
            (Us, "Of course. To which address?"),
            (Them, "To the one on the invoice."),
            (Us, "Sent! Did it arrive?"),
            (Them, "Not yet."),
            (Us, "I see, there was a typo in it. Sent again, {name}."),
        ],
        &[
            (Them, "Is it normal that the paint still smells?"),
            (Us, "For two days, yes. Are the windows open?"),
            (Them, "Some. It is cold outside."),
            (Us, "Ten minutes every hour is enough."),
            (Them, "OK, I will try that."),
            (Us, "If it still smells on {day}, call me, {name}."),
        ],
    ],
];

/// With several customers; those who are not named answer by turns.
const GROUPS: &[&[Script]] = &[
    &[
        &[(Us, "Hello both, we start with {job} on {day} at {time}."), (Them, "Thanks for letting us know.")],
        &[(Them, "Can you do both our places on one day?"), (Us, "Yes! {day}, beginning at {time}.")],
    ],
    &[
        &[
            (Us, "Hi all, the shared driveway is blocked on {day} until {time}."),
            (Them, "I will park on the street."),
            (Them, "Same here."),
        ],
        &[
            (Them, "We would like to split the bill for {job}."),
            (Us, "No problem. That is ${sum} for each of you."),
            (Them, "Works for me."),
        ],
    ],
    &[
        &[
            (Us, "Hello neighbors, the fence between you needs new posts."),
            (Them, "Who pays for those?"),
            (Us, "You share them: ${sum} together."),
            (Them, "Fine with me."),
        ],
        &[
            (Them, "Does {day} at {time} suit everybody?"),
            (Them, "Yes."),
            (Us, "For us as well, see you there."),
            (Us, "Please have the side gate open."),
        ],
    ],
    &[
        &[
            (Us, "Hi all, {job} is done. Here is what we found."),
            (Us, "Everything is sound but the north corner."),
            (Them, "How bad is it?"),
            (Us, "About ${sum} this year, double next year."),
            (Them, "Then better this year."),
        ],
        &[
            (Them, "There is a leak in the stairwell again."),
            (Them, "I see it too, second floor."),
            (Us, "Thank you both. {me} here, I will be there at {time}."),
            (Them, "I can open the door."),
            (Us, "Great."),
        ],
    ],
    &[
        &[
            (Us, "Hello, we planned {job} for the whole row on {day}."),
            (Them, "What time do you start?"),
            (Us, "At {time}, house by house."),
            (Them, "Can I be the last?"),
            (Them, "Then I go first."),
            (Us, "Noted, both of you."),
        ],
        &[
            (Them, "Is there a discount if we all book?"),
            (Us, "Ten percent from two houses on."),
            (Them, "I am in."),
            (Them, "Me too."),
            (Us, "Then {day} at {time}, ${sum} each."),
            (Them, "Thanks!"),
        ],
    ],
];

#[cfg(test)]
mod tests {
    use super::super::weave::LENGTHS;
    use super::{EXCHANGES, GROUPS};

    #[test]
    fn there_are_scripts_of_every_length() {
        for scripts in [EXCHANGES, GROUPS] {
            assert_eq!(LENGTHS.as_flattened().iter().min(), Some(&2));
            assert_eq!(LENGTHS.as_flattened().iter().max(), Some(&(scripts.len() + 1)));
            for (index, scripts) in scripts.iter().enumerate() {
                assert!(!scripts.is_empty());
                assert!(scripts.iter().all(|script| script.len() == index + 2), "{}", index + 2);
            }
        }
    }
}
