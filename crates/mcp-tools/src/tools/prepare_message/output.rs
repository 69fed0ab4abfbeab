//! Result of `prepare-message`: the preview, as data and as text.

use openphone_client::E164;
use schemars::JsonSchema;
use serde::Serialize;

use crate::inbox::InboxLabel;
use crate::people::Person;
use crate::reading::json_length;
use crate::safety::segments::{CostClass, Encoding, Size};
use crate::safety::{QuotaLeft, Warning, WarningKind};
use crate::text;

/// Characters outside of GSM-7 that are named at most.
const NAMED: usize = 8;

/// Result of `prepare-message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Output {
    /// Inbox it would be sent from
    pub from: InboxLabel,
    /// One shared thread
    pub group: bool,
    /// Who would get which text
    pub recipients: Vec<Recipient>,
    /// The texts, each once
    pub texts: Vec<Text>,
    /// Segments in all; each is billed
    pub total_segments: usize,
    /// Numbers that were given more than once
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub duplicates_removed: Vec<String>,
    /// Who would not be texted, and why
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub refused: Vec<Refused>,
    /// What to know before a yes
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(default)]
    pub warnings: Vec<Warning>,
    /// What this connection may still send; absent while it cannot be read
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quota_left: Option<QuotaLeft>,
    /// For the send tool, unless nobody may be texted
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<Confirmation>,
    /// What can be called next
    pub next: String,
}

/// Somebody who would get a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Recipient {
    /// Number
    pub to: String,
    /// Contact's name
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their time now, as the number tells
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_time: Option<String>,
    /// Price of a segment
    pub cost: CostClass,
    /// Which of `texts`, from 0
    pub text: usize,
}

impl Recipient {
    pub(super) fn new(to: &str, name: Option<&str>, cost: CostClass, text: usize) -> Self {
        Self { to: to.to_owned(), name: name.map(str::to_owned), local_time: None, cost, text }
    }
}

impl Recipient {
    fn to_phrase(&self) -> String {
        let international = (self.cost == CostClass::International).then(|| self.cost.name().to_owned());
        let aside: Vec<String> = self.local_time.clone().into_iter().chain(international).collect();
        let person = Person::new(&self.to, self.name.as_deref()).to_phrase();
        if aside.is_empty() { person } else { format!("{person} [{}]", aside.join(", ")) }
    }
}

/// A text as it would go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Text {
    /// Word for word
    pub content: String,
    /// On the wire
    pub encoding: Encoding,
    /// For each recipient
    pub segments: usize,
    /// What makes it long
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Text {
    pub(super) fn of(content: &str) -> Self {
        let size = Size::of(content);
        Self {
            content: content.to_owned(),
            encoding: size.encoding,
            segments: size.segments,
            note: note(content, size),
        }
    }
}

/// What makes a text long.
fn note(content: &str, size: Size) -> Option<String> {
    let mut notes = Vec::new();
    if size.encoding == Encoding::Ucs2 {
        let mut outside: Vec<char> = content
            .chars()
            .filter(|c| Size::of(c.encode_utf8(&mut [0; 4])).encoding == Encoding::Ucs2)
            .collect();
        outside.sort_unstable();
        outside.dedup();
        let named: Vec<String> = outside
            .iter()
            .take(NAMED)
            .map(|c| text::clean_line(&c.to_string(), 4))
            .filter(|c| !c.is_empty())
            .collect();
        let plain = Size::of(&text::plain(content));
        notes.push(if named.is_empty() {
            "Invisible characters make it UCS-2.".to_owned()
        } else {
            format!("{} make(s) it UCS-2.", named.join(" "))
        });
        if plain.encoding == Encoding::Gsm7 {
            notes.push(format!(
                "With plainPunctuation=true it is GSM-7 and takes {}; OpenPhone's own smart encoding may do the same.",
                count(plain.segments)
            ));
        }
    }
    if size.segments_documented < size.segments {
        notes.push(format!(
            "As OpenPhone's documentation counts, it takes {}.",
            count(size.segments_documented)
        ));
    }
    (!notes.is_empty()).then(|| notes.join(" "))
}

/// Who would not be texted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct Refused {
    /// Why
    pub reason: String,
    /// Who
    pub recipients: Vec<String>,
}

/// The handle that a send tool takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Confirmation {
    /// The value
    pub handle: String,
    /// RFC 3339
    pub expires_at: String,
    /// Whether the send needs it: no, this, or asked (the app asks the person itself)
    pub needed: Need,
}

/// Whether a send needs a confirmation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Need {
    /// It does not.
    No,
    /// It needs the handle of a preview.
    This,
    /// The person is asked when it is called.
    Asked,
}

impl Confirmation {
    pub(super) fn new(handle: &str, expires_at: String, needed: Need) -> Self {
        Self { handle: handle.to_owned(), expires_at, needed }
    }
}

/// A preview as it comes together.
#[derive(Default)]
pub(super) struct Preview {
    pub(super) group: bool,
    pub(super) recipients: Vec<Recipient>,
    pub(super) texts: Vec<Text>,
    pub(super) duplicates_removed: Vec<String>,
    pub(super) refused: Vec<Refused>,
    pub(super) quota_left: Option<QuotaLeft>,
    /// Why names may be missing.
    pub(super) names_gap: Option<String>,
    pub(super) warnings: Vec<Warning>,
}

impl Preview {
    /// Adds a recipient with their text.
    pub(super) fn add(&mut self, to: &E164, name: Option<&str>, local_time: Option<String>, content: &str) {
        let known = self.texts.iter().position(|text| text.content == content);
        let text = known.unwrap_or_else(|| {
            self.texts.push(Text::of(content));
            self.texts.len() - 1
        });
        let recipient = Recipient::new(to.as_str(), name, CostClass::of(to), text);
        self.recipients.push(Recipient { local_time, ..recipient });
    }

    /// Adds a warning about the whole.
    pub(super) fn warn(&mut self, kind: WarningKind, text: &str) {
        self.warnings.push(Warning::new(kind, text));
    }

    /// Adds somebody who would not be texted.
    pub(super) fn refuse(&mut self, reason: &str, to: &E164) {
        match self.refused.iter_mut().find(|refused| refused.reason == reason) {
            Some(refused) => refused.recipients.push(to.to_string()),
            None => {
                self.refused.push(Refused { reason: reason.to_owned(), recipients: vec![to.to_string()] });
            }
        }
    }

    pub(super) fn finish(
        mut self,
        from: InboxLabel,
        confirmation: Option<Confirmation>,
        tool: &str,
    ) -> Output {
        if let Some(gap) = self.names_gap.take() {
            self.warn(WarningKind::NamesMissing, &format!("Some names may be missing: {gap}."));
        }
        let segments = |recipient: &Recipient| self.texts.get(recipient.text).map_or(0, |text| text.segments);
        // A group is texted as a whole or not at all, which a warning says.
        let goes_out = |recipient: &&Recipient| self.group || !is_refused(&self.refused, recipient);
        let next = match &confirmation {
            None => "Nobody here may be texted; nothing can be sent.".to_owned(),
            Some(Confirmation { needed: Need::This, .. }) => format!(
                "This connection needs the person's yes to this preview; with it, {tool} with the same arguments and this confirmation sends it."
            ),
            Some(Confirmation { needed: Need::Asked, .. }) => format!(
                "{tool} with the same arguments asks the person and then sends it; with this confirmation only if no thread has changed."
            ),
            Some(_) => format!(
                "{tool} with the same arguments sends it; with this confirmation only if no thread has changed."
            ),
        };
        Output {
            from,
            group: self.group,
            total_segments: self.recipients.iter().filter(|to| goes_out(to)).map(segments).sum(),
            recipients: self.recipients,
            texts: self.texts,
            duplicates_removed: self.duplicates_removed,
            refused: self.refused,
            warnings: self.warnings,
            quota_left: self.quota_left,
            confirmation,
            next,
        }
    }
}

impl Output {
    /// What the result costs, as data and as text.
    pub(super) fn bytes(&self) -> usize {
        json_length(self).saturating_add(self.to_text().len())
    }

    pub(super) fn to_text(&self) -> String {
        let what = if self.group { "one group thread" } else { "private texts" };
        let mut lines = format!(
            "Preview; nothing was sent. From {}, {what}, {} in all.",
            self.from.to_line(),
            count(self.total_segments)
        );
        for (index, text) in self.texts.iter().enumerate() {
            let to: Vec<String> = self
                .recipients
                .iter()
                .filter(|recipient| recipient.text == index)
                .filter(|recipient| self.group || !is_refused(&self.refused, recipient))
                .map(Recipient::to_phrase)
                .collect();
            let to = if to.is_empty() { "nobody".to_owned() } else { to.join(", ") };
            lines.push_str(&format!(
                "\nTo {} ({}, {} each):\n{}",
                to,
                text.encoding.name(),
                count(text.segments),
                text::quoted(&text::clean(&text.content, usize::MAX / 4))
            ));
            if let Some(note) = &text.note {
                lines.push_str(&format!("\n({note})"));
            }
        }
        if !self.duplicates_removed.is_empty() {
            lines.push_str(&format!("\nGiven more than once: {}.", self.duplicates_removed.join(", ")));
        }
        for Refused { reason, recipients } in &self.refused {
            let named: Vec<String> = recipients
                .iter()
                .map(|to| {
                    let known = self.recipients.iter().find(|recipient| recipient.to == *to);
                    Person::new(to, known.and_then(|known| known.name.as_deref())).to_phrase()
                })
                .collect();
            lines.push_str(&format!("\nNot texted: {}: {reason}", named.join(", ")));
        }
        for warning in &self.warnings {
            lines.push_str(&format!("\n{}", warning.to_line()));
        }
        if let Some(left) = self.quota_left {
            lines.push_str(&format!("\n{}", left.to_line()));
        }
        lines.push_str(&format!("\n{}", self.next));
        if let Some(Confirmation { handle, expires_at, .. }) = &self.confirmation {
            lines.push_str(&format!("\nconfirmation (until {expires_at}): {handle}"));
        }
        lines
    }
}

fn is_refused(refused: &[Refused], recipient: &Recipient) -> bool {
    refused.iter().any(|refused| refused.recipients.contains(&recipient.to))
}

fn count(segments: usize) -> String {
    format!("{segments} segment{}", if segments == 1 { "" } else { "s" })
}
