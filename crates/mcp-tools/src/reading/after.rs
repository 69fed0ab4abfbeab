//! Cursors of lists that are put in order here, by a key of their items, and not by time.

use sealing::FingerprintKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::cursor::{self, List};
use super::{Coverage, SizeBudget};
use crate::error::ToolError;

/// A place in a list: behind the item with this key.
#[derive(Serialize, Deserialize)]
struct Place<K> {
    /// Names the list.
    query: u64,
    key: K,
}

/// A list in order, from where a cursor points.
pub(crate) struct After<'a, K> {
    list: List<'a>,
    key: Option<K>,
}

impl<'a, K: Ord + Clone + Serialize + DeserializeOwned> After<'a, K> {
    /// The list named by its filters, from where a cursor points. A blank cursor means from the start.
    pub(crate) fn read(
        fingerprints: &'a FingerprintKey,
        filters: &[&str],
        cursor: Option<&str>,
    ) -> Result<Self, ToolError> {
        let list = List::new(fingerprints, filters);
        let Some(Place { query, key }) = cursor::read(cursor)? else { return Ok(Self { list, key: None }) };
        list.check(query)?;
        Ok(Self { list, key: Some(key) })
    }

    /// What is still to come, in order.
    pub(crate) fn rest<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
        items.sort_by_cached_key(&key);
        if let Some(after) = &self.key {
            items.retain(|item| key(item) > *after);
        }
        items
    }

    /// As many of `items`, which come in order with their keys, as were asked for and find room.
    pub(crate) fn take<T>(
        self,
        items: Vec<(K, T)>,
        max: usize,
        scanned: usize,
        bytes: impl Fn(&T) -> usize,
    ) -> (Vec<T>, Coverage) {
        let mut size = SizeBudget::new();
        let mut taken = Vec::new();
        let mut last = self.key.clone();
        for (key, item) in items {
            let stop = if taken.len() == max {
                Some("maxResults reached")
            } else if !size.take(bytes(&item)) && !taken.is_empty() {
                Some("the result is full")
            } else {
                None
            };
            if let Some(reason) = stop {
                return (taken, Coverage::partial(scanned, reason, self.cursor(last)));
            }
            last = Some(key);
            taken.push(item);
        }
        (taken, Coverage::complete(scanned))
    }

    fn cursor(&self, key: Option<K>) -> Option<String> {
        let key = key?;
        cursor::write(&Place { query: self.list.name(), key })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_goes_on_behind_what_was_shown() {
        let fingerprints = FingerprintKey::generate(&sealing::OsEntropy);
        let items = || vec![3u32, 1, 2, 5, 4];
        let page = |cursor: Option<&str>| {
            let after = After::<u32>::read(&fingerprints, &["numbers"], cursor).unwrap();
            let rest = after.rest(items(), |item| *item).into_iter().map(|item| (item, item)).collect();
            after.take(rest, 2, 5, |_| 1)
        };
        let (first, coverage) = page(None);
        assert_eq!(first, [1, 2]);
        let (second, coverage) = page(coverage.cursor.as_deref());
        assert_eq!((second, coverage.complete), (vec![3, 4], false));
        let cursor = coverage.cursor.unwrap();
        let (third, coverage) = page(Some(&cursor));
        assert_eq!((third, coverage), (vec![5], Coverage::complete(5)));
        let refused = |filters: &[&str], cursor: &str| {
            After::<u32>::read(&fingerprints, filters, Some(cursor)).err().unwrap().reason()
        };
        assert_eq!(refused(&["others"], &cursor), cursor::foreign().reason());
        assert_eq!(refused(&["numbers"], "no cursor"), cursor::unreadable().reason());
    }

    #[test]
    fn one_item_is_taken_however_long_it_is() {
        let fingerprints = FingerprintKey::generate(&sealing::OsEntropy);
        let after = After::<u32>::read(&fingerprints, &[], Some(" ")).unwrap();
        let (taken, coverage) = after.take(vec![(1, "a"), (2, "b")], 9, 2, |_| usize::MAX);
        assert_eq!((taken, coverage.complete), (vec!["a"], false));
    }
}
