//! Ids that carry what they name: a number, scrambled, behind a checksum of it. They read back in constant
//! time, and one of another workspace, of another kind, or made up, does not read at all.

use super::permutation::Permutation;
use crate::seed::mix;

/// What an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Call,
    Conversation,
    Contact,
    ContactField,
    Recording,
    Voicemail,
}

impl Kind {
    /// Prefix, and hexadecimal digits of the checksum.
    const fn shape(self) -> (&'static str, usize) {
        match self {
            Self::Message | Self::Call => ("AC", 16),
            Self::Conversation => ("CN", 16),
            Self::Contact | Self::ContactField => ("", 8),
            Self::Recording => ("CR", 16),
            Self::Voicemail => ("VM", 16),
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    seed: u64,
}

/// Every number that is ever named is far below.
const NUMBERS: Permutation = Permutation::new(0, 1 << 62);

impl Ids {
    pub(super) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    pub(super) fn id(&self, kind: Kind, number: u64) -> String {
        let key = self.key(kind);
        let word = NUMBERS.keyed(key).at(number);
        let (prefix, digits) = kind.shape();
        let check = mix(key ^ mix(word)) >> (64 - 4 * digits);
        format!("{prefix}{check:0digits$x}{word:016x}")
    }

    /// The number that an id names, if it is one of this kind.
    pub(super) fn number(&self, kind: Kind, id: &str) -> Option<u64> {
        let (prefix, digits) = kind.shape();
        let (_, word) = id.strip_prefix(prefix)?.split_at_checked(digits)?;
        let word = u64::from_str_radix(word, 16).ok().filter(|word| *word < 1 << 62)?;
        let number = NUMBERS.keyed(self.key(kind)).place_of(word);
        // The spelling counts too: capitals or a sign would read as the same number.
        (self.id(kind, number) == id).then_some(number)
    }

    fn key(&self, kind: Kind) -> u64 {
        mix(self.seed ^ mix(0x1d + kind as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::{Ids, Kind};

    #[test]
    fn an_id_reads_back_and_a_wrong_one_does_not() {
        let ids = Ids::new(7);
        for number in [0, 1, 499_999, 1 << 40] {
            let id = ids.id(Kind::Message, number);
            assert!(id.len() == 34 && id.starts_with("AC"), "{id}");
            assert_eq!(ids.number(Kind::Message, &id), Some(number));
            assert_eq!(ids.number(Kind::Call, &id), None, "another kind");
            assert_eq!(Ids::new(8).number(Kind::Message, &id), None, "another workspace");
            assert_eq!(ids.number(Kind::Message, &id.to_uppercase()), None, "another spelling");
            for place in 2..id.len() {
                let digit = if &id[place..=place] == "0" { "1" } else { "0" };
                let forged = format!("{}{digit}{}", &id[..place], &id[place + 1..]);
                assert_eq!(ids.number(Kind::Message, &forged), None, "{forged}");
            }
        }
        assert_eq!(ids.id(Kind::Contact, 3).len(), 24);
        for wrong in ["", "AC", "AC0", "ACzz", "CN00000000000000000000000000000000", "AC€€€€€€€€€€€€"]
        {
            assert_eq!(ids.number(Kind::Message, wrong), None, "{wrong}");
        }
    }
}
