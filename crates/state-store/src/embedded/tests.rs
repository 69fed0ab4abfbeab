//! The store in a file whose tables are brought up to date all the time: whatever happens meanwhile, it keeps the contract.
#![expect(clippy::allow_attributes, reason = "the suite's macro has one for where it is used elsewhere")]

use super::*;
use crate::clock::ManualClock;
use crate::contract::Harness;

const START: Duration = Duration::from_secs(1_800_000_000);
/// After each batch; the journal is long after some.
const HURRIED: Pace = Pace { after: Duration::ZERO, keys: 64, bytes: 4096, few: 4 };

struct Hurried {
    // Before the folder, so that it is closed when the folder goes.
    store: Arc<EmbeddedStore>,
    clock: Arc<ManualClock>,
    _folder: tempfile::TempDir,
}

impl Harness for Hurried {
    fn stores(&self) -> Vec<Arc<dyn Store>> {
        vec![self.store.clone()]
    }

    async fn advance(&self, by: Duration) {
        self.clock.advance(by);
    }

    fn has_exact_clock(&self) -> bool {
        true
    }
}

fn harness() -> Option<Hurried> {
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at(START));
    let engine = FileEngine::open(&folder.path().join("state"), clock.clone(), HURRIED).expect("opens");
    let store = Arc::new(EmbeddedStore::new(Engine::File(engine), clock.clone()));
    Some(Hurried { store, clock, _folder: folder })
}

crate::contract_tests!(harness());
