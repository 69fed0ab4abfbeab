//! How a call ended, read from what it answered: counts of its parts, ids of what it wrote, or why not.

use serde_json::{Map, Value};

use super::{AuditOutcome, Dedupe};
use crate::error::{ToolError, ToolErrorKind};
use crate::safety::outcome::Outcome;

/// Ids that a record holds at most.
const MAX_IDS: usize = 20;
/// What a part of a call may end in, as results name it; whether it is done then.
const WORDS: [(&str, bool); 9] = [
    ("sent", true),
    ("created", true),
    ("updated", true),
    ("applied", true),
    ("unchanged", true),
    ("duplicate", true),
    ("failed", false),
    ("unknown", false),
    ("not_attempted", false),
];
/// Fields of a result that name what was written.
const ID_FIELDS: [&str; 6] = ["id", "messageId", "taskId", "noteId", "contactId", "conversationId"];

/// Why a view did not let a call through, where no error says it.
const OWN_REASONS: [&str; 2] = [HIDDEN, MISSING_SCOPE];
/// The mode or the toolsets leave the tool out.
pub(crate) const HIDDEN: &str = "hidden";
/// The grant lacks the scope.
pub(crate) const MISSING_SCOPE: &str = "missing_scope";

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(super) outcome: AuditOutcome,
    pub(super) reason: Option<&'static str>,
    pub(super) counts: Vec<(&'static str, u32)>,
    pub(super) dedupe: Option<Dedupe>,
    pub(super) ids: Vec<String>,
    /// The inbox, where the result names it.
    pub(super) inbox: Option<String>,
}

impl Verdict {
    fn new(outcome: AuditOutcome, reason: Option<&'static str>) -> Self {
        Self { outcome, reason, counts: Vec::new(), dedupe: None, ids: Vec::new(), inbox: None }
    }

    /// This server refused.
    pub(crate) fn refused(reason: &'static str) -> Self {
        Self::new(AuditOutcome::Refused, Some(reason))
    }

    /// It read and answered, of which nothing is recorded.
    pub(crate) fn read() -> Self {
        Self::new(AuditOutcome::Done, None)
    }

    /// Whether somebody asked for what is not theirs: of a call that only reads, nothing else is worth a record.
    pub(super) fn is_refusal(&self) -> bool {
        let kinds = [ToolErrorKind::NotAllowed, ToolErrorKind::LimitReached].map(ToolErrorKind::name);
        self.outcome == AuditOutcome::Refused
            && self.reason.is_some_and(|reason| kinds.contains(&reason) || OWN_REASONS.contains(&reason))
    }

    /// Nobody is left who could say how it ended.
    pub(super) fn interrupted() -> Self {
        Self::new(AuditOutcome::Unknown, Some("interrupted"))
    }

    /// The tool answered.
    pub(crate) fn of_result(structured: Option<&Value>, is_error: bool) -> Self {
        let mut counts = Counts::default();
        let mut verdict = Self::new(AuditOutcome::Done, None);
        if let Some(Value::Object(root)) = structured {
            verdict.read_from(root, &mut counts);
            // The root and what stands right in it; deeper down is what the result only mentions.
            for field in root.values() {
                match field {
                    Value::Object(object) => verdict.read_from(object, &mut counts),
                    Value::Array(items) => {
                        items
                            .iter()
                            .filter_map(Value::as_object)
                            .for_each(|item| verdict.read_from(item, &mut counts));
                    }
                    _ => {}
                }
            }
        }
        verdict.outcome = match counts.outcome() {
            _ if is_error && counts.done == 0 && counts.unknown == 0 => AuditOutcome::Failed,
            Some(outcome) => outcome,
            None if is_error => AuditOutcome::Failed,
            None => AuditOutcome::Done,
        };
        verdict.counts = counts.words;
        verdict
    }

    /// The tool failed.
    pub(crate) fn of_error(error: &ToolError) -> Self {
        use ToolErrorKind as Kind;
        let kind = error.kind();
        let outcome = match kind {
            _ if error.question().is_some() => AuditOutcome::Asked,
            _ if error.may_have_happened() => AuditOutcome::Unknown,
            Kind::InvalidArguments
            | Kind::NotAllowed
            | Kind::ConfirmationNeeded
            | Kind::LimitReached
            | Kind::Conflict
            | Kind::KeyReused
            | Kind::StoreUnavailable => AuditOutcome::Refused,
            Kind::OutcomeUnknown
            | Kind::NotFound
            | Kind::Upstream
            | Kind::RateLimited
            | Kind::KeyRefused
            | Kind::TimedOut
            | Kind::Cancelled => AuditOutcome::Failed,
        };
        let dedupe = (kind == Kind::KeyReused).then_some(Dedupe::Conflict);
        Self { dedupe, ..Self::new(outcome, Some(kind.name())) }
    }

    /// A batch of texts ended.
    pub(crate) fn of_texts(outcomes: &[Outcome]) -> Self {
        let mut counts = Counts::default();
        let mut verdict = Self::new(AuditOutcome::Done, None);
        let (mut first_error, mut conflict) = (None, false);
        for outcome in outcomes {
            let (word, error) = match outcome {
                Outcome::Sent { message_id, duplicate, .. } => {
                    verdict.add_id(message_id);
                    (if *duplicate { "duplicate" } else { "sent" }, None)
                }
                Outcome::Failed(error) => ("failed", Some(error)),
                Outcome::Unknown(error) => ("unknown", Some(error)),
                Outcome::NotAttempted(error) => ("not_attempted", Some(error)),
            };
            counts.add(word);
            conflict |= error.is_some_and(|error| error.kind() == ToolErrorKind::KeyReused);
            first_error = first_error.or(error);
        }
        let (sent, duplicate) = (counts.of("sent"), counts.of("duplicate"));
        let failed = counts.of("failed");
        verdict.outcome = match counts.outcome() {
            // What was not even tried was refused here.
            Some(AuditOutcome::Failed) if failed == 0 || conflict => AuditOutcome::Refused,
            outcome => outcome.unwrap_or(AuditOutcome::Done),
        };
        verdict.reason = first_error.map(|error| error.kind().name());
        verdict.dedupe = match (sent, duplicate) {
            _ if conflict => Some(Dedupe::Conflict),
            (_, 0) => Some(Dedupe::New),
            (0, _) => Some(Dedupe::Duplicate),
            _ => Some(Dedupe::Partly),
        };
        verdict.counts = counts.words;
        verdict
    }

    fn read_from(&mut self, object: &Map<String, Value>, counts: &mut Counts) {
        if let Some(Value::String(status)) = object.get("status") {
            counts.add(status);
        }
        for field in ID_FIELDS {
            if let Some(Value::String(id)) = object.get(field) {
                self.add_id(id);
            }
        }
    }

    fn add_id(&mut self, id: &str) {
        if !is_id(id) {
            return;
        }
        if id.starts_with("PN") {
            self.inbox.get_or_insert_with(|| id.to_owned());
        } else if id.starts_with("US") {
            // Somebody who is named in the result; users are not written.
        } else if self.ids.len() < MAX_IDS && !self.ids.iter().any(|known| known == id) {
            self.ids.push(id.to_owned());
        }
    }
}

/// How many parts of a call ended in which way.
#[derive(Default)]
struct Counts {
    words: Vec<(&'static str, u32)>,
    done: u32,
    unknown: u32,
    all: u32,
}

impl Counts {
    fn add(&mut self, word: &str) {
        let Some((name, done)) = WORDS.into_iter().find(|(name, _)| *name == word) else { return };
        self.all += 1;
        self.done += u32::from(done);
        self.unknown += u32::from(name == "unknown");
        match self.words.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => self.words.push((name, 1)),
        }
    }

    fn of(&self, word: &str) -> u32 {
        self.words.iter().find(|(name, _)| *name == word).map_or(0, |(_, count)| *count)
    }

    fn outcome(&self) -> Option<AuditOutcome> {
        Some(match (self.all, self.done, self.unknown) {
            (0, ..) => return None,
            (all, done, _) if all == done => AuditOutcome::Done,
            (_, 0, 0) => AuditOutcome::Failed,
            (_, 0, _) => AuditOutcome::Unknown,
            _ => AuditOutcome::Partly,
        })
    }
}

/// Whether a text has the form of an id of OpenPhone's. Anything else may be what somebody wrote.
fn is_id(text: &str) -> bool {
    let plain =
        |rest: &str| (4..=62).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let prefixed =
        ["AC", "CN", "PN", "TK", "US"].into_iter().any(|prefix| text.strip_prefix(prefix).is_some_and(plain));
    let hexadecimal = text.len() == 24
        && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic());
    prefixed || hexadecimal
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_result_is_read_for_its_parts_and_ids_alone() {
        let result = json!({
            "created": 1,
            "contacts": [
                { "name": "Ada", "status": "created", "id": "66d0d87e8dc1211467372303" },
                { "name": "Nora", "status": "duplicate", "existing": [{ "id": "66d0d87e8dc1211467370001" }] },
                { "name": "Ben", "status": "failed", "reason": "+14155550101" }
            ]
        });
        let verdict = Verdict::of_result(Some(&result), false);
        assert_eq!(verdict.outcome, AuditOutcome::Partly);
        assert_eq!(verdict.counts, [("created", 1), ("duplicate", 1), ("failed", 1)]);
        assert_eq!(verdict.ids, ["66d0d87e8dc1211467372303"]);

        let result = json!({ "taskId": "TK0001", "inbox": { "id": "PNdesk1", "name": "Front desk" }, "status": "open" });
        let verdict = Verdict::of_result(Some(&result), false);
        assert_eq!((verdict.outcome, verdict.counts.len()), (AuditOutcome::Done, 0));
        assert_eq!((verdict.ids, verdict.inbox), (vec!["TK0001".to_owned()], Some("PNdesk1".to_owned())));

        let failed = json!({ "contacts": [{ "status": "failed" }] });
        assert_eq!(Verdict::of_result(Some(&failed), true).outcome, AuditOutcome::Failed);
        let unknown = json!({ "contacts": [{ "status": "unknown" }] });
        assert_eq!(Verdict::of_result(Some(&unknown), true).outcome, AuditOutcome::Unknown);
        assert_eq!(Verdict::of_result(None, true).outcome, AuditOutcome::Failed);
    }

    #[test]
    fn what_is_no_id_is_not_kept() {
        for text in [
            "+14155550101",
            "14155550101",
            "AC+14155550101",
            "415555010141555501014155",
            "Nora",
            "PN",
            "AC a b c d",
        ] {
            assert!(!is_id(text), "{text}");
        }
        for text in ["AC3f9c1e", "PNfrontdesk1", "TK0001", "66d0d87e8dc1211467372303"] {
            assert!(is_id(text), "{text}");
        }
    }

    #[test]
    fn texts_say_what_the_ledger_said() {
        let sent = |duplicate| Outcome::Sent {
            message_id: "AC3f9c1e".to_owned(),
            status: "queued".to_owned(),
            duplicate,
        };
        let not = || Outcome::NotAttempted(ToolError::new(ToolErrorKind::LimitReached, "", ""));
        let conflict = || Outcome::Failed(ToolError::new(ToolErrorKind::KeyReused, "", ""));
        let failed = || Outcome::Failed(ToolError::new(ToolErrorKind::Upstream, "", ""));
        for (outcomes, outcome, reason, dedupe) in [
            (vec![sent(false)], AuditOutcome::Done, None, Dedupe::New),
            (vec![sent(true)], AuditOutcome::Done, None, Dedupe::Duplicate),
            (vec![sent(true), sent(false)], AuditOutcome::Done, None, Dedupe::Partly),
            (vec![sent(false), failed()], AuditOutcome::Partly, Some("upstream"), Dedupe::New),
            (vec![not()], AuditOutcome::Refused, Some("limit_reached"), Dedupe::New),
            (vec![conflict()], AuditOutcome::Refused, Some("key_reused"), Dedupe::Conflict),
            (vec![failed(), not()], AuditOutcome::Failed, Some("upstream"), Dedupe::New),
        ] {
            let verdict = Verdict::of_texts(&outcomes);
            assert_eq!(
                (verdict.outcome, verdict.reason, verdict.dedupe),
                (outcome, reason, Some(dedupe)),
                "{outcomes:?}"
            );
        }
    }
}
