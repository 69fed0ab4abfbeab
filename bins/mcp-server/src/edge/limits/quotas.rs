//! Rates of certain API keys, and of the workspaces whose keys the operator has named together.
//!
//! A request does not say which workspace its key belongs to, and asking for it would be a call upstream. Whoever bills
//! workspaces knows their keys' fingerprints, which `grants list` shows.

use std::collections::HashMap;
use std::str::FromStr;

use super::rate::{Allowance, Rate};

const HINT: &str = "write it like FINGERPRINT=5/s for one key, or FINGERPRINT+FINGERPRINT=1000/h for all keys of a workspace, \
                    with the 32 digits that `mcp-server grants list` shows";

/// One of them, as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    keys: Vec<[u8; 16]>,
    rate: Allowance,
}

impl FromStr for Quota {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (keys, rate) = text.split_once('=').ok_or_else(|| format!("'{text}' has no rate: {HINT}"))?;
        let keys = keys.split('+').map(|key| fingerprint(key.trim())).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { keys, rate: rate.parse()? })
    }
}

fn fingerprint(text: &str) -> Result<[u8; 16], String> {
    let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bits = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
    bits.map(u128::to_be_bytes).ok_or_else(|| format!("'{text}' is no fingerprint of a key: {HINT}"))
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Quotas {
    keys: HashMap<[u8; 16], Allowance>,
    workspaces: HashMap<[u8; 16], (usize, Rate)>,
}

impl Quotas {
    /// Looks up what was written.
    ///
    /// # Errors
    /// A key is named twice in one role: which of the rates would count?
    pub fn new(written: &[Quota]) -> Result<Self, String> {
        let mut quotas = Self::default();
        for (index, quota) in written.iter().enumerate() {
            for key in &quota.keys {
                let twice = match (quota.keys.len(), quota.rate) {
                    (1, rate) => quotas.keys.insert(*key, rate).is_some(),
                    (_, Allowance::Off) => false,
                    (_, Allowance::Of(rate)) => quotas.workspaces.insert(*key, (index, rate)).is_some(),
                };
                if twice {
                    let key = u128::from_be_bytes(*key);
                    return Err(format!("the key {key:032x} is named twice"));
                }
            }
        }
        Ok(quotas)
    }

    pub(super) fn of_key(&self, key: &[u8; 16]) -> Option<Allowance> {
        if self.keys.is_empty() { None } else { self.keys.get(key).copied() }
    }

    pub(super) fn of_workspace(&self, key: &[u8; 16]) -> Option<(usize, Rate)> {
        if self.workspaces.is_empty() { None } else { self.workspaces.get(key).copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_operators_write_them() {
        let (a, b, c) = ("0a".repeat(16), "0b".repeat(16), "0c".repeat(16));
        let read = |texts: &[String]| {
            let written: Result<Vec<Quota>, _> = texts.iter().map(|text| text.parse()).collect();
            written.and_then(|written| Quotas::new(&written))
        };
        let quotas = read(&[format!("{a}=5/s"), format!("{a}+{b}=1000/h"), format!("{c}=off")]).unwrap();
        let key = |byte| [byte; 16];
        assert_eq!(quotas.of_key(&key(0xa)), Some("5/s".parse().unwrap()));
        assert_eq!(quotas.of_key(&key(0xb)), None);
        assert_eq!(quotas.of_key(&key(0xc)), Some(Allowance::Off));
        assert_eq!(quotas.of_workspace(&key(0xa)), quotas.of_workspace(&key(0xb)));
        assert_eq!(quotas.of_workspace(&key(0xb)), Some((1, "1000/h".parse().unwrap())));
        assert_eq!(quotas.of_workspace(&key(0xc)), None);
        for (wrong, part) in [
            (vec![a.clone()], "has no rate"),
            (vec![format!("{a}=5")], "is no rate"),
            (vec!["0a0a=5/s".to_owned()], "is no fingerprint"),
            (vec![format!("{a}=5/s"), format!("{a}=6/s")], "is named twice"),
            (vec![format!("{a}+{b}=5/s"), format!("{a}+{c}=6/s")], "is named twice"),
        ] {
            let error = read(&wrong).unwrap_err();
            assert!(error.contains(part), "{wrong:?}: {error}");
        }
    }
}
