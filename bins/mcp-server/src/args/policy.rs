//! What the operator allows at most, as typed: options of `serve`.

use std::collections::BTreeSet;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use mcp_tools::{Limits, QuietHours, RecipientRule, Toolset, Toolsets};
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

    /// Which calls need the person's yes before they text anybody. An app that can ask its user is made to ask; any other
    /// must show a preview first (`prepare-message`) and send with its confirmation
    #[arg(long, value_name = "WHICH", value_enum, default_value_t = Confirm::Off)]
    pub confirm_texts: Confirm,

    /// Text only these recipients: numbers, first digits, calling codes, countries, such as `US,CA,+44,+1415*,+14155550101`
    /// [default: everybody]
    #[arg(long, value_name = "LIST", value_parser = recipients)]
    pub allow_recipients: Option<Recipients>,

    /// Never text these recipients, written as above; also `premium`, `satellite`, and `none` for an empty list
    #[arg(long, value_name = "LIST", default_value = "premium,satellite", value_parser = recipients_or_none)]
    pub deny_recipients: Recipients,

    /// Quiet hours in the recipient's own zone, as their number tells it; several with commas, or `none`
    #[arg(long, value_name = "HOURS", default_value = "21:00-08:00", value_parser = quiet_hours)]
    pub quiet_hours: Windows,

    /// What becomes of a text in quiet hours, or where the local time is not known from the number
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = InDoubt::Warn)]
    pub quiet_hours_policy: InDoubt,

    /// What becomes of a text when OpenPhone does not tell whether its recipient opted out. Who did is never texted
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = InDoubt::Warn)]
    pub opt_out_unreadable: InDoubt,
}

/// A list of recipients.
#[derive(Clone, Debug)]
pub struct Recipients(BTreeSet<RecipientRule>);

/// Quiet hours, perhaps none.
#[derive(Clone, Debug)]
pub struct Windows(BTreeSet<QuietHours>);

/// Which calls need the person's yes before they text anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Confirm {
    /// None; users can still ask for it at consent
    Off,
    /// Those that text more than one person
    Many,
    /// All of them
    Always,
}

/// What becomes of a text that somebody should look at again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InDoubt {
    /// It goes out, and the result says so
    Warn,
    /// It is not sent
    Refuse,
}

impl PolicyArgs {
    /// The limits of every connection.
    #[must_use]
    pub fn limits(&self) -> Limits {
        let mut limits = Limits::standard();
        limits.read_only = self.read_only;
        limits.no_texting = self.no_texting;
        limits.inboxes = (!self.inboxes.is_empty()).then(|| Arc::new(self.inboxes.iter().cloned().collect()));
        limits.confirm_many = self.confirm_texts == Confirm::Many;
        limits.confirm_always = self.confirm_texts == Confirm::Always;
        limits.sends_per_hour = Some(self.texts_per_hour);
        limits.sends_per_day = Some(self.texts_per_day);
        limits.recipient_per_day = Some(self.texts_per_recipient);
        limits.recipient_gap_seconds = Some(self.recipient_gap);
        limits.new_recipients_per_hour = Some(self.new_recipients_per_hour);
        limits.recipients_per_call = Some(self.recipients_per_call);
        limits.allow_recipients = Arc::new(self.allow_recipients.iter().map(|list| list.0.clone()).collect());
        limits.deny_recipients = Arc::new(self.deny_recipients.0.clone());
        let refuse = self.quiet_hours_policy == InDoubt::Refuse;
        let hours = self.quiet_hours.0.iter();
        limits.quiet_hours =
            Arc::new(hours.map(|hours| if refuse { hours.refusing() } else { *hours }).collect());
        limits.refuse_unchecked = self.opt_out_unreadable == InDoubt::Refuse;
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

fn recipients(list: &str) -> Result<Recipients, String> {
    entries(list).map(Recipients)
}

fn recipients_or_none(list: &str) -> Result<Recipients, String> {
    if list.trim() == "none" { Ok(Recipients(BTreeSet::new())) } else { recipients(list) }
}

fn quiet_hours(list: &str) -> Result<Windows, String> {
    if list.trim() == "none" {
        return Ok(Windows(BTreeSet::new()));
    }
    let windows = list.split(',').map(|entry| QuietHours::parse(entry).map_err(|error| error.to_string()));
    windows.collect::<Result<_, _>>().map(Windows)
}

/// A mistake is named with its entry: a list may be long.
fn entries(list: &str) -> Result<BTreeSet<RecipientRule>, String> {
    let entry =
        |entry: &str| entry.parse::<RecipientRule>().map_err(|error| format!("`{}`: {error}", entry.trim()));
    list.split(',').map(entry).collect()
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
            ("--allow-recipients US,UK", "`UK`: no country has that code"),
            ("--allow-recipients none", "`none`: write a number"),
            ("--deny-recipients 4155550101", "`4155550101`: that is no whole number"),
            ("--deny-recipients premium,", "``: write a number"),
            ("--quiet-hours 9pm-8am", "such as 21:00-08:00"),
            ("--quiet-hours-policy ask", "warn, refuse"),
            ("--confirm-texts sometimes", "off, many, always"),
        ] {
            let error = policy(line).map(|_| ()).expect_err(line).to_string();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }

    #[test]
    fn confirmations_are_read() {
        for (line, many, always) in [
            ("", false, false),
            ("--confirm-texts off", false, false),
            ("--confirm-texts many", true, false),
            ("--confirm-texts always", false, true),
        ] {
            let limits = policy(line).unwrap().limits();
            assert_eq!((limits.confirm_many, limits.confirm_always), (many, always), "{line}");
        }
    }

    #[test]
    fn recipients_and_quiet_hours_are_read() {
        let line = "--allow-recipients us,+44,+1415*,+14165550101 --deny-recipients premium,+1900* \
                    --quiet-hours 20:00-09:00,12:00-13:00 --quiet-hours-policy refuse --opt-out-unreadable refuse";
        let json = serde_json::to_value(policy(line).unwrap().limits()).unwrap();
        assert_eq!(json["allowRecipients"], serde_json::json!([["+14165550101", "+1415*", "+44*", "US"]]));
        assert_eq!(json["denyRecipients"], serde_json::json!(["+1900*", "premium"]));
        assert_eq!(
            json["quietHours"],
            serde_json::json!([
                { "window": "12:00-13:00", "refuse": true }, { "window": "20:00-09:00", "refuse": true },
            ])
        );
        assert_eq!(json["refuseUnchecked"], true);
        let none = policy("--deny-recipients none --quiet-hours none").unwrap().limits();
        assert!(none.deny_recipients.is_empty() && none.quiet_hours.is_empty());
    }
}
