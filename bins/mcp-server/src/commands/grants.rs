//! `mcp-server grants`: the connected apps, and disconnecting them.

mod list;
mod revoke;

use crate::args::GrantsCommand;
use crate::exit::Failure;
use crate::operator::reach::Reach;
use crate::operator::{Record, Reply, Request};

/// Digits of a fingerprint or id in a table. Enough to tell thousands apart, and to be typed.
const SHORT: usize = 12;
/// Fewest digits of the beginning of one that are taken for it.
const LEAST: usize = 6;
/// Digits of a whole one.
const WHOLE: usize = 32;

/// Runs the command.
pub fn run(command: &GrantsCommand) -> Result<(), Failure> {
    match command {
        GrantsCommand::List { credential, deployment, json } => {
            super::block_on(list::run(credential.as_deref(), deployment, *json))
        }
        GrantsCommand::Revoke(args) => super::block_on(revoke::run(args)),
    }
}

/// The connections of a credential, or the newest of all.
async fn connections(reach: &Reach, credential: Option<String>) -> Result<Vec<Record>, Failure> {
    match reach.ask(Request::Connections { credential }).await? {
        Reply::Connections { connections } => Ok(connections),
        _ => Err(another_release()),
    }
}

fn another_release() -> Failure {
    Failure::Other("the running server is of another release: use that one's command".to_owned())
}

/// What stands for a fingerprint or an id on the command line: all of it, or its beginning.
struct Prefix<'a>(&'a str);

impl<'a> Prefix<'a> {
    fn parse(name: &'static str, text: &'a str) -> Result<Self, Failure> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if plain && (LEAST..=WHOLE).contains(&text.len()) {
            Ok(Self(text))
        } else {
            let reason = format!(
                "takes {LEAST} to {WHOLE} hexadecimal digits (0-9, a-f), as `grants list` shows them"
            );
            Err(Failure::Option { name, reason })
        }
    }

    fn is_whole(&self) -> bool {
        self.0.len() == WHOLE
    }

    /// The one of `all` that begins so.
    fn find(&self, what: &str, all: impl Iterator<Item = String>) -> Result<String, Failure> {
        let mut found: Vec<String> = all.filter(|whole| whole.starts_with(self.0)).collect();
        found.sort();
        found.dedup();
        match (found.pop(), found.len()) {
            (Some(whole), 0) => Ok(whole),
            (Some(_), others) => Err(Failure::Option {
                name: "the digits",
                reason: format!("{} begin with {}: give more of them", others + 1, self.0),
            }),
            (None, _) => {
                Err(Failure::NotThere(format!("no {what} begins with {}. Nothing was changed", self.0)))
            }
        }
    }
}

/// The whole fingerprint of a credential.
async fn whole_credential(reach: &Reach, text: &str) -> Result<String, Failure> {
    let prefix = Prefix::parse("--credential", text)?;
    if prefix.is_whole() {
        return Ok(text.to_owned());
    }
    let all = connections(reach, None).await?;
    prefix.find("fingerprint in the list", all.into_iter().map(|record| record.credential))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_stands_for_one_alone() {
        let all = || ["aaaaaa11", "aaaaaa22", "bbbbbb33", "bbbbbb33"].map(str::to_owned).into_iter();
        let find = |text| Prefix::parse("--credential", text).and_then(|prefix| prefix.find("one", all()));
        assert_eq!(find("bbbbbb").expect("twice the same one"), "bbbbbb33");
        assert_eq!(find("aaaaaa1").expect("one"), "aaaaaa11");
        for (text, code, expected) in [
            ("aaaaaa", 2, "2 begin with aaaaaa"),
            ("cccccc", 8, "no one begins with cccccc"),
            ("aaaaa", 2, "6 to 32"),
            ("AAAAAA", 2, "6 to 32"),
            ("aaaaa+", 2, "6 to 32"),
            (&"a".repeat(33), 2, "6 to 32"),
        ] {
            let failure = find(text).expect_err(text);
            assert_eq!(failure.code(), code, "{failure}");
            assert!(failure.to_string().contains(expected), "{failure}");
        }
    }
}
