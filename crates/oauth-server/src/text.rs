//! Texts for people: what strangers wrote, made fit to be shown, and spans of time.

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

/// `in 40 seconds`, `in 10 minutes`.
pub(crate) fn in_words(seconds: u64) -> String {
    match seconds {
        0 | 1 => "in a second".to_owned(),
        2..=90 => format!("in {seconds} seconds"),
        _ => format!("in {} minutes", seconds.div_ceil(60)),
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

/// `just now`, `5 minutes ago`.
pub(crate) fn ago(seconds: u64) -> String {
    if seconds < 60 { "just now".to_owned() } else { format!("{} ago", span(seconds - seconds % 60)) }
}

/// `30 days`, `1 hour`: the largest unit of which there are two, or one whole.
pub(crate) fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(24 * 60 * 60, "day"), (60 * 60, "hour"), (60, "minute")];
    let fits = |unit: u64| seconds >= 2 * unit || seconds == unit;
    let (unit, name) = UNITS.into_iter().find(|(unit, _)| fits(*unit)).unwrap_or((1, "second"));
    let count = seconds / unit;
    format!("{count} {name}{}", if count == 1 { "" } else { "s" })
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
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "1 minute"),
            (119, "119 seconds"),
            (121, "2 minutes"),
            (3600, "1 hour"),
            (5400, "90 minutes"),
            (86_400, "1 day"),
            (86_401, "24 hours"),
            (30 * 86_400 + 5, "30 days"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }
}
