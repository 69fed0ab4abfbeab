//! Reads an error answer. Three shapes exist: flat (v1 and dated), wrapped in `error` (the gateway in front of
//! v1), and whatever a proxy or an unrouted path gives, which is HTML. All text is cleaned before it is kept.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::FieldError;

/// Longest message that is kept, in characters.
const MAX_MESSAGE: usize = 300;
/// Longest code, title, trace or path that is kept, in characters.
const MAX_NAME: usize = 100;
/// Field errors that are kept.
const MAX_FIELDS: usize = 20;

/// What the API said, cleaned.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Details {
    pub(crate) code: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) trace: Option<String>,
    pub(crate) fields: Vec<FieldError>,
}

/// Every member is optional and of any type: a body that is nearly right still says something. The offending
/// `value` of a field error is not read, because it may be a phone number.
#[derive(Deserialize)]
struct Flat {
    code: Option<Value>,
    title: Option<Value>,
    message: Option<Value>,
    /// The gateway's word for the title.
    key: Option<Value>,
    trace: Option<Value>,
    errors: Option<Value>,
}

/// Reads what can be read. `key` is taken out wherever it appears.
pub(crate) fn read(body: &[u8], key: &str) -> Details {
    let clean = |value: Option<Value>, max| text_of(value).and_then(|text| clean(&text, key, max));
    let Some(flat) = flat(body) else {
        let text = without_tags(&String::from_utf8_lossy(body));
        return Details { message: self::clean(&text, key, MAX_MESSAGE), ..Details::default() };
    };
    let fields = match flat.errors {
        Some(Value::Array(items)) => items
            .into_iter()
            .take(MAX_FIELDS)
            .filter_map(|mut item| {
                let mut take = |name| item.get_mut(name).map(Value::take);
                Some(FieldError {
                    path: clean(take("path"), MAX_NAME)?,
                    message: clean(take("message"), MAX_MESSAGE).unwrap_or_default(),
                })
            })
            .collect(),
        _ => Vec::new(),
    };
    Details {
        code: clean(flat.code, MAX_NAME),
        title: clean(flat.title.or(flat.key), MAX_NAME),
        message: clean(flat.message, MAX_MESSAGE),
        // Not cleaned as text: 19 digits that must not be taken for a phone number.
        trace: text_of(flat.trace)
            .filter(|trace| is_trace(trace) && (key.is_empty() || !trace.contains(key))),
        fields,
    }
}

/// The object with the members: `body.error`, else `body`.
fn flat(body: &[u8]) -> Option<Flat> {
    let mut value: Value = serde_json::from_slice(body).ok()?;
    let inner = value.get_mut("error").filter(|inner| inner.is_object()).map(Value::take);
    serde_json::from_value(inner.unwrap_or(value)).ok()
}

fn text_of(value: Option<Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Digits alone are one only when they are more than a phone number has (ITU-T E.164: 15).
fn is_trace(trace: &str) -> bool {
    (1..=64).contains(&trace.len())
        && trace.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (trace.len() > 15 || trace.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// One line of at most `max` characters without keys, phone numbers, email addresses, control, zero-width and bidi characters;
/// `None` if nothing is left.
fn clean(text: &str, key: &str, max: usize) -> Option<String> {
    let text = if key.is_empty() { text.to_owned() } else { text.replace(key, "[key]") };
    let mut line = String::with_capacity(text.len().min(4 * max));
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word.chars().filter(|c| !is_invisible(*c)).collect();
        if !word.is_empty() {
            let space = if line.is_empty() { "" } else { " " };
            let _ = write!(line, "{space}{}", if is_email(&word) { "[email]" } else { &word });
        }
    }
    let mut line = without_numbers(&line);
    if let Some((end, _)) = line.char_indices().nth(max) {
        line.truncate(end);
        line.push('…');
    }
    (!line.is_empty()).then_some(line)
}

/// Whether a word has an email address in it.
fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(user, host)| !user.is_empty() && host.contains('.'))
}

/// Zero-width characters and the controls of the bidirectional algorithm (Unicode UAX 9 section 2).
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{00AD}')
}

/// Puts `[number]` for everything that may be a phone number: `+` (or `%2B`) and 4 digits or more, or 8 digits or
/// more with the usual marks between them. Ids and dates are left alone.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut inside_a_word = false;
    while let Some(first) = rest.chars().next() {
        let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let run = number_run(rest);
        let step = if !inside_a_word && is_id(&rest[..word]) {
            word
        } else if looks_like_number(&rest[..run]) {
            out.push_str("[number]");
            rest = &rest[run..];
            inside_a_word = false;
            continue;
        } else {
            first.len_utf8()
        };
        out.push_str(&rest[..step]);
        rest = &rest[step..];
        inside_a_word = out.ends_with(|c: char| c.is_ascii_alphanumeric());
    }
    out
}

/// What the API's ids begin with.
const ID_PREFIXES: [&str; 13] =
    ["AC", "CN", "PN", "US", "SYU", "TK", "WH", "CR", "VM", "GR", "OR", "RG", "EV"];

/// A word as ids are: a prefix of theirs, or 24 or 32 hexadecimal digits of which some are letters.
fn is_id(word: &str) -> bool {
    let is_hex = |c: u8| matches!(c, b'0'..=b'9' | b'a'..=b'f');
    ID_PREFIXES.iter().any(|prefix| word.starts_with(prefix))
        || (matches!(word.len(), 24 | 32)
            && word.bytes().all(is_hex)
            && word.bytes().any(|byte| byte.is_ascii_alphabetic()))
}

/// How long the run of digits and marks at the start is, marks after the last digit excluded.
fn number_run(text: &str) -> usize {
    let start = if text.starts_with("%2B") || text.starts_with("%2b") { 3 } else { 0 };
    let end = text[start..]
        .find(|c: char| !(c.is_ascii_digit() || is_mark(c)))
        .map_or(text.len(), |end| start + end);
    let run = &text[..end];
    if start > 0 || run.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '(')) {
        run.rfind(|c: char| c.is_ascii_digit()).filter(|last| *last >= start).map_or(0, |last| last + 1)
    } else {
        0
    }
}

/// What people write between the digits of a number: dashes of every length (Unicode's U+2010 to U+2015, U+2212).
fn is_mark(c: char) -> bool {
    matches!(c, '+' | '-' | '.' | '(' | ')' | ' ' | '/' | '\u{a0}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

fn looks_like_number(run: &str) -> bool {
    let number = run.strip_prefix("%2B").or(run.strip_prefix("%2b"));
    let digits = number.unwrap_or(run).bytes().filter(u8::is_ascii_digit).count();
    let date = run.len() == 10 && run.as_bytes()[4] == b'-' && run.as_bytes()[7] == b'-';
    !date && (digits >= 8 || ((number.is_some() || run.starts_with('+')) && digits >= 4))
}

/// The text of an HTML page: what stands outside the tags.
fn without_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            _ if !inside => out.push(c),
            _ => {}
        }
    }
    out
}
