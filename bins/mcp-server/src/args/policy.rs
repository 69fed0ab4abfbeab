//! What the operator allows at most, as typed: options of `serve`.

use clap::Args;
use mcp_tools::{Limits, Toolset, Toolsets};
use openphone_client::PhoneNumberId;

/// Upper bounds for every connection. What users choose at consent, and URLs, only make them tighter.
#[derive(Debug, Args)]
#[command(next_help_heading = "What connections may do at most (consent and URLs only tighten it)")]
pub struct PolicyArgs {
    /// Offer only tools that change nothing
    #[arg(long)]
    pub read_only: bool,

    /// Send no texts; contacts, notes and tasks may still be written
    #[arg(long)]
    pub no_texting: bool,

    /// Offer only these toolsets, such as `messaging,calls` [default: all]
    #[arg(long, value_name = "LIST", value_parser = toolsets)]
    pub toolsets: Option<Toolsets>,

    /// Reach only these inboxes, by id, such as `PNabc123,PNdef456` [default: all of the workspace]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = inbox)]
    pub inboxes: Vec<PhoneNumberId>,

    /// Tools that ChatGPT is offered beside its own few, such as `fetch-missed-calls,find-contact`
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub chatgpt_tools: Vec<String>,

    /// Texts of one workspace in an hour
    #[arg(long, value_name = "N", default_value_t = 60)]
    pub texts_per_hour: u32,

    /// Texts of one workspace in a day
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub texts_per_day: u32,

    /// Texts to one recipient in a day
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub texts_per_recipient: u32,

    /// Seconds between two texts to one recipient
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub recipient_gap: u32,

    /// Recipients in an hour that the workspace has not texted with before
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub new_recipients_per_hour: u32,

    /// Recipients of one call
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub recipients_per_call: u32,
}

impl PolicyArgs {
    /// The limits of every connection.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::standard();
        limits.read_only = self.read_only;
        limits.no_texting = self.no_texting;
        limits.inboxes = (!self.inboxes.is_empty()).then(|| self.inboxes.iter().cloned().collect());
        limits.sends_per_hour = Some(self.texts_per_hour);
        limits.sends_per_day = Some(self.texts_per_day);
        limits.recipient_per_day = Some(self.texts_per_recipient);
        limits.recipient_gap_seconds = Some(self.recipient_gap);
        limits.new_recipients_per_hour = Some(self.new_recipients_per_hour);
        limits.recipients_per_call = Some(self.recipients_per_call);
        limits
    }
}

fn toolsets(list: &str) -> Result<Toolsets, String> {
    let toolsets = Toolsets::parse(list).map_err(|error| error.to_string())?;
    let some = Toolset::ALL.into_iter().any(|toolset| toolsets.contains(toolset));
    if some { Ok(toolsets) } else { Err("name at least one toolset".to_owned()) }
}

fn inbox(id: &str) -> Result<PhoneNumberId, String> {
    PhoneNumberId::parse(id.trim()).map_err(|_| "write ids of phone numbers, such as PNabc123".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        policy: PolicyArgs,
    }

    fn policy(line: &str) -> Result<PolicyArgs, clap::Error> {
        Cli::try_parse_from(std::iter::once("x").chain(line.split_whitespace())).map(|cli| cli.policy)
    }

    #[test]
    fn without_options_the_limits_are_the_standard() {
        assert_eq!(policy("").unwrap().limits(), Limits::standard());
    }

    #[test]
    fn options_are_read_and_mistakes_are_named() {
        let policy_of = policy("--read-only --inboxes PNa,PNb --texts-per-day 5 --toolsets calls").unwrap();
        let limits = policy_of.limits();
        assert!(limits.read_only && !limits.no_texting);
        assert_eq!((limits.inboxes.unwrap().len(), limits.sends_per_day), (2, Some(5)));
        assert_eq!(policy_of.toolsets, Some(Toolsets::parse("calls").unwrap()));
        for (line, expected) in [
            ("--toolsets call", "`call`"),
            ("--toolsets ,", "at least one"),
            ("--inboxes +14155550150", "PNabc123"),
            ("--recipients-per-call 101", "1..=100"),
        ] {
            let error = policy(line).map(|_| ()).expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
