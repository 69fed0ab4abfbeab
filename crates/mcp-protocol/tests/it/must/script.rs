//! The language of the rows: a conversation, line by line.
//!
//! ```text
//! # a remark
//! ! server plain                       something of the world: see `run`
//! > tools/list {"cursor": "x"}         a request by POST, on a connection of its own
//!   MCP-Protocol-Version: -            ... with a header more, another or (`-`) without it
//!   + meta {"progressToken": 1}        ... with something else changed: see `request`
//! < 200 {"result": {"tools": "*"}}     its answer: status, and a body that fits the pattern (see `pattern`)
//!   X-Accel-Buffering: no              ... with this header
//! < 202                                an answer without a body
//! < 200 events                         an answer of events, each of which follows
//! < {"method": "*"}                    the next event's message
//! < end                                no more events
//! a> ping {}                           the same on a connection that is called `a`
//! a< 200 {"result": {}}
//! > POST /mcp                          any request
//!   Content-Type: text/plain
//!   | {"jsonrpc":                      ... and its body, line by line
//! ```
//!
//! What goes between `>` and `<` is a method (a request), `notify` and a method (a notification), `reply` or `refuse` and an
//! id (an answer of the client's), an array (a batch), or an HTTP method and a target.

/// One step of a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) kind: Kind,
    /// Which connection; empty when the row needs only one.
    pub(super) peer: String,
    pub(super) text: String,
    /// The lines below it.
    pub(super) details: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Send,
    Expect,
    Do,
}

impl Step {
    /// `Name: value` among the details.
    pub(super) fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let headers =
            self.details.iter().filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()));
        headers.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, value.trim()))
    }

    /// `+ name value` among the details.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&str, &str)> {
        let changes = self.details.iter().filter_map(|line| line.strip_prefix("+ "));
        changes.map(|line| line.split_once(' ').unwrap_or((line, "")))
    }

    /// `| line` among the details, together; none when there is no such line.
    pub(super) fn body(&self) -> Option<String> {
        let lines = self.details.iter().filter_map(|line| line.strip_prefix('|'));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }
}

/// Reads a script.
pub(super) fn parse(script: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    for line in script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mark = line.trim_start_matches(|c: char| c.is_ascii_lowercase());
        let peer = &line[..line.len() - mark.len()];
        let kind = match mark.chars().next() {
            Some('>') => Kind::Send,
            Some('<') => Kind::Expect,
            Some('!') if peer.is_empty() => Kind::Do,
            _ => {
                let step = steps.last_mut().ok_or_else(|| format!("belongs to no step: {line}"))?;
                if !line.starts_with(|first: char| first.is_ascii_uppercase() || "+|".contains(first)) {
                    return Err(format!("neither a step nor a detail of one: {line}"));
                }
                step.details.push(line.to_owned());
                continue;
            }
        };
        steps.push(Step {
            kind,
            peer: peer.to_owned(),
            text: mark[1..].trim().to_owned(),
            details: Vec::new(),
        });
    }
    // `session` stands for an exchange that expects something.
    let expects = steps.iter().any(|step| step.kind == Kind::Expect || step.text == "session");
    if expects { Ok(steps) } else { Err("expects nothing".to_owned()) }
}

/// The first word, and the rest.
pub(super) fn first_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).map_or((text, ""), |(first, rest)| (first, rest.trim_start()))
}

#[test]
fn scripts_are_read() {
    let steps = parse("! clock 1\na> ping {}\n  Accept: */*\n  + again\n  | {\n  |  }\n\n# remark\n< 200 {}")
        .unwrap();
    assert_eq!(steps.len(), 3);
    assert_eq!((steps[0].kind, steps[0].text.as_str()), (Kind::Do, "clock 1"));
    assert_eq!((steps[1].kind, steps[1].peer.as_str(), steps[1].text.as_str()), (Kind::Send, "a", "ping {}"));
    assert_eq!(steps[1].headers().collect::<Vec<_>>(), [("Accept", "*/*")]);
    assert_eq!(steps[1].changes().collect::<Vec<_>>(), [("again", "")]);
    assert_eq!(steps[1].body().as_deref(), Some("{\n }"));
    for broken in ["  Accept: x", "! clock 1", "nonsense\n< 200", "> ping {}\n what\n< 200"] {
        assert!(parse(broken).is_err(), "{broken}");
    }
}
