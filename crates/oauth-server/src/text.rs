//! Texts for people: what strangers wrote, made fit to be shown, and spans of time, ready to be put into words by a
//! template.

/// Longest name shown, in characters.
const MAX_NAME: usize = 64;

/// A client's own name without what could disguise it: control, direction, zero-width and invisible characters
/// are dropped, any white space becomes one space, and it ends after 64 characters.
pub(crate) fn clean_name(name: &str) -> String {
    let mut clean = String::new();
    let mut length = 0;
    let mut gap = false;
    for c in name.chars() {
        if c.is_whitespace() {
            gap = !clean.is_empty();
            continue;
        }
        if is_invisible(c) {
            continue;
        }
        if length + 1 + usize::from(gap) > MAX_NAME {
            break;
        }
        if std::mem::take(&mut gap) {
            clean.push(' ');
            length += 1;
        }
        clean.push(c);
        length += 1;
    }
    clean
}

/// Control and format characters, fillers, variation selectors and tags.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffd}' | '\u{e000}'..='\u{f8ff}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// How long to wait, as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    OneSecond,
    Seconds(u64),
    /// More than one.
    Minutes(u64),
}

impl Wait {
    pub(crate) const fn new(seconds: u64) -> Self {
        match seconds {
            0 | 1 => Self::OneSecond,
            2..=90 => Self::Seconds(seconds),
            _ => Self::Minutes(seconds.div_ceil(60)),
        }
    }
}

/// A name at the start of a sentence: words begin with a capital there, host names do not.
pub(crate) fn at_start(name: &str) -> String {
    let mut chars = name.chars();
    match chars.next() {
        Some(first) if name.contains(' ') => first.to_uppercase().chain(chars).collect(),
        _ => name.to_owned(),
    }
}

/// A span of time in one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) count: u64,
    pub(crate) unit: Unit,
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Days,
    Hours,
    Minutes,
    Seconds,
}

impl Span {
    /// The largest unit of which there are two, or one whole.
    pub(crate) fn new(seconds: u64) -> Self {
        const UNITS: [(u64, Unit); 3] =
            [(24 * 60 * 60, Unit::Days), (60 * 60, Unit::Hours), (60, Unit::Minutes)];
        let fits = |unit: u64| seconds >= 2 * unit || seconds == unit;
        let (length, unit) = UNITS.into_iter().find(|(unit, _)| fits(*unit)).unwrap_or((1, Unit::Seconds));
        Self { count: seconds / length, unit }
    }

    /// How long ago something was, in whole minutes; `None` for just now.
    pub(crate) fn ago(seconds: u64) -> Option<Self> {
        (seconds >= 60).then(|| Self::new(seconds - seconds % 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn e2_names_cannot_disguise_themselves() {
        for (name, clean) in [
            ("Claude", "Claude"),
            ("  Claude\t\n Code ", "Claude Code"),
            ("evil\u{202e}edualC", "eviledualC"),
            ("Cla\u{200b}ude\u{feff}\0\u{7f}\u{85}", "Claude"),
            ("\u{2066}x\u{2069}\u{e0041}", "x"),
            ("\u{200b}\u{3164}", ""),
            ("Grüße 电话", "Grüße 电话"),
        ] {
            assert_eq!(clean_name(name), clean, "{name:?}");
        }
        assert_eq!(clean_name(&"ab ".repeat(4_000)).chars().count(), 64);
    }

    #[test]
    fn names_at_the_start_of_a_sentence() {
        for (name, start) in
            [("", ""), ("api.example.com", "api.example.com"), ("the service", "The service")]
        {
            assert_eq!(at_start(name), start);
        }
    }

    #[test]
    fn spans_of_time() {
        for (seconds, count, unit) in [
            (0, 0, Unit::Seconds),
            (1, 1, Unit::Seconds),
            (59, 59, Unit::Seconds),
            (60, 1, Unit::Minutes),
            (119, 119, Unit::Seconds),
            (121, 2, Unit::Minutes),
            (3600, 1, Unit::Hours),
            (5400, 90, Unit::Minutes),
            (86_400, 1, Unit::Days),
            (86_401, 24, Unit::Hours),
            (30 * 86_400 + 5, 30, Unit::Days),
        ] {
            assert_eq!(Span::new(seconds), Span { count, unit }, "{seconds}");
        }
        assert_eq!(Span::ago(59), None);
        assert_eq!(Span::ago(119), Some(Span { count: 1, unit: Unit::Minutes }));
        for (seconds, wait) in
            [(0, Wait::OneSecond), (90, Wait::Seconds(90)), (91, Wait::Minutes(2)), (600, Wait::Minutes(10))]
        {
            assert_eq!(Wait::new(seconds), wait);
        }
    }
}
