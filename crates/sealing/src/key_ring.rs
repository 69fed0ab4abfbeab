//! The keys that seal and open: the first seals, all open, and rotation puts a new one in front.
//!
//! Where several instances share a ring, each must be able to open what another has begun to seal with. There a key
//! is staged first (it opens, and is named as the next), and put in front once every instance has it.

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
    /// The key that the next rotation puts in front: one of the entries, and not the first.
    next: Option<Kid>,
}

#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) kid: Kid,
    pub(crate) key: KeyMaterial,
    /// When it ceased to be active, in seconds since the Unix epoch, where that is known.
    rotated_at: Option<u64>,
}

impl Entry {
    fn generate(kid: Kid, entropy: &dyn Entropy) -> Self {
        Self { kid, key: KeyMaterial::generate(entropy), rotated_at: None }
    }
}

impl KeyRing {
    /// A ring of one fresh key.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy, kid: Kid) -> Self {
        Self { entries: vec![Entry::generate(kid, entropy)], next: None }
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
        Ok(Self { entries, next: None })
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

    /// The key that the next rotation puts in front, if one was [staged](KeyRing::staged).
    #[must_use]
    pub fn next(&self) -> Option<&Kid> {
        self.next.as_ref()
    }

    /// When a key ceased to be active, in seconds since the Unix epoch. `None`: it did not, or nobody noted when.
    #[must_use]
    pub fn rotated_at(&self, kid: &Kid) -> Option<u64> {
        self.entries.iter().find(|entry| entry.kid == *kid)?.rotated_at
    }

    /// The same ring with another active key in front: the one that was [staged](KeyRing::staged), or a fresh one, named
    /// `k<number>` with a number above all others. `now` is noted as the time when the key before it ceased to be
    /// active, in seconds since the Unix epoch.
    ///
    /// # Errors
    /// [`KeyError::RingFull`]: no key leaves a ring by itself.
    pub fn rotated(&self, entropy: &dyn Entropy, now: u64) -> Result<Self, KeyError> {
        let mut entries = self.entries.clone();
        entries[0].rotated_at = Some(now);
        let staged = self.next.as_ref().and_then(|next| entries.iter().position(|entry| entry.kid == *next));
        let front = match staged {
            Some(index) => entries.remove(index),
            None => self.fresh(entropy)?,
        };
        entries.insert(0, front);
        Ok(Self { entries, next: None })
    }

    /// The same ring with a fresh key that opens, and that the next rotation puts in front.
    ///
    /// # Errors
    /// [`KeyError::Staged`] when there is one already, [`KeyError::RingFull`].
    pub fn staged(&self, entropy: &dyn Entropy) -> Result<Self, KeyError> {
        if let Some(next) = &self.next {
            return Err(KeyError::Staged { kid: next.to_string() });
        }
        let fresh = self.fresh(entropy)?;
        let next = Some(fresh.kid.clone());
        let mut entries = self.entries.clone();
        entries.insert(1, fresh);
        Ok(Self { entries, next })
    }

    fn fresh(&self, entropy: &dyn Entropy) -> Result<Entry, KeyError> {
        if self.entries.len() >= MAX_KEYS {
            return Err(KeyError::RingFull { max: MAX_KEYS });
        }
        let highest = self.kids().filter_map(Kid::number).max().unwrap_or(0);
        Ok(Entry::generate(Kid::numbered(highest + 1), entropy))
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
        let entries = self.entries.iter().filter(|entry| entry.kid != *kid).cloned().collect();
        Ok(Self { entries, next: self.next.clone().filter(|next| next != kid) })
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

    /// Takes up when keys ceased to be active, as [`KeyRing::rotated_text`] writes it. A time of a key that is not there
    /// any more, or is active, says nothing and is left out.
    pub(crate) fn with_rotated(mut self, text: &str) -> Result<Self, &'static str> {
        for entry in text.split(',') {
            let (kid, time) = parse_time(entry.trim()).ok_or("not `kid:seconds since 1970`")?;
            if let Some(entry) = self.entries.iter_mut().skip(1).find(|entry| entry.kid == kid) {
                entry.rotated_at = Some(time);
            }
        }
        Ok(self)
    }

    /// Takes up which key is staged. One that is not there any more, or is active by now, is not.
    pub(crate) fn with_next(mut self, text: &str) -> Result<Self, &'static str> {
        let next = Kid::parse(text).map_err(|_| "not a key id")?;
        let waits = self.kids().skip(1).any(|kid| *kid == next);
        self.next = waits.then_some(next);
        Ok(self)
    }

    /// `kid:time` of each key whose time is known, separated by commas. May be empty.
    pub(crate) fn rotated_text(&self) -> String {
        let known = self.entries.iter().filter_map(|entry| Some((&entry.kid, entry.rotated_at?)));
        known.map(|(kid, time)| format!("{kid}:{time}")).collect::<Vec<_>>().join(",")
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
    Ok(Entry { kid, key, rotated_at: None })
}

fn parse_time(text: &str) -> Option<(Kid, u64)> {
    let (kid, time) = text.split_once(':')?;
    Some((Kid::parse(kid).ok()?, time.parse().ok()?))
}

fn name_of(kid: &str) -> String {
    format!("key {kid} of the ring")
}
