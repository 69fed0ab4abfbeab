//! Just enough Rust to tell code from comments, strings and test modules. No parser: line counts and paths are all
//! that the rules need.

/// The text with comments blanked to spaces, the insides of strings and characters to `_`, and every
/// `#[cfg(test)]` item blanked as a whole. Lines and columns (in characters) stay where they were.
pub(super) fn code_only(text: &str) -> String {
    without_test_items(&without_comments_and_strings(text))
}

fn without_comments_and_strings(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let end = token_end(&characters, at);
        let fill = match characters[at] {
            '/' if end > at + 1 => ' ',
            '"' | '\'' | 'r' | 'b' | 'c' if end > at + 1 => '_',
            _ => {
                out.push(characters[at]);
                at += 1;
                continue;
            }
        };
        out.extend(characters[at..end].iter().map(|&c| if c == '\n' { '\n' } else { fill }));
        at = end;
    }
    out
}

/// Where the comment, string or character that starts at `at` ends; `at + 1` when none starts there.
fn token_end(text: &[char], at: usize) -> usize {
    let rest = &text[at..];
    let after_identifier = at > 0 && (text[at - 1].is_alphanumeric() || text[at - 1] == '_');
    match rest {
        ['/', '/', ..] => at + rest.iter().position(|&c| c == '\n').unwrap_or(rest.len()),
        ['/', '*', ..] => at + block_comment_length(rest),
        ['"', ..] => at + quoted_length(rest, '"'),
        ['\'', ..] => at + character_length(rest),
        ['r' | 'b' | 'c', ..] if !after_identifier => at + prefixed_length(rest),
        _ => at + 1,
    }
}

/// Block comments nest.
fn block_comment_length(text: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        match text[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn quoted_length(text: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < text.len() {
        match text[at] {
            '\\' => at += 2,
            c if c == quote => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// A character literal, or 1 for a lifetime.
fn character_length(text: &[char]) -> usize {
    match text {
        [_, '\\', ..] => quoted_length(text, '\''),
        [_, _, '\'', ..] => 3,
        _ => 1,
    }
}

/// `b"…"`, `c"…"`, `b'…'`, `r"…"`, `r#"…"#` and their combinations; 1 when it is an identifier.
fn prefixed_length(text: &[char]) -> usize {
    let prefix = text.iter().take(2).take_while(|c| matches!(c, 'r' | 'b' | 'c')).count();
    let raw = text[..prefix].contains(&'r');
    let hashes = text[prefix..].iter().take_while(|&&c| c == '#').count();
    match text.get(prefix + hashes) {
        Some('"') if raw => {
            let body = prefix + hashes + 1;
            let closes = |at: usize| text[at] == '"' && text[at + 1..].iter().take(hashes).all(|&c| c == '#');
            (body..text.len()).find(|&at| closes(at)).map_or(text.len(), |at| at + 1 + hashes)
        }
        Some('"') if hashes == 0 => prefix + quoted_length(&text[prefix..], '"'),
        Some('\'') if hashes == 0 && text[..prefix] == ['b'] => prefix + quoted_length(&text[prefix..], '\''),
        _ => 1,
    }
}

fn without_test_items(masked: &str) -> String {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut out = String::with_capacity(masked.len());
    let mut rest = masked;
    while let Some(start) = rest.find(ATTRIBUTE) {
        out.push_str(&rest[..start]);
        let end = start + item_length(&rest[start..]);
        out.extend(rest[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// Up to the item's closing brace, or its semicolon when it has no body.
fn item_length(item: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in item.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    item.len()
}

#[cfg(test)]
mod tests {
    use super::code_only;

    #[track_caller]
    fn check(text: &str, code: &str) {
        assert_eq!(code_only(text), code);
    }

    #[test]
    fn comments_are_blanked() {
        check("a // b\nc /* d /* e */ f */ g", "a     \nc                   g");
        check("a / b", "a / b");
    }

    #[test]
    fn strings_keep_their_lines() {
        check("f(\"x // \\\" y\nz\")", "f(__________\n__)");
        check("r#\"a\"b\"# + br\"c\" + b'\\''", "________ + _____ + _____");
        check("bar r#type 'a' &'a str", "bar r#type ___ &'a str");
    }

    #[test]
    fn test_items_are_blanked() {
        check(
            "a\n#[cfg(test)]\nmod t {\n  fn f() { \"}\" }\n}\nb",
            "a\n            \n       \n                \n \nb",
        );
        check("#[cfg(test)]\nmod tests;\nb", "            \n          \nb");
    }
}
