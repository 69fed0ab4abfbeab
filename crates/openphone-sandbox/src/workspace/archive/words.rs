//! Puts words into the placeholders of a text. The same draw gives the same words, so that the lines of one
//! exchange speak of the same day.

use super::people::pick;
use super::scripts::{DAYS, JOBS, TIMES};
use crate::seed::mix;

#[derive(Debug)]
pub(super) struct Words<'a> {
    /// The customer's first name.
    pub(super) name: &'a str,
    /// The teammate's.
    pub(super) me: &'a str,
    pub(super) draw: u64,
}

impl Words<'_> {
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len() + 16);
        let mut rest = text;
        while let Some((before, (placeholder, after))) =
            rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        {
            filled.push_str(before);
            match placeholder {
                "name" => filled.push_str(self.name),
                "me" => filled.push_str(self.me),
                "job" => filled.push_str(pick(JOBS, self.part(1))),
                "day" => filled.push_str(pick(DAYS, self.part(2))),
                "time" => filled.push_str(pick(TIMES, self.part(3))),
                "sum" => filled.push_str(&(60 + 5 * (self.part(4) % 180)).to_string()),
                "late" => filled.push_str(&(10 + 5 * (self.part(5) % 8)).to_string()),
                _ => {}
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    pub(super) fn all(&self, texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| self.fill(text)).collect()
    }

    fn part(&self, part: u64) -> u64 {
        mix(self.draw ^ mix(part))
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn placeholders_are_filled_and_nothing_else_is_touched() {
        let words = Words { name: "Ada", me: "Otto", draw: 1 };
        assert_eq!(words.fill("Hi {name}, {me} here. {unknown}Bye {"), "Hi Ada, Otto here. Bye {");
        assert_eq!(words.fill("{day} {day}"), format!("{0} {0}", words.fill("{day}")));
        assert!(words.fill("{sum}").parse::<u32>().is_ok_and(|sum| (60..=955).contains(&sum)));
    }
}
