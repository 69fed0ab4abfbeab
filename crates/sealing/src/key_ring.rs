//! The keys that seal and open: the first seals, all open, and rotation puts a new one in front.

use std::fmt;

use crate::entropy::Entropy;
use crate::key_error::KeyError;
use crate::key_material::KeyMaterial;
use crate::purpose::is_short_name;
use crate::secret::SecretString;

/// Most keys that a ring holds. Monthly rotation and tokens of 180 days need seven.
const MAX_KEYS: usize = 32;

/// A short name of a key, in clear in every token: 1 to 16 characters of `a-z0-9`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Kid(String);

impl Kid {
    /// Checks the form of a key id.
    ///
    /// # Errors
    /// [`KeyError::MalformedKid`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        if is_short_name(text) { Ok(Self(text.to_owned())) } else { Err(KeyError::MalformedKid) }
    }

    /// The id as it stands in tokens.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn numbered(number: u64) -> Self {
        Self(format!("k{number}"))
    }

    /// The number of an id of the form `k<number>`, as [`KeyRing::rotated`] makes them.
    fn number(&self) -> Option<u64> {
        // 15 digits keep the successor inside 16 characters.
        self.0.strip_prefix('k').filter(|digits| digits.len() < 15)?.parse().ok()
    }
}

impl Default for Kid {
    /// `k1`, the id of the first key of a new ring.
    fn default() -> Self {
        Self::numbered(1)
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Root keys in order: the first is active and seals, all of them open.
///
/// A key that leaves the ring takes every token with it that it sealed.
#[derive(Clone)]
pub struct KeyRing {
    /// Never empty; kids and keys are distinct.
    entries: Vec<Entry>,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) kid: Kid,
    pub(crate) key: KeyMaterial,
}

impl KeyRing {
    /// A ring of one fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy, kid: Kid) -> Self {
        Self { entries: vec![Entry { kid, key: KeyMaterial::generate(entropy) }] }
    }

    /// Reads `kid:key` entries, separated by commas, the active one first; a key is 32 bytes in base64url without
    /// padding. Space around an entry is ignored.
    ///
    /// # Errors
    /// When the text has another form, a key is weak, or a kid or key occurs twice.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let entries = text
            .split(',')
            .enumerate()
            .map(|(index, entry)| parse_entry(entry.trim(), index + 1))
            .collect::<Result<Vec<_>, _>>()?;
        if entries.len() > MAX_KEYS {
            return Err(KeyError::RingSize { count: entries.len(), max: MAX_KEYS });
        }
        for (index, entry) in entries.iter().enumerate() {
            for earlier in &entries[..index] {
                if earlier.kid == entry.kid {
                    return Err(KeyError::DuplicateKid { kid: entry.kid.to_string() });
                }
                if earlier.key.same_as(&entry.key) {
                    return Err(KeyError::RepeatedKey { name: name_of(entry.kid.as_str()) });
                }
            }
        }
        Ok(Self { entries })
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn active(&self) -> &Kid {
        &self.entries[0].kid
    }

    /// All ids, the active one first.
    pub fn kids(&self) -> impl Iterator<Item = &Kid> {
        self.entries.iter().map(|entry| &entry.kid)
    }

    /// The same ring with a fresh active key in front, named `k<number>` with a number above all others. The
    /// oldest key falls out when the ring is full (32 keys).
    #[must_use]
    pub fn rotated(&self, entropy: &dyn Entropy) -> Self {
        let highest = self.kids().filter_map(Kid::number).max().unwrap_or(0);
        let fresh = Entry { kid: Kid::numbered(highest + 1), key: KeyMaterial::generate(entropy) };
        let kept = self.entries.iter().take(MAX_KEYS - 1).cloned();
        Self { entries: std::iter::once(fresh).chain(kept).collect() }
    }

    /// The same ring without one key. Everything that this key sealed is lost.
    ///
    /// # Errors
    /// [`KeyError::UnknownKid`], or [`KeyError::ActiveKey`] for the first key.
    pub fn without(&self, kid: &Kid) -> Result<Self, KeyError> {
        if self.active() == kid {
            return Err(KeyError::ActiveKey { kid: kid.to_string() });
        }
        if !self.kids().any(|known| known == kid) {
            return Err(KeyError::UnknownKid { kid: kid.to_string() });
        }
        Ok(Self { entries: self.entries.iter().filter(|entry| entry.kid != *kid).cloned().collect() })
    }

    /// The form that [`KeyRing::parse`] reads.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretString {
        // Reserved in full: growing would leave copies of keys behind in freed memory.
        let mut text = String::with_capacity(self.entries.len() * 64);
        for (index, entry) in self.entries.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(entry.kid.as_str());
            text.push(':');
            entry.key.write(&mut text);
        }
        SecretString::new(text)
    }

    pub(crate) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }
}

/// Shows the ids alone.
impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.kids().map(Kid::as_str)).finish()
    }
}

fn parse_entry(text: &str, position: usize) -> Result<Entry, KeyError> {
    let (kid, key) = text.split_once(':').ok_or(KeyError::MalformedEntry { position })?;
    let kid = Kid::parse(kid).map_err(|_| KeyError::MalformedEntry { position })?;
    let key = KeyMaterial::parse(key, &name_of(kid.as_str()))?;
    Ok(Entry { kid, key })
}

fn name_of(kid: &str) -> String {
    format!("key {kid} of the ring")
}
