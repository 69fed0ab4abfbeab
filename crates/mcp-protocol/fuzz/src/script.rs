//! Inputs as scripts: bytes that read as a few steps of clients, so that a seed can be read and written by hand, and a
//! changed byte changes one thing. Any bytes are a script.
//!
//! A step begins with `@` at the start of a line. Its first line says what it is, with flags that begin with `+`; the
//! rest is its text.
//!
//! ```text
//! @POST /mcp                         a request as it is: headers, an empty line, the body
//! @modern tools/call 7 +plain        a whole envelope around the text, which is the params; the id may be left out
//! @legacy 2025-11-25 tools/call 7    the same of the legacy era, in the session that there is
//! @notify 2025-11-25 METHOD          a notification of the legacy era
//! @answer, @refuse                   the text answers, or is the error that answers, the last question
//! @batch                             the text is the inside of an array
//! @open                              GETs a stream
//! @as bob                            the next steps are somebody else's
//! @hangup                            the newest stream's reader goes
//! @changed, @wait, @shutdown         the server's own doing, and time
//! anything else                      is a body
//! ```
//!
//! Flags: `+json` and `+events` say what is accepted, `+plain` that the client can do nothing, `+frames` cuts the body
//! into pieces, `+abandon` goes away before the answer, and `+deaf` reads no more of a stream than how it begins.

/// The most steps that are played: more show nothing new, and take time.
const MOST_STEPS: usize = 24;

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    pub(crate) what: What<'a>,
    pub(crate) flags: Flags,
    pub(crate) text: &'a [u8],
}

/// What a step does.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What<'a> {
    Http { method: &'a str, target: &'a str },
    Modern { method: &'a str, id: Option<&'a str> },
    Legacy { version: &'a str, method: &'a str, id: Option<&'a str> },
    Notify { version: &'a str, method: &'a str },
    Answer { refuses: bool },
    Batch,
    Open,
    As(&'a str),
    HangUp,
    Changed,
    Wait,
    ShutDown,
    Body,
}

/// How it does it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Flags {
    pub(crate) json: bool,
    pub(crate) events: bool,
    pub(crate) plain: bool,
    pub(crate) frames: bool,
    pub(crate) abandon: bool,
    pub(crate) deaf: bool,
}

/// The steps.
pub(crate) fn steps(input: &[u8]) -> Vec<Step<'_>> {
    let input = input.strip_prefix(b"@").unwrap_or(input);
    let mut steps = Vec::new();
    let mut rest = Some(input);
    while let Some(input) = rest.filter(|_| steps.len() < MOST_STEPS) {
        let end = input.windows(2).position(|pair| pair == b"\n@");
        let (step, after) = end.map_or((input, None), |end| (&input[..end], Some(&input[end + 2..])));
        steps.push(read(step));
        rest = after;
    }
    steps
}

fn read(step: &[u8]) -> Step<'_> {
    let end = step.iter().position(|byte| *byte == b'\n');
    let (line, text) = end.map_or((step, &b""[..]), |end| (&step[..end], &step[end + 1..]));
    let as_body = Step { what: What::Body, flags: Flags::default(), text: step };
    let Ok(line) = std::str::from_utf8(line) else { return as_body };
    let (mut words, mut flags) = (Vec::new(), Flags::default());
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        match word {
            "+json" => flags.json = true,
            "+events" => flags.events = true,
            "+plain" => flags.plain = true,
            "+frames" => flags.frames = true,
            "+abandon" => flags.abandon = true,
            "+deaf" => flags.deaf = true,
            word => words.push(word),
        }
    }
    match what(&words) {
        Some(what) => Step { what, flags, text },
        None => as_body,
    }
}

fn what<'a>(words: &[&'a str]) -> Option<What<'a>> {
    Some(match *words {
        ["modern", method] => What::Modern { method, id: None },
        ["modern", method, id] => What::Modern { method, id: Some(id) },
        ["legacy", version, method] => What::Legacy { version, method, id: None },
        ["legacy", version, method, id] => What::Legacy { version, method, id: Some(id) },
        ["notify", version, method] => What::Notify { version, method },
        ["answer"] => What::Answer { refuses: false },
        ["refuse"] => What::Answer { refuses: true },
        ["batch"] => What::Batch,
        ["open"] => What::Open,
        ["as", name] => What::As(name),
        ["hangup"] => What::HangUp,
        ["changed"] => What::Changed,
        ["wait"] => What::Wait,
        ["shutdown"] => What::ShutDown,
        [method, target] if method.starts_with(|c: char| c.is_ascii_uppercase()) => {
            What::Http { method, target }
        }
        _ => return None,
    })
}
