//! When things happened: a number of them spread over the weeks before the anchor, most in working hours, in
//! the order of their index. An index gives its moment in constant time; a moment, its index by bisection.

use std::ops::Range;

use jiff::Timestamp;

use crate::seed::mix;
use crate::workspace::{Bound, Order, Position, TimeRange};

const HOUR: i64 = 60 * 60 * 1000;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
/// From the epoch to the first Monday after it began on the Pacific coast, in standard time.
const MONDAY: i64 = 4 * DAY + 8 * HOUR;

/// How busy the hours of a day are.
type Hours = [i64; 24];
const WORKDAY: Hours = [0, 0, 0, 0, 0, 0, 0, 2, 6, 9, 10, 9, 6, 8, 9, 9, 8, 6, 3, 2, 1, 0, 0, 0];
const SATURDAY: Hours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 4, 4, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const SUNDAY: Hours = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0];
const DAYS: [Hours; 7] = [WORKDAY, WORKDAY, WORKDAY, WORKDAY, WORKDAY, SATURDAY, SUNDAY];

/// What was done of a week's work when each of its hours begins, and when the last one ends.
const DONE: [i64; 169] = {
    let mut done = [0; 169];
    let mut hour = 0;
    while hour < 168 {
        done[hour + 1] = done[hour] + DAYS[hour / 24][hour % 24];
        hour += 1;
    }
    done
};
const WEEKS_WORK: i64 = DONE[168] * HOUR;

#[derive(Clone, Copy, Debug)]
pub(super) struct Calendar {
    seed: u64,
    count: u64,
    /// Work done before the first, and until the anchor.
    start: i64,
    work: i64,
    /// Tells the sequence numbers of several calendars apart.
    lane: u64,
}

impl Calendar {
    /// Kinds of things whose places in time may be compared.
    pub(super) const LANES: u64 = 2;

    pub(super) fn new(seed: u64, count: u64, weeks: i64, anchor: Timestamp, lane: u64) -> Self {
        let end = work_until(anchor.as_millisecond());
        let work = (weeks * WEEKS_WORK).min(end).max(1);
        Self { seed, count, start: end - work, work, lane }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn at(&self, index: u64) -> Timestamp {
        let share = |index: u64| {
            let share = i128::from(self.work) * i128::from(index) / i128::from(self.count.max(1));
            i64::try_from(share).unwrap_or(self.work)
        };
        let (begin, end) = (share(index), share(index + 1));
        // Somewhere in its own share of the work, so that the order stays.
        let within = (mix(self.seed ^ mix(index)) % (end - begin).max(1).unsigned_abs()).cast_signed();
        let moment = moment_of(self.start + begin + within);
        Timestamp::from_millisecond(moment).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    pub(super) fn place(&self, index: u64) -> Position {
        Position { at: self.at(index), sequence: 1 + index * Self::LANES + self.lane }
    }

    /// The indices whose moments are in `range`, beginning behind `after`.
    pub(super) fn window(&self, range: &TimeRange, order: Order, after: Option<Position>) -> Range<u64> {
        let earlier = |bound: Bound| self.first(|index| self.at(index) >= bound.at);
        let not_later = |bound: Bound| self.first(|index| self.at(index) > bound.at);
        let mut start = match range.after {
            None => 0,
            Some(bound) if bound.included => earlier(bound),
            Some(bound) => not_later(bound),
        };
        let mut end = match range.before {
            None => self.count,
            Some(bound) if bound.included => not_later(bound),
            Some(bound) => earlier(bound),
        };
        match (after, order) {
            (None, _) => {}
            (Some(after), Order::NewestFirst) => {
                end = end.min(self.first(|index| self.place(index) >= after));
            }
            (Some(after), Order::OldestFirst) => {
                start = start.max(self.first(|index| self.place(index) > after));
            }
        }
        start..end.max(start)
    }

    /// The first index that is `late`, when all after it are too.
    fn first(&self, late: impl Fn(u64) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            if late(middle) { high = middle } else { low = middle + 1 }
        }
        low
    }
}

/// The work done since that Monday until a moment.
fn work_until(moment: i64) -> i64 {
    let since = (moment - MONDAY).max(0);
    let (week, within) = (since / WEEK, since % WEEK);
    let hour = within / HOUR;
    let (before, after) = (done(hour), done(hour + 1));
    week * WEEKS_WORK + before * HOUR + (after - before) * (within % HOUR)
}

/// The moment at which so much is done.
fn moment_of(work: i64) -> i64 {
    let (week, within) = (work / WEEKS_WORK, work % WEEKS_WORK);
    let hour = DONE.partition_point(|done| done * HOUR <= within).saturating_sub(1) as i64;
    let (before, after) = (done(hour), done(hour + 1));
    MONDAY + week * WEEK + hour * HOUR + (within - before * HOUR) / (after - before).max(1)
}

fn done(hour: i64) -> i64 {
    usize::try_from(hour).ok().and_then(|hour| DONE.get(hour)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::Weekday;
    use jiff::tz::{TimeZone, offset};

    use super::Calendar;
    use crate::workspace::{Bound, Order, TimeRange};

    fn calendar(anchor: &str) -> (Calendar, Timestamp) {
        let anchor = anchor.parse().unwrap();
        (Calendar::new(5, 10_000, 156, anchor, 0), anchor)
    }

    #[test]
    fn moments_keep_the_order_and_end_at_the_anchor() {
        for anchor in ["2026-11-20T18:30:00Z", "2026-11-22T09:00:00Z", "2026-11-24T07:59:59.999Z"] {
            let (calendar, anchor) = calendar(anchor);
            for index in 1..10_000 {
                assert!(calendar.place(index - 1) < calendar.place(index), "{index}");
                assert!(calendar.at(index - 1) <= calendar.at(index), "{index}");
            }
            let (first, last) = (calendar.at(0), calendar.at(9_999));
            assert!(last <= anchor && anchor.duration_since(last).as_hours() < 72, "{last}");
            assert!((1085..1100).contains(&(anchor.duration_since(first).as_hours() / 24)), "{first}");
        }
    }

    #[test]
    fn most_of_it_happens_in_working_hours() {
        let (calendar, _) = calendar("2026-11-20T18:30:00Z");
        let zone = TimeZone::fixed(offset(-8));
        let local = (0..10_000).map(|index| calendar.at(index).to_zoned(zone.clone()));
        let usual = local.filter(|at| {
            !matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday) && (8..18).contains(&at.hour())
        });
        let share = usual.count();
        assert!((8_500..9_500).contains(&share), "{share} of 10000");
    }

    #[test]
    fn a_window_holds_what_is_in_the_range_and_nothing_else() {
        let (calendar, _) = calendar("2026-11-20T18:30:00Z");
        let bounds = [None, Some(calendar.at(3_000)), Some("2025-06-01T07:00:00Z".parse().unwrap())];
        for (after, before) in bounds.iter().flat_map(|after| bounds.map(|before| (*after, before))) {
            for included in [false, true] {
                for cursor in [None, Some(4_000)] {
                    for order in [Order::OldestFirst, Order::NewestFirst] {
                        let bound = |at| Bound { at, included };
                        let range = TimeRange { after: after.map(bound), before: before.map(bound) };
                        let window =
                            calendar.window(&range, order, cursor.map(|index| calendar.place(index)));
                        let wanted = (0..10_000).filter(|index| {
                            range.contains(calendar.at(*index))
                                && cursor.is_none_or(|cursor| match order {
                                    Order::OldestFirst => *index > cursor,
                                    Order::NewestFirst => *index < cursor,
                                })
                        });
                        assert!(window.eq(wanted), "{range:?} {order:?} {cursor:?}");
                    }
                }
            }
        }
    }
}
