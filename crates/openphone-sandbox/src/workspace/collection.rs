//! Collections: the things of one kind in a workspace, and how a list asks for some of them.
//!
//! What a workspace begins with may be in memory, or on a shelf, where it is computed when it is asked for. What
//! is added or changed at run time is in memory in either case: a thing from a shelf is taken into memory before
//! it is changed, and hides the one on the shelf from then on.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use super::Position;

/// A thing that lists show.
pub(crate) trait Record: Clone {
    /// Which of them a list asks for.
    type Filter;
    /// By which of their moments a list is sorted.
    type Sort: Copy + Default;

    fn id(&self) -> &str;

    fn place(&self, sort: Self::Sort) -> Position;

    fn passes(&self, filter: &Self::Filter) -> bool;
}

/// Things that are computed when they are asked for, each by its index.
pub(crate) trait Shelf<T: Record>: fmt::Debug + Send + Sync {
    fn index(&self, id: &str) -> Option<u64>;

    fn item(&self, index: u64) -> Option<T>;

    /// At least those that pass, beginning behind `after`.
    fn walk<'a>(
        &'a self,
        filter: &'a T::Filter,
        sort: T::Sort,
        order: Order,
        after: Option<Position>,
    ) -> Box<dyn Iterator<Item = u64> + 'a>;
}

/// Which end of the order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

impl Order {
    pub(crate) fn is_next(self, place: Position, after: Option<Position>) -> bool {
        match (after, self) {
            (None, _) => true,
            (Some(after), Self::NewestFirst) => place < after,
            (Some(after), Self::OldestFirst) => place > after,
        }
    }

    pub(crate) fn sort<T>(self, items: &mut [(Position, T)]) {
        match self {
            Self::NewestFirst => items.sort_by_key(|(place, _)| Reverse(*place)),
            Self::OldestFirst => items.sort_by_key(|(place, _)| *place),
        }
    }
}

/// All things of one kind.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    kept: VecDeque<T>,
    shelf: Option<Arc<dyn Shelf<T>>>,
    /// Indices of those on the shelf that are gone, or were taken into memory.
    hidden: BTreeSet<u64>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { kept: VecDeque::new(), shelf: None, hidden: BTreeSet::new() }
    }
}

impl<T: Record> Collection<T> {
    pub(crate) fn on_shelf(shelf: Arc<dyn Shelf<T>>) -> Self {
        Self { shelf: Some(shelf), ..Self::default() }
    }

    pub(crate) fn get(&self, id: &str) -> Option<Cow<'_, T>> {
        // The newest are asked for most.
        match self.kept.iter().rev().find(|item| item.id() == id) {
            Some(item) => Some(Cow::Borrowed(item)),
            None => self.shelved(id).map(|(_, item)| Cow::Owned(item)),
        }
    }

    /// The thing in memory; see [`take_in`](Self::take_in) for those that are not.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.kept.iter_mut().rev().find(|item| item.id() == id)
    }

    /// Those in memory, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.kept.iter_mut()
    }

    /// Takes a thing into memory, if it is on the shelf; whether it did.
    pub(crate) fn take_in(&mut self, id: &str) -> bool {
        let Some((index, item)) = self.shelved(id) else { return false };
        self.hidden.insert(index);
        self.kept.push_back(item);
        true
    }

    /// Takes a thing off the shelf for good, if it is there.
    pub(crate) fn discard(&mut self, id: &str) -> Option<T> {
        let (index, item) = self.shelved(id)?;
        self.hidden.insert(index);
        Some(item)
    }

    /// Whether it is on the shelf, and not in memory.
    pub(crate) fn is_shelved(&self, id: &str) -> bool {
        self.shelved(id).is_some()
    }

    /// One that passes, whichever.
    pub(crate) fn find(&self, filter: &T::Filter) -> Option<Cow<'_, T>> {
        match self.kept.iter().find(|item| item.passes(filter)) {
            Some(item) => Some(Cow::Borrowed(item)),
            None => {
                let selection = self.select(filter, T::Sort::default());
                selection.walk_shelf(Order::NewestFirst, None).next().map(|(_, item)| Cow::Owned(item))
            }
        }
    }

    /// Those that pass, to be walked in the order of `sort`.
    pub(crate) fn select<'a>(&'a self, filter: &'a T::Filter, sort: T::Sort) -> Selection<'a, T> {
        let (front, back) = self.kept.as_slices();
        let shelf = self.shelf.as_deref().map(|shelf| (shelf, &self.hidden));
        Selection { kept: [front, back], shelf, filter, sort }
    }

    /// Those in memory.
    pub(crate) fn kept(&self) -> &VecDeque<T> {
        &self.kept
    }

    pub(crate) fn push(&mut self, item: T) {
        self.kept.push_back(item);
    }

    /// Puts it in time order among others that are.
    pub(crate) fn insert(&mut self, item: T) {
        let at = item.place(T::Sort::default());
        let index = self.kept.partition_point(|known| known.place(T::Sort::default()) <= at);
        self.kept.insert(index, item);
    }

    /// Forgets the first of those in memory. One from the shelf is again as it was there.
    pub(crate) fn forget_first(&mut self) {
        let first = self.kept.pop_front();
        self.show(first);
    }

    /// Forgets one in memory. One from the shelf is again as it was there.
    pub(crate) fn forget(&mut self, id: &str) {
        let place = self.kept.iter().position(|item| item.id() == id);
        let item = place.and_then(|place| self.kept.swap_remove_back(place));
        self.show(item);
    }

    /// Drops those in memory that are not wanted, for good.
    pub(crate) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.kept.retain(wanted);
    }

    fn show(&mut self, item: Option<T>) {
        if let (Some(shelf), Some(item)) = (&self.shelf, item)
            && let Some(index) = shelf.index(item.id())
        {
            self.hidden.remove(&index);
        }
    }

    fn shelved(&self, id: &str) -> Option<(u64, T)> {
        let shelf = self.shelf.as_deref()?;
        let index = shelf.index(id).filter(|index| !self.hidden.contains(index))?;
        Some((index, shelf.item(index)?))
    }
}

/// What a list asks for, before it is cut into pages.
#[derive(Debug)]
pub(crate) struct Selection<'a, T: Record> {
    kept: [&'a [T]; 2],
    shelf: Option<(&'a dyn Shelf<T>, &'a BTreeSet<u64>)>,
    filter: &'a T::Filter,
    sort: T::Sort,
}

impl<'a, T: Record> Selection<'a, T> {
    /// Those in `items` that pass.
    pub(crate) fn of(items: &'a [T], filter: &'a T::Filter) -> Self {
        Self { kept: [items, &[]], shelf: None, filter, sort: T::Sort::default() }
    }

    /// The place of the item with this id, whether it passes or not.
    pub(crate) fn place(&self, id: &str) -> Option<Position> {
        match self.kept.iter().copied().flatten().find(|item| item.id() == id) {
            Some(item) => Some(item.place(self.sort)),
            None => {
                let (shelf, _) = self.shelf?;
                shelf.item(shelf.index(id)?).map(|item| item.place(self.sort))
            }
        }
    }

    /// Those that pass, beginning behind `after`.
    pub(crate) fn walk(&self, order: Order, after: Option<Position>) -> impl Iterator<Item = Cow<'a, T>> {
        let mut kept: Vec<_> = self
            .kept
            .iter()
            .copied()
            .flatten()
            .filter(|item| item.passes(self.filter))
            .map(|item| (item.place(self.sort), Cow::Borrowed(item)))
            .filter(|(place, _)| order.is_next(*place, after))
            .collect();
        order.sort(&mut kept);
        let shelved = self.walk_shelf(order, after).map(|(place, item)| (place, Cow::Owned(item)));
        merge(order, kept.into_iter(), shelved).map(|(_, item)| item)
    }

    fn walk_shelf(&self, order: Order, after: Option<Position>) -> impl Iterator<Item = (Position, T)> {
        let Self { filter, sort, .. } = *self;
        self.shelf.into_iter().flat_map(move |(shelf, hidden)| {
            shelf
                .walk(filter, sort, order, after)
                .filter(|index| !hidden.contains(index))
                .filter_map(|index| shelf.item(index))
                .filter(move |item| item.passes(filter))
                .map(move |item| (item.place(sort), item))
        })
    }
}

/// One ordered walk out of two.
pub(crate) fn merge<T>(
    order: Order,
    one: impl Iterator<Item = (Position, T)>,
    other: impl Iterator<Item = (Position, T)>,
) -> impl Iterator<Item = (Position, T)> {
    let (mut one, mut other) = (one.peekable(), other.peekable());
    std::iter::from_fn(move || match (one.peek(), other.peek()) {
        (Some((first, _)), Some((second, _))) if order.is_next(*first, Some(*second)) => other.next(),
        (Some(_), _) => one.next(),
        (None, _) => other.next(),
    })
}
