//! What is said on the phone in a large workspace, with its summary. The placeholders are those of `scripts.rs`.

use Voice::{Business, Customer};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    Business,
    Customer,
}

/// A conversation on the phone.
#[derive(Debug)]
pub(super) struct Talk {
    pub(super) said: &'static [(Voice, &'static str)],
    pub(super) title: &'static str,
    pub(super) summary: &'static [&'static str],
    pub(super) next_steps: &'static [&'static str],
}

/// When a customer calls.
pub(super) const INCOMING: &[Talk] = &[
    Talk {
        said: &[
            (Business, "Harborline, this is {me}. How can I help?"),
            (Customer, "Hi, this is {name}. It is about {job}, can we move it?"),
            (Business, "Let me look. Would {day} at {time} be all right?"),
            (Customer, "Yes, that is perfect."),
            (Business, "Then I have moved it. See you on {day}."),
        ],
        title: "Appointment moved",
        summary: &["{name} asked to move {job}.", "It is now on {day} at {time}."],
        next_steps: &["Confirm the new time by text."],
    },
    Talk {
        said: &[
            (Business, "Harborline, {me} speaking."),
            (Customer, "Hello, there is water coming through the ceiling!"),
            (Business, "Do you know where the main valve is? Please close it first."),
            (Customer, "Yes, I closed it. It is getting less."),
            (Business, "Very good. Somebody is with you in {late} minutes."),
            (Customer, "Thank you, I am so relieved."),
        ],
        title: "Water through the ceiling",
        summary: &["{name} reported water coming through the ceiling.", "The main valve is closed."],
        next_steps: &["Send somebody at once.", "Call the insurance if the ceiling is damaged."],
    },
    Talk {
        said: &[
            (Business, "Harborline, this is {me}."),
            (Customer, "I have an invoice of ${sum} here that I do not understand."),
            (Business, "It is for {job}, and includes the parts."),
            (Customer, "Ah, the parts. Could you send me a list of them?"),
            (Business, "You have it within the hour."),
        ],
        title: "Question on an invoice",
        summary: &["{name} asked what the invoice of ${sum} is made of.", "It includes the parts for {job}."],
        next_steps: &["Send the list of parts."],
    },
];

/// When a customer is called.
pub(super) const OUTGOING: &[Talk] = &[
    Talk {
        said: &[
            (Business, "Hello {name}, {me} from Harborline. I looked at the pictures you sent."),
            (Customer, "Great, what do you think?"),
            (Business, "I would say ${sum} for everything, and it takes a day."),
            (Customer, "That is more than I thought. Can I sleep on it?"),
            (Business, "Of course. The price stays good for thirty days."),
            (Customer, "Good, I will let you know by {day}."),
        ],
        title: "Quote by phone",
        summary: &["{me} quoted ${sum} for {job}.", "{name} wants to decide by {day}."],
        next_steps: &["Follow up on {day}."],
    },
    Talk {
        said: &[
            (Business, "Hi {name}, this is {me}. I have a question on {job}."),
            (Customer, "Sure, go ahead."),
            (Business, "Is the side door open on {day}?"),
            (Customer, "I will leave the key in the box."),
            (Business, "Thank you, that is all."),
        ],
        title: "Access for {day}",
        summary: &["{name} leaves the key in the box for {job} on {day}."],
        next_steps: &[],
    },
];

/// What the AI agent says and hears when nobody picks up.
pub(super) const AGENT: Talk = Talk {
    said: &[
        (Business, "Thank you for calling Harborline. I am the virtual assistant. What is it about?"),
        (Customer, "I would like to book {job}."),
        (Business, "Gladly. Which day suits you?"),
        (Customer, "{day}, if possible."),
        (Business, "I passed it on. Somebody will confirm by text."),
    ],
    title: "Request for an appointment",
    summary: &["{name} would like {job} on {day}."],
    next_steps: &["Confirm {day} by text."],
};

pub(super) const VOICEMAILS: &[&str] = &[
    "Hi, this is {name}. I am calling about {job}. Please call me back when you can. Thanks!",
    "Hello, {name} here. I just wanted to ask if {day} at {time} still stands. Bye.",
    "Hey, it is {name}. The invoice of ${sum} came, I have a question about it. Talk to you later.",
    "Good morning, this is {name}. We might need you sooner than {day}. Please text me.",
];
