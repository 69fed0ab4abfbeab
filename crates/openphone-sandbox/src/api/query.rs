//! Query parameters and path parameters: read, checked, and every wrong one reported at once.
//!
//! A query is decoded as a form, so that an unencoded `+` is a space, as on the real API.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Cx;
use super::error::{ApiError, FieldError, FieldErrors};
use super::page::{PageRequest, decode_cursor};
use super::pattern::Pattern;
use crate::options::V1Parameters;
use crate::workspace::{Bound, Direction, TimeRange};

/// The parameters of one request, and what was found wrong with them so far.
#[derive(Debug)]
pub(super) struct Params {
    pairs: Vec<(String, String)>,
    wrong: FieldErrors,
    /// Whether parameters are taken as documented, and no others.
    strict: bool,
    /// Whether those that the operation did not ask for are still to be refused.
    closed: bool,
    /// The keys that the operation asked for so far, for one value and for any number.
    single: Vec<String>,
    repeatable: Vec<String>,
}

impl Params {
    /// The parameters of a request. On the dated surface a key outside `known` is wrong; v1 ignores it, or when
    /// it is strict refuses what the operation did not ask for.
    pub(super) fn new(cx: &Cx<'_>, known: &[&str]) -> Self {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(cx.query.as_bytes()).into_owned().collect();
        let closed = cx.operation.is_v1() && cx.options.v1_parameters == V1Parameters::Strict;
        let mut params = Self {
            pairs,
            wrong: FieldErrors::default(),
            strict: closed || !cx.operation.is_v1(),
            closed,
            single: Vec::new(),
            repeatable: Vec::new(),
        };
        if !cx.operation.is_v1() {
            let unknown: Vec<_> =
                params.pairs.iter().filter(|(key, _)| !known.contains(&key.as_str())).cloned().collect();
            for (key, value) in unknown {
                params.report(&key, "Unexpected property", json!({ "type": "Object" }), value);
            }
        }
        params
    }

    /// Checks the path's id against its pattern.
    pub(super) fn path(&mut self, (name, value): (&str, &str), pattern: Pattern) -> String {
        self.wrong.extend(pattern.check(&format!("/{name}"), value));
        value.to_owned()
    }

    /// An optional string.
    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        self.single.push(key.to_owned());
        let (_, value) = self.pairs.iter().find(|(name, _)| name == key)?;
        Some(value.clone())
    }

    /// An optional string that must match.
    pub(super) fn matching(&mut self, key: &str, pattern: Pattern) -> Option<String> {
        let value = self.text(key)?;
        match pattern.check(&format!("/{key}"), &value) {
            Some(wrong) => {
                self.wrong.push(wrong);
                None
            }
            None => Some(value),
        }
    }

    /// A string that must be there and match. When it is not, an empty string, and [`finish`](Self::finish)
    /// refuses.
    pub(super) fn required(&mut self, key: &str, pattern: Pattern) -> String {
        if self.text(key).is_none() {
            self.missing(key, json!({ "type": "String" }));
        }
        self.matching(key, pattern).unwrap_or_default()
    }

    /// One of the words.
    pub(super) fn word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.text(key)?;
        self.look_up(key, &value, words)
    }

    /// `key` with one value or `key[in]` with a comma-separated list: any of them matches.
    pub(super) fn any_of(&mut self, key: &str, pattern: Pattern, max: usize) -> Option<Vec<String>> {
        let values = self.one_or_list(key, max)?;
        let path = format!("/{key}");
        self.wrong.extend(values.iter().filter_map(|value| pattern.check(&path, value)));
        Some(values)
    }

    /// As [`any_of`](Self::any_of), for words.
    pub(super) fn any_word<T: Copy>(&mut self, key: &str, words: &[(&str, T)]) -> Option<Vec<T>> {
        let values = self.one_or_list(key, words.len())?;
        Some(values.iter().filter_map(|value| self.look_up(key, value, words)).collect())
    }

    /// A comma-separated list under exactly this key, each item matching.
    pub(super) fn list(&mut self, key: &str, pattern: Pattern) -> Option<Vec<String>> {
        let values: Vec<String> = self.text(key)?.split(',').map(str::to_owned).collect();
        let path = format!("/{key}");
        self.wrong.extend(values.iter().filter_map(|value| pattern.check(&path, value)));
        Some(values)
    }

    /// A v1 array: the key repeated, with or without `[]`.
    pub(super) fn repeated(&mut self, key: &str, pattern: Pattern) -> Vec<String> {
        self.repeatable.push(key.to_owned());
        let bracketed = format!("{key}[]");
        let values: Vec<String> = self
            .pairs
            .iter()
            .filter(|(name, _)| name == key || *name == bracketed)
            .map(|(_, value)| value.clone())
            .collect();
        for (index, value) in values.iter().enumerate() {
            self.wrong.extend(pattern.check(&format!("/{key}/{index}"), value));
        }
        values
    }

    /// v1's required `participants`.
    pub(super) fn participants(&mut self, pattern: Pattern) -> Vec<String> {
        let participants = self.repeated("participants", pattern);
        if participants.is_empty() {
            self.missing("participants", json!({ "type": "Array" }));
        }
        participants
    }

    /// An integer within bounds; v1's `maxResults` is "required" and has a default: the default counts.
    pub(super) fn limit(&mut self, key: &str, max: usize, default: usize) -> usize {
        let Some(text) = self.text(key) else {
            if self.closed {
                self.missing(key, json!({ "type": "Integer" }));
            }
            return default;
        };
        let schema = json!({ "type": "Integer", "minimum": 1, "maximum": max });
        match text.parse::<i64>() {
            Err(_) => self.report(key, "Expected integer", schema, text),
            Ok(number) if number < 1 => {
                self.report(key, "Expected integer to be greater or equal to 1", schema, number);
            }
            Ok(number) => match usize::try_from(number) {
                Ok(number) if number <= max => return number,
                _ => {
                    let message = format!("Expected integer to be less or equal to {max}");
                    self.report(key, &message, schema, number);
                }
            },
        }
        default
    }

    /// Limit and cursor under the names of the surface; `max` is v1's bound, the dated one's is 50.
    pub(super) fn page_request(&mut self, v1: bool, max: usize) -> PageRequest {
        if v1 {
            PageRequest { limit: self.limit("maxResults", max, 10), after: self.cursor("pageToken") }
        } else {
            PageRequest { limit: self.limit("limit", 50, 10), after: self.cursor("after") }
        }
    }

    /// As [`page_request`](Self::page_request) for tasks, whose bounds are the same on both surfaces.
    pub(super) fn task_page_request(&mut self, v1: bool) -> PageRequest {
        let (limit, cursor) = if v1 { ("maxResults", "pageToken") } else { ("limit", "after") };
        PageRequest { limit: self.limit(limit, 100, 50), after: self.cursor(cursor) }
    }

    /// `include`: a comma-separated subset of `allowed`, without repetition.
    pub(super) fn include(&mut self, allowed: &[&str]) -> Vec<String> {
        let Some(text) = self.text("include") else { return Vec::new() };
        let mut include: Vec<String> = Vec::new();
        for word in text.split(',') {
            if !allowed.contains(&word) || include.iter().any(|earlier| earlier == word) {
                self.report(
                    "include",
                    "Expected union value",
                    json!({ "type": "Union", "enum": allowed }),
                    word,
                );
                return Vec::new();
            }
            include.push(word.to_owned());
        }
        include
    }

    /// `true` or `false`.
    pub(super) fn boolean(&mut self, key: &str) -> Option<bool> {
        let words = [("true", true), ("false", false)];
        let value = self.text(key)?;
        match words.iter().find(|(word, _)| *word == value) {
            Some((_, parsed)) => Some(*parsed),
            None => {
                self.report(key, "Expected boolean", json!({ "type": "Boolean" }), value);
                None
            }
        }
    }

    /// v1's `createdAfter` and `createdBefore` (or `updated…`); `since` behaves as `createdBefore`.
    pub(super) fn v1_range(&mut self, field: &str) -> TimeRange {
        let after = self.time(&format!("{field}After"));
        let mut before = self.time(&format!("{field}Before"));
        if field == "created" {
            let since = self.time("since");
            before = before.or(since);
        }
        TimeRange { after: excluded(after), before: excluded(before) }
    }

    /// `field[gte]` and `field[lte]`.
    pub(super) fn inclusive_range(&mut self, field: &str) -> TimeRange {
        let included = |at| Bound { at, included: true };
        TimeRange {
            after: self.time(&format!("{field}[gte]")).map(included),
            before: self.time(&format!("{field}[lte]")).map(included),
        }
    }

    /// `field[gt]` and `field[lt]`.
    pub(super) fn exclusive_range(&mut self, field: &str) -> TimeRange {
        TimeRange {
            after: excluded(self.time(&format!("{field}[gt]"))),
            before: excluded(self.time(&format!("{field}[lt]"))),
        }
    }

    /// The cursor of a page.
    pub(super) fn cursor(&mut self, key: &str) -> Option<String> {
        let cursor = self.text(key).filter(|cursor| !cursor.is_empty())?;
        let id = decode_cursor(&cursor);
        if id.is_none() {
            self.invalid_cursor(key, &cursor);
        }
        id
    }

    pub(super) fn invalid_cursor(&mut self, key: &str, cursor: &str) {
        self.report(key, "Invalid cursor", json!({ "type": "String" }), cursor);
    }

    /// Reports a wrong parameter.
    pub(super) fn report(&mut self, key: &str, message: &str, schema: Value, value: impl Into<Value>) {
        self.wrong.push(FieldError {
            path: format!("/{key}"),
            message: message.to_owned(),
            schema,
            value: Some(value.into()),
        });
    }

    /// Refuses when anything was wrong.
    pub(super) fn finish(mut self) -> Result<(), ApiError> {
        if self.closed {
            let asked = |key| self.single.contains(key) || self.repeatable.contains(key);
            let unknown: Vec<_> = self.pairs.iter().filter(|(key, _)| !asked(key)).cloned().collect();
            for (key, value) in unknown {
                self.report(&key, "Unexpected property", json!({ "type": "Object" }), value);
            }
        }
        if self.strict {
            self.single.sort();
            self.single.dedup();
            for key in std::mem::take(&mut self.single) {
                let given = self.pairs.iter().filter(|(name, _)| *name == key);
                let values: Vec<String> = given.map(|(_, value)| value.clone()).collect();
                if values.len() > 1 {
                    self.report(&key, "Expected string", json!({ "type": "String" }), values);
                }
            }
        }
        self.wrong.finish()
    }

    fn missing(&mut self, key: &str, schema: Value) {
        self.wrong.push(FieldError {
            path: format!("/{key}"),
            message: "Expected required property".to_owned(),
            schema,
            value: None,
        });
    }

    fn one_or_list(&mut self, key: &str, max: usize) -> Option<Vec<String>> {
        let one = self.text(key);
        let list: Option<Vec<String>> =
            self.text(&format!("{key}[in]")).map(|list| list.split(',').map(str::to_owned).collect());
        if let (Some(one), Some(_)) = (&one, &list) {
            self.report(key, "Expected either a value or [in]", json!({ "type": "Union" }), one.clone());
        }
        let values = list.or_else(|| one.map(|one| vec![one]))?;
        if values.len() > max {
            let message = format!("Expected array length to be less or equal to {max}");
            self.report(key, &message, json!({ "type": "Array", "maxItems": max }), values.len());
        }
        Some(values)
    }

    fn look_up<T: Copy>(&mut self, key: &str, value: &str, words: &[(&str, T)]) -> Option<T> {
        if let Some((_, parsed)) = words.iter().find(|(word, _)| *word == value) {
            return Some(*parsed);
        }
        let allowed: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.report(key, "Expected union value", json!({ "type": "Union", "enum": allowed }), value);
        None
    }

    fn time(&mut self, key: &str) -> Option<Timestamp> {
        let value = self.text(key)?;
        match value.parse() {
            Ok(at) => Some(at),
            Err(_) => {
                let schema = json!({ "type": "String", "format": "date-time" });
                self.report(key, "Expected string to match 'date-time' format", schema, value);
                None
            }
        }
    }
}

fn excluded(at: Option<Timestamp>) -> Option<Bound> {
    at.map(|at| Bound { at, included: false })
}

/// Reads an operation that takes a path id and nothing else.
pub(super) fn only_path_id(cx: &Cx<'_>, id: Pattern) -> Result<String, ApiError> {
    let mut params = Params::new(cx, &[]);
    let id = params.path(cx.path_id(), id);
    params.finish()?;
    Ok(id)
}

/// Reads an operation that takes the ids of a contact and of something on it, and nothing else.
pub(super) fn two_path_ids(cx: &Cx<'_>) -> Result<(String, String), ApiError> {
    Params::new(cx, &[]).finish()?;
    let id = |index: usize| cx.params.get(index).map(|(_, value)| value.clone()).unwrap_or_default();
    Ok((id(0), id(1)))
}

/// Reads an optional inbox, which must be one of the workspace's.
pub(super) fn known_inbox(cx: &Cx<'_>, id: Option<&str>) -> Result<(), ApiError> {
    match id {
        Some(id) if cx.workspace.inbox(id).is_none() => Err(ApiError::not_found("Phone number")),
        _ => Ok(()),
    }
}

/// The two directions, as words.
pub(super) const DIRECTIONS: &[(&str, Direction)] =
    &[("incoming", Direction::Incoming), ("outgoing", Direction::Outgoing)];

/// Reads an optional acting user, who must exist.
pub(super) fn known_user(cx: &Cx<'_>, id: Option<&str>) -> Result<(), ApiError> {
    match id {
        Some(id) if cx.workspace.user(id).is_none() => Err(ApiError::not_found("User")),
        _ => Ok(()),
    }
}
