//! Collections: the things of one kind in a workspace, and how a list asks for some of them.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::VecDeque;

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

/// Which end of the order comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    OldestFirst,
    NewestFirst,
}

/// All things of one kind.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    kept: VecDeque<T>,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self { kept: VecDeque::new() }
    }
}

impl<T: Record> Collection<T> {
    pub(crate) fn get(&self, id: &str) -> Option<Cow<'_, T>> {
        // The newest are asked for most.
        self.kept.iter().rev().find(|item| item.id() == id).map(Cow::Borrowed)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut T> {
        self.kept.iter_mut().rev().find(|item| item.id() == id)
    }

    /// Those held in memory, to be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.kept.iter_mut()
    }

    /// One that passes, whichever.
    pub(crate) fn find(&self, filter: &T::Filter) -> Option<Cow<'_, T>> {
        self.kept.iter().find(|item| item.passes(filter)).map(Cow::Borrowed)
    }

    /// Those that pass, to be walked in the order of `sort`.
    pub(crate) fn select<'a>(&'a self, filter: &'a T::Filter, sort: T::Sort) -> Selection<'a, T> {
        let (front, back) = self.kept.as_slices();
        Selection { kept: [front, back], filter, sort }
    }

    /// Those held in memory.
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

    /// Forgets the first of those held in memory.
    pub(crate) fn forget_first(&mut self) {
        self.kept.pop_front();
    }

    pub(crate) fn forget(&mut self, id: &str) {
        if let Some(index) = self.kept.iter().position(|item| item.id() == id) {
            self.kept.swap_remove_back(index);
        }
    }

    pub(crate) fn retain(&mut self, wanted: impl Fn(&T) -> bool) {
        self.kept.retain(wanted);
    }
}

/// What a list asks for, before it is cut into pages.
#[derive(Debug)]
pub(crate) struct Selection<'a, T: Record> {
    kept: [&'a [T]; 2],
    filter: &'a T::Filter,
    sort: T::Sort,
}

impl<'a, T: Record> Selection<'a, T> {
    /// Those in `items` that pass.
    pub(crate) fn of(items: &'a [T], filter: &'a T::Filter) -> Self {
        Self { kept: [items, &[]], filter, sort: T::Sort::default() }
    }

    /// The place of the item with this id, whether it passes or not.
    pub(crate) fn place(&self, id: &str) -> Option<Position> {
        self.kept.iter().copied().flatten().find(|item| item.id() == id).map(|item| item.place(self.sort))
    }

    /// Those that pass, beginning behind `after`.
    pub(crate) fn walk(&self, order: Order, after: Option<Position>) -> impl Iterator<Item = Cow<'a, T>> {
        let is_next = |place: Position| match (after, order) {
            (None, _) => true,
            (Some(after), Order::NewestFirst) => place < after,
            (Some(after), Order::OldestFirst) => place > after,
        };
        let mut items: Vec<(Position, &'a T)> = self
            .kept
            .iter()
            .copied()
            .flatten()
            .filter(|item| item.passes(self.filter))
            .map(|item| (item.place(self.sort), item))
            .filter(|(place, _)| is_next(*place))
            .collect();
        match order {
            Order::NewestFirst => items.sort_by_key(|(place, _)| Reverse(*place)),
            Order::OldestFirst => items.sort_by_key(|(place, _)| *place),
        }
        items.into_iter().map(|(_, item)| Cow::Borrowed(item))
    }
}
