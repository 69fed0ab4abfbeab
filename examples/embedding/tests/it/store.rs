//! The application's store under the suite that every backend must pass.

use std::sync::Arc;
use std::time::Duration;

use embedding_example::store::Drawer;
use state_store::contract::Harness;
use state_store::{ManualClock, Store};

#[derive(Default)]
struct Memory {
    clock: Arc<ManualClock>,
    store: std::sync::OnceLock<Arc<Drawer>>,
}

impl Harness for Memory {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        vec![self.store.get_or_init(|| Arc::new(Drawer::new(self.clock.clone()))).clone()]
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn has_exact_clock(&self) -> bool {
        true
    }
}

state_store::contract_tests!(Some(Memory::default()));
