//! How long things are kept, and how often they are fetched.

use std::sync::atomic::AtomicUsize;

use super::*;

type Fetched = Result<Option<u64>, &'static str>;

struct World {
    cache: Cache<u64, &'static str>,
    fetches: AtomicUsize,
}

impl World {
    fn new(most: usize) -> Self {
        Self { cache: Cache::new(most), fetches: AtomicUsize::new(0) }
    }

    /// Gets a thing at a time; a fetch would answer so.
    async fn get(&self, name: &str, at: u64, answer: Fetched) -> Result<u64, &'static str> {
        let load = async || {
            let value = self.fetches.fetch_add(1, Ordering::SeqCst) as u64;
            answer.map(|fresh_for| Loaded { value, fresh_for: fresh_for.map(Duration::from_secs) })
        };
        self.cache.get(name, Duration::from_secs(at), None, load).await.map(|value| *value)
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::SeqCst)
    }
}

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn i11_things_are_good_for_as_long_as_said_within_bounds() {
    for (said, good_for) in
        [(Some(0), 60), (Some(59), 60), (Some(90), 90), (Some(10 * DAY), DAY), (None, 60 * 60)]
    {
        let world = World::new(10);
        assert_eq!(world.get("a", 1_000, Ok(said)).await, Ok(0));
        assert_eq!(world.get("a", 1_000 + good_for - 1, Ok(said)).await, Ok(0), "{said:?}");
        assert_eq!(world.get("a", 1_000 + good_for, Ok(said)).await, Ok(1), "{said:?}");
    }
}

#[tokio::test]
async fn i11_failures_are_remembered_shortly_and_outlived() {
    let world = World::new(10);
    assert_eq!(world.get("a", 1_000, Err("down")).await, Err("down"));
    assert_eq!(world.get("a", 1_029, Ok(None)).await, Err("down"));
    assert_eq!(world.fetches(), 1);
    assert_eq!(world.get("a", 1_030, Ok(Some(60))).await, Ok(1));
    // Later the host fails for days: what was good still is, for a week, and it is asked every half minute.
    assert_eq!(world.get("a", 1_090, Err("down")).await, Ok(1));
    assert_eq!(world.get("a", 1_100, Err("down")).await, Ok(1));
    assert_eq!(world.fetches(), 3);
    assert_eq!(world.get("a", 1_089 + 7 * DAY, Err("down")).await, Ok(1));
    assert_eq!(world.get("a", 1_090 + 7 * DAY + 30, Err("gone")).await, Err("gone"));
}

#[tokio::test]
async fn i11_a_hundred_at_once_fetch_once() {
    let world = Arc::new(World::new(10));
    let (started, release) = (Arc::new(AtomicUsize::new(0)), Arc::new(tokio::sync::Semaphore::new(0)));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (world, started, release) = (Arc::clone(&world), Arc::clone(&started), Arc::clone(&release));
            tokio::spawn(async move {
                let load = async || {
                    started.fetch_add(1, Ordering::SeqCst);
                    release.acquire().await.expect("open").forget();
                    Ok(Loaded { value: 7, fresh_for: None })
                };
                world.cache.get("a", Duration::from_secs(1_000), None, load).await.map(|value| *value)
            })
        })
        .collect();
    while started.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
    release.add_permits(100);
    for task in tasks {
        assert_eq!(task.await.expect("no panic"), Ok(7));
    }
    assert_eq!(started.load(Ordering::SeqCst), 1);
    assert_eq!(release.available_permits(), 99);
}

#[tokio::test]
async fn i11_a_fetch_that_is_given_up_lets_the_next_one_try() {
    let world = World::new(10);
    let never = world.cache.get("a", Duration::from_secs(1_000), None, async || std::future::pending().await);
    tokio::select! {
        biased;
        _ = never => panic!("pending"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(world.get("a", 1_000, Ok(None)).await, Ok(0));
}

#[tokio::test]
async fn i11_the_ones_unused_for_longest_go_first() {
    let world = World::new(3);
    for (name, at) in [("a", 1), ("b", 2), ("c", 3)] {
        world.get(name, at, Ok(None)).await.expect("loaded");
    }
    assert_eq!(world.get("a", 4, Ok(None)).await, Ok(0));
    world.get("d", 5, Ok(None)).await.expect("loaded");
    assert_eq!(world.cache.slots.lock().unwrap().len(), 3);
    assert_eq!(world.get("a", 6, Ok(None)).await, Ok(0));
    assert_eq!(world.get("b", 7, Ok(None)).await, Ok(4));
}

#[tokio::test]
async fn i11_a_younger_one_can_be_asked_for() {
    let world = World::new(3);
    world.get("a", 1_000, Ok(None)).await.expect("loaded");
    let young = |at: u64, answer: Result<u64, &'static str>| {
        let load = async move || answer.map(|value| Loaded { value, fresh_for: None });
        let at_most = Some(Duration::from_secs(60));
        let world = &world;
        async move { world.cache.get("a", Duration::from_secs(at), at_most, load).await.map(|value| *value) }
    };
    assert_eq!(young(1_059, Ok(70)).await, Ok(0));
    assert_eq!(young(1_060, Ok(71)).await, Ok(71));
    assert_eq!(young(1_120, Err("down")).await, Ok(71));
}
