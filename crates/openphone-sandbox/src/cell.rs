//! One key's workspace as requests and background tasks share it. Whatever changes a workspace goes through
//! [`Cell::change`], which first catches up with the clock, and then starts what the change set in motion.

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::task::{AbortHandle, JoinSet};

use crate::api::{self, Window};
use crate::courier::Bell;
use crate::options::SandboxOptions;
use crate::timers;
use crate::workspace::{Plan, Workspace};

/// A workspace and the rate limit's windows of its keys.
pub(crate) struct Cell {
    pub(crate) options: SandboxOptions,
    tasks: Tasks,
    state: Mutex<State>,
}

struct State {
    workspace: Workspace,
    /// Keys with other conditions are other keys, each with its own budget.
    windows: HashMap<Plan, Window>,
    courier: Option<Bell>,
    /// How far the clock had come at the last change.
    seen: Timestamp,
    alarm: Option<Alarm>,
}

/// Makes a change at a moment of the clock, so that what is due then does not wait for a request.
struct Alarm {
    at: Timestamp,
    task: AbortHandle,
}

impl Cell {
    pub(crate) fn new(workspace: Workspace, options: SandboxOptions, tasks: Tasks) -> Self {
        let seen = options.clock.now();
        let state = State { workspace, windows: HashMap::new(), courier: None, seen, alarm: None };
        Self { options, tasks, state: Mutex::new(state) }
    }

    /// Takes one request out of the budget of a key with this plan: how many are left, or `None` when there was
    /// none.
    pub(crate) fn take_from_budget(&self, plan: Plan) -> Option<u32> {
        let now = self.options.clock.now();
        lock(&self.state).windows.entry(plan).or_default().take(now, self.options.requests_per_second)
    }

    pub(crate) fn read<T>(&self, read: impl FnOnce(&Workspace) -> T) -> T {
        read(&lock(&self.state).workspace)
    }

    /// Changes the workspace at the clock's now. Must run on a tokio runtime, which carries on from there.
    pub(crate) fn change<T>(self: &Arc<Self>, change: impl FnOnce(&mut Workspace, Timestamp) -> T) -> T {
        let mut state = lock(&self.state);
        let now = self.options.clock.now();
        let since = state.seen;
        state.seen = since.max(now);
        state.workspace.notice_overdue(since, now);
        // Before the change: a webhook that it makes was not there when these happened.
        api::address(&mut state.workspace, now);
        let done = change(&mut state.workspace, now);
        api::address(&mut state.workspace, now);
        for errand in std::mem::take(&mut state.workspace.errands) {
            self.tasks.spawn(timers::run(Arc::clone(self), errand));
        }
        if std::mem::take(&mut state.workspace.mail_waits) {
            self.wake_courier(&mut state, now);
        }
        self.set_alarm(&mut state);
        done
    }

    /// As [`change`](Self::change), for the courier: what it writes into the logs is news to nobody.
    pub(crate) fn tend<T>(&self, tend: impl FnOnce(&mut Workspace, Timestamp) -> T) -> T {
        tend(&mut lock(&self.state).workspace, self.options.clock.now())
    }

    fn set_alarm(self: &Arc<Self>, state: &mut State) {
        let at = state.workspace.next_overdue(state.seen);
        let set = state.alarm.as_ref().filter(|alarm| !alarm.task.is_finished());
        if set.map(|alarm| alarm.at) == at {
            return;
        }
        if let Some(alarm) = state.alarm.take() {
            alarm.task.abort();
        }
        let alarm = |at| Alarm { at, task: self.tasks.spawn(timers::ring(Arc::downgrade(self), at)) };
        state.alarm = at.map(alarm);
    }

    fn wake_courier(self: &Arc<Self>, state: &mut State, now: Timestamp) {
        match &state.courier {
            Some(bell) if !bell.is_unheard() => bell.ring(),
            _ => {
                let (bell, courier) = Bell::with_courier(self);
                state.courier = Some(bell);
                state.workspace.resume_deliveries(now);
                self.tasks.spawn(courier);
            }
        }
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").finish_non_exhaustive()
    }
}

/// What runs in the background of a sandbox. Cheap to clone: clones share everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tasks(Arc<Mutex<JoinSet<()>>>);

impl Tasks {
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> AbortHandle {
        let mut tasks = lock(&self.0);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task)
    }

    /// Ends them all, wherever they are.
    pub(crate) fn end(&self) {
        lock(&self.0).abort_all();
    }
}

/// A panic in a handler must not take the workspace with it.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
