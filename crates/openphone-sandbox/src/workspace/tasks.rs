//! Tasks in a workspace. Each change is a [`TaskChange`], and all of them go through one function, so that what
//! follows from a change is said in one place. Due dates pass by themselves: `Cell` watches the clock for them.

use std::borrow::Cow;

use jiff::Timestamp;

use super::events::TASK_OVERDUE;
use super::{Happening, Kind, Task, TaskEvent, Workspace};

/// A task to be made; what it names is already checked.
#[derive(Debug)]
pub(crate) struct NewTask {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) due: Option<Timestamp>,
    pub(crate) assigned_to: Option<String>,
    pub(crate) subject: TaskSubject,
    /// Who makes it.
    pub(crate) author: String,
}

/// What a task is about: an inbox, and perhaps a conversation of it, and perhaps a message or call in that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TaskSubject {
    pub(crate) phone_number_id: String,
    pub(crate) conversation_id: Option<String>,
    pub(crate) activity_id: Option<String>,
}

/// One thing to do to a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TaskChange {
    Edit {
        title: String,
        description: String,
    },
    Complete,
    /// Opens one that is completed, or deleted.
    Reopen,
    Delete,
    Assign {
        user_id: String,
    },
    /// Nothing when somebody else has it.
    Unassign {
        user_id: String,
    },
    SetDueDate(Timestamp),
    RemoveDueDate,
    Link(TaskSubject),
    /// Nothing when another conversation is linked.
    Unlink {
        conversation_id: String,
    },
}

/// Why a task was not made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TaskRefusal {
    /// There is none with this id, or it is deleted, after which it can only be read and reopened.
    NotFound,
    /// As many are open as the workspace may have.
    TooManyOpen,
}

impl Workspace {
    /// Any task, a deleted one too.
    pub(crate) fn task(&self, id: &str) -> Option<Cow<'_, Task>> {
        self.tasks.get(id)
    }

    /// What a task about this conversation is about.
    pub(crate) fn conversation_subject(&self, conversation_id: &str) -> Option<TaskSubject> {
        let conversation = self.conversation(conversation_id)?;
        Some(TaskSubject {
            phone_number_id: conversation.phone_number_id.clone(),
            conversation_id: Some(conversation.id.clone()),
            activity_id: None,
        })
    }

    /// What a task about this message or call is about.
    pub(crate) fn activity_subject(&self, activity_id: &str) -> Option<TaskSubject> {
        let message = self.message(activity_id).map(|message| message.conversation_id.clone());
        let conversation =
            message.or_else(|| self.call(activity_id).map(|call| call.conversation_id.clone()))?;
        let subject = self.conversation_subject(&conversation)?;
        Some(TaskSubject { activity_id: Some(activity_id.to_owned()), ..subject })
    }

    /// Makes a task, open. That it is assigned from the start is part of that, and no event of its own.
    pub(crate) fn create_task(&mut self, new: NewTask, now: Timestamp) -> Result<Task, TaskRefusal> {
        self.room_for_open_task()?;
        let task = Task {
            id: self.ids.next(Kind::Task),
            title: new.title,
            description: new.description,
            due: new.due,
            assigned_by: new.assigned_to.is_some().then(|| new.author.clone()),
            assigned_to: new.assigned_to,
            created_by: new.author,
            created: self.position(now),
            phone_number_id: new.subject.phone_number_id,
            conversation_id: new.subject.conversation_id,
            activity_id: new.subject.activity_id,
            completed: false,
            deleted: false,
            revision: 1,
        };
        self.tasks.insert(task.clone());
        self.emit(Happening::Task(TaskEvent::Created, task.clone(), task.created_by.clone()), now);
        Ok(task)
    }

    /// Does one thing to a task and gives it back. When something really changed, its revision grows and the
    /// webhooks are told. `actor` is who does it.
    pub(crate) fn change_task(
        &mut self,
        id: &str,
        change: TaskChange,
        actor: &str,
        now: Timestamp,
    ) -> Result<Task, TaskRefusal> {
        let before = self.tasks.get(id).ok_or(TaskRefusal::NotFound)?.into_owned();
        if change == TaskChange::Reopen && !before.is_open() {
            self.room_for_open_task()?;
        }
        if before.deleted && !matches!(change, TaskChange::Reopen | TaskChange::Delete) {
            return Err(TaskRefusal::NotFound);
        }
        let task = self.tasks.get_mut(id).ok_or(TaskRefusal::NotFound)?;
        let event = task.apply(change, actor);
        let changed = *task != before;
        if changed {
            task.revision += 1;
        }
        let after = task.clone();
        if changed {
            let shown = if event.takes_away() { &before } else { &after };
            self.emit(Happening::Task(event, shown.clone(), actor.to_owned()), now);
        }
        if before.is_open() && !after.is_open() {
            self.forget_closed_tasks(id);
        }
        Ok(after)
    }

    /// Tells the webhooks of the open tasks whose due dates passed since a moment. One that is given a due date
    /// in the past was never seen to pass it.
    pub(crate) fn notice_overdue(&mut self, since: Timestamp, now: Timestamp) {
        let passed = |task: &&Task| task.open_until().is_some_and(|due| since < due && due <= now);
        let mut overdue: Vec<Task> = self.tasks.kept().iter().filter(passed).cloned().collect();
        overdue.sort_by_key(|task| task.due);
        for task in overdue {
            let owner = task.assigned_to.clone().unwrap_or_else(|| task.created_by.clone());
            self.emit(Happening::Task(TaskEvent::Overdue, task, owner), now);
        }
    }

    /// When the next due date passes that a webhook wants to be told of.
    pub(crate) fn next_overdue(&self, since: Timestamp) -> Option<Timestamp> {
        if !self.webhooks.iter().any(|webhook| webhook.enabled && webhook.events.contains(&TASK_OVERDUE)) {
            return None;
        }
        self.tasks.kept().iter().filter_map(Task::open_until).filter(|due| *due > since).min()
    }

    fn room_for_open_task(&self) -> Result<(), TaskRefusal> {
        let open = self.tasks.kept().iter().filter(|task| task.is_open()).count();
        if open < self.limits.open_tasks { Ok(()) } else { Err(TaskRefusal::TooManyOpen) }
    }

    /// Keeps as many closed tasks as there may be open ones; the oldest go first, the one just closed stays.
    fn forget_closed_tasks(&mut self, just_closed: &str) {
        let closed = self.tasks.kept().iter().filter(|task| !task.is_open());
        let spare = closed.clone().count().saturating_sub(self.limits.open_tasks.max(1));
        let spare: Vec<String> =
            closed.filter(|task| task.id != just_closed).take(spare).map(|task| task.id.clone()).collect();
        self.tasks.retain(|task| !spare.contains(&task.id));
    }
}

impl Task {
    pub(crate) fn is_open(&self) -> bool {
        !self.completed && !self.deleted
    }

    /// When it becomes overdue, unless it is closed before.
    fn open_until(&self) -> Option<Timestamp> {
        self.due.filter(|_| self.is_open())
    }

    /// Does one thing to it, if that changes anything; what then happened.
    fn apply(&mut self, change: TaskChange, actor: &str) -> TaskEvent {
        match change {
            TaskChange::Edit { title, description } => {
                let event = TaskEvent::Updated {
                    title: self.title != title,
                    description: self.description != description,
                };
                self.title = title;
                self.description = description;
                event
            }
            TaskChange::Complete => {
                self.completed = true;
                TaskEvent::Completed
            }
            TaskChange::Reopen => {
                self.completed = false;
                self.deleted = false;
                TaskEvent::Reopened
            }
            TaskChange::Delete => {
                self.deleted = true;
                TaskEvent::Deleted
            }
            TaskChange::Assign { user_id } => {
                if self.assigned_to.as_ref() != Some(&user_id) {
                    self.assigned_to = Some(user_id);
                    self.assigned_by = Some(actor.to_owned());
                }
                TaskEvent::Assigned
            }
            TaskChange::Unassign { user_id } => {
                if self.assigned_to.as_ref() == Some(&user_id) {
                    self.assigned_to = None;
                    self.assigned_by = None;
                }
                TaskEvent::Unassigned
            }
            TaskChange::SetDueDate(due) => {
                self.due = Some(due);
                TaskEvent::DueDateUpdated
            }
            TaskChange::RemoveDueDate => {
                self.due = None;
                TaskEvent::DueDateRemoved
            }
            TaskChange::Link(subject) => {
                if self.conversation_id != subject.conversation_id {
                    self.phone_number_id = subject.phone_number_id;
                    self.conversation_id = subject.conversation_id;
                    self.activity_id = subject.activity_id;
                }
                TaskEvent::Linked
            }
            TaskChange::Unlink { conversation_id } => {
                if self.conversation_id.as_ref() == Some(&conversation_id) {
                    self.conversation_id = None;
                    self.activity_id = None;
                }
                TaskEvent::Unlinked
            }
        }
    }
}
