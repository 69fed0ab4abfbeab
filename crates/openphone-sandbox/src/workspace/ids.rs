//! Ids: a prefix and characters that look random but follow from the workspace's seed alone, so that two
//! runs give the same ids and two workspaces never share one.

use jiff::Timestamp;

use super::Position;
use crate::seed::mix;

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const HEX: &[u8; 16] = b"0123456789abcdef";
const DIGITS: &[u8; 10] = b"0123456789";

/// What an id names; says its prefix and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Organization,
    User,
    SystemActor,
    PhoneNumber,
    Group,
    Conversation,
    /// A message or a call.
    Activity,
    Task,
    Recording,
    Voicemail,
    Contact,
    ContactField,
    ContactNote,
    Registration,
    Webhook,
    LegacyWebhook,
    Event,
    Delivery,
    Attempt,
}

/// Mints the ids of one workspace.
#[derive(Debug)]
pub(crate) struct IdMint {
    seed: u64,
    minted: u64,
    sequence: u64,
}

impl IdMint {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, minted: 0, sequence: 0 }
    }

    /// Sequence numbers go on behind `sequence`.
    pub(crate) fn skip_to(&mut self, sequence: u64) {
        self.sequence = self.sequence.max(sequence);
    }

    pub(crate) fn next(&mut self, kind: Kind) -> String {
        self.minted += 1;
        let entropy = mix(self.seed ^ mix(self.minted));
        let (prefix, alphabet, length): (_, &[u8], _) = match kind {
            Kind::Organization => ("OR", BASE62, 10),
            Kind::User => ("US", BASE62, 10),
            Kind::SystemActor => ("SYU", BASE62, 10),
            Kind::PhoneNumber => ("PN", BASE62, 10),
            Kind::Group => ("GR", BASE62, 10),
            Kind::Conversation => ("CN", HEX, 32),
            Kind::Activity => ("AC", HEX, 32),
            Kind::Task => ("TK", HEX, 32),
            Kind::Registration => ("RG", BASE62, 10),
            Kind::Recording => ("CR", HEX, 32),
            Kind::Voicemail => ("VM", HEX, 32),
            Kind::Contact | Kind::ContactField | Kind::ContactNote => ("", HEX, 24),
            // No zero in front, which a reader of numbers would lose.
            Kind::Webhook => ("7", DIGITS, 9),
            Kind::LegacyWebhook => ("WH", BASE62, 10),
            Kind::Event => ("EV", HEX, 32),
            Kind::Delivery => ("msg_", BASE62, 27),
            Kind::Attempt => ("atmpt_", BASE62, 27),
        };
        let mut id = String::with_capacity(prefix.len() + length);
        id.push_str(prefix);
        let mut state = entropy;
        for place in 0..length {
            // One mixed word gives ten characters in either alphabet.
            if place % 10 == 0 {
                state = mix(entropy.wrapping_add(place as u64 + 1));
            }
            let size = alphabet.len() as u64;
            id.push(char::from(alphabet.get((state % size) as usize).copied().unwrap_or(b'0')));
            state /= size;
        }
        id
    }

    /// A key to sign with: fictional, as the workspace is, so it may follow from the seed too.
    pub(crate) fn next_key(&mut self) -> [u8; 24] {
        self.minted += 1;
        let entropy = mix(self.seed ^ mix(self.minted));
        let mut key = [0; 24];
        for (place, part) in key.chunks_exact_mut(8).enumerate() {
            part.copy_from_slice(&mix(entropy.wrapping_add(place as u64 + 1)).to_be_bytes());
        }
        key
    }

    /// The place of something that happens at `at`, after all that happened in the same millisecond before.
    pub(crate) fn position(&mut self, at: Timestamp) -> Position {
        self.sequence += 1;
        Position { at, sequence: self.sequence }
    }
}
