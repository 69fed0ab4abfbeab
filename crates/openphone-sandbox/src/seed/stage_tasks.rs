//! Turns the table of tasks into tasks. `stage.rs` does the texts, `stage_calls.rs` the calls.

use super::script::{About, TaskScript, TaskState};
use super::stage::Stage;
use crate::workspace::{NewTask, TaskChange, TaskSubject, party};

impl Stage<'_> {
    pub(super) fn add_tasks(&mut self) {
        for script in self.cast.business.tasks {
            let Some(subject) = self.subject(script.about) else { continue };
            let contact = match script.about {
                About::Inbox(_) => None,
                About::Thread(contact, _) | About::Call(contact) => Some(contact),
            };
            let author = self.user(script.by);
            let new = NewTask {
                title: self.fill(script.title, contact, Some(script.by)),
                description: self.fill(script.description, contact, Some(script.by)),
                due: script.due.map(|(days, hour)| self.on_day(days, hour, 0)),
                assigned_to: script.assigned_to.map(|teammate| self.user(teammate)),
                subject,
                author: author.clone(),
            };
            self.add_task(script, new, &author);
        }
    }

    fn add_task(&mut self, script: &TaskScript, new: NewTask, author: &str) {
        let at = self.moment(script.at, 0);
        let Ok(id) = self.workspace.create_task(new, at).map(|task| task.id) else { return };
        let change = match script.state {
            TaskState::Open => return,
            TaskState::Completed => TaskChange::Complete,
            TaskState::Deleted => TaskChange::Delete,
        };
        if let Err(refusal) = self.workspace.change_task(&id, change, author, at) {
            tracing::error!(title = script.title, ?refusal, "seeded task left open");
        }
    }

    fn subject(&self, about: About) -> Option<TaskSubject> {
        let inbox_id = |inbox: usize| self.workspace.inboxes.get(inbox).map(|inbox| inbox.id.clone());
        match about {
            About::Inbox(inbox) => Some(TaskSubject {
                phone_number_id: inbox_id(inbox)?,
                conversation_id: None,
                activity_id: None,
            }),
            About::Thread(contact, inbox) => {
                let inbox = inbox_id(inbox)?;
                let participants = party(&[self.cast.contact_number(contact)]);
                let known = self.workspace.conversation_between(&inbox, &participants)?;
                self.workspace.conversation_subject(&known.id)
            }
            About::Call(contact) => {
                let number = self.cast.contact_number(contact);
                let with_them = |call: &&crate::workspace::Call| call.others.first() == Some(&number);
                let call =
                    self.workspace.calls.kept().iter().filter(with_them).max_by_key(|call| call.created)?;
                self.workspace.activity_subject(&call.id)
            }
        }
    }
}
