//! What an observer hears: each operation with its requests, under names that are nobody's.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openphone_client::Observer;
use openphone_client::observer::{Ending, Exchange};

use crate::server::{KEY, Server, Step};

#[derive(Default)]
struct Listener(Mutex<Vec<String>>);

impl Listener {
    fn say(&self, what: String) {
        self.0.lock().expect("no panic while it was held").push(what);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no panic while it was held"))
    }
}

impl Observer for Listener {
    fn began(&self, operation: &'static str) {
        self.say(format!("{operation} began"));
    }

    fn exchanged(&self, exchange: &Exchange) {
        let Exchange { operation, method, route, attempt, status, .. } = exchange;
        let status = status.map(|status| status.as_u16());
        self.say(format!("{operation} {attempt} {method} {route} {status:?}"));
    }

    fn ended(&self, operation: &'static str, ending: Ending) {
        self.say(format!("{operation} {ending:?}"));
    }
}

#[tokio::test]
async fn an_operation_is_told_with_each_of_its_requests() {
    let listener = Arc::new(Listener::default());
    let server = Server::start([Step::Close, Step::json(500, "{}"), Step::json(404, KEY)]).await;
    let workspace = server.workspace_with(|builder| builder.observer(listener.clone()));
    workspace.tasks().get(&"TKsecret".parse().expect("an id")).await.expect_err("nothing there");
    assert_eq!(
        listener.take(),
        [
            "get_task began",
            "get_task 1 GET /tasks/{} None",
            "get_task 2 GET /tasks/{} Some(500)",
            "get_task 3 GET /tasks/{} Some(404)",
            "get_task Failed(NotFound)",
        ]
    );

    // The workspace's own observer hears of it, and the client's does not.
    let own = Arc::new(Listener::default());
    let workspace = workspace.observed_by(own.clone());
    workspace.tasks().get(&"TK1".parse().expect("an id")).await.expect_err("nothing there");
    assert_eq!((listener.take().len(), own.take().len()), (0, 3));
}

#[tokio::test]
async fn what_nobody_waits_for_any_more_is_told() {
    let listener = Arc::new(Listener::default());
    let server = Server::start([Step::Never]).await;
    let workspace = server.workspace_with(|builder| builder.observer(listener.clone()));
    let id = "TK1".parse().expect("an id");
    let tasks = workspace.tasks();
    let mut call = Box::pin(tasks.get(&id));
    // Until it has arrived, and a moment is enough.
    while server.count() == 0 {
        let moment = tokio::time::timeout(Duration::from_millis(5), &mut call).await;
        assert!(moment.is_err(), "nothing was answered");
    }
    drop(call);
    assert_eq!(listener.take(), ["get_task began", "get_task 1 GET /tasks/{} None", "get_task Dropped"]);
}
