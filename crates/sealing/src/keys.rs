//! All keys of one deployment, and the text of a key file.
//!
//! The text has one `name = value` per line; empty lines and lines that begin with `#` are ignored:
//!
//! ```text
//! # comment
//! ring = k2:<base64url of 32 bytes>,k1:<base64url of 32 bytes>
//! fingerprint = <base64url of 32 bytes>
//! rotated = k1:<seconds since 1970>
//! next = k3
//! ```
//!
//! The last two are left out when there is nothing to say. Releases that do not know them refuse a file that has them:
//! all instances are of a release that does before the first rotation, or the two lines are taken out again.

use crate::entropy::Entropy;
use crate::fingerprint::{self, FingerprintKey};
use crate::key_error::KeyError;
use crate::key_ring::{KeyRing, Kid};
use crate::secret::SecretString;

const HEADER: &str = "\
# Keys of the MCP server. Whoever reads this file can read every token: keep it secret, back it up, mode 0600.
# ring: seals tokens. The first key seals, all of them open; a key that is removed logs its users out.
# fingerprint: names secrets without revealing them. Never change it: quotas and revocations hang on it.
# rotated, next: when a key ceased to seal, and which one will seal next. Not secret, and no key hangs on them.
";

/// All keys of one deployment.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Keys {
    /// Seals and opens tokens; rotates.
    pub ring: KeyRing,
    /// Names secrets; does not rotate.
    pub fingerprint: FingerprintKey,
}

impl Keys {
    /// Puts keys from two places together.
    ///
    /// # Errors
    /// [`KeyError::RepeatedKey`] when the fingerprint key is also in the ring.
    pub fn new(ring: KeyRing, fingerprint: FingerprintKey) -> Result<Self, KeyError> {
        if ring.entries().iter().any(|entry| entry.key.same_as(fingerprint.material())) {
            return Err(KeyError::RepeatedKey { name: fingerprint::KEY_NAME.to_owned() });
        }
        Ok(Self { ring, fingerprint })
    }

    /// Fresh keys for a new deployment; the ring's only key is `k1`.
    #[must_use]
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self {
            ring: KeyRing::generate(entropy, Kid::default()),
            fingerprint: FingerprintKey::generate(entropy),
        }
    }

    /// Reads the text of a key file. Every name occurs once; an unknown name is an error.
    ///
    /// # Errors
    /// When the text has another form or a key is weak.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut ring = None;
        let mut fingerprint = None;
        let mut rotated = None;
        let mut next = None;
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let syntax = |reason| KeyError::Syntax { line: line_number, reason };
            let (name, value) = line.split_once('=').ok_or_else(|| syntax("not `name = value`"))?;
            let slot = match name.trim() {
                "ring" => &mut ring,
                "fingerprint" => &mut fingerprint,
                "rotated" => &mut rotated,
                "next" => &mut next,
                _ => {
                    let names = "unknown name; the names are `ring`, `fingerprint`, `rotated` and `next`";
                    return Err(syntax(names));
                }
            };
            if slot.replace((value.trim(), line_number)).is_some() {
                return Err(syntax("a second value for the same name"));
            }
        }
        let (ring, _) = ring.ok_or(KeyError::MissingValue { name: "ring" })?;
        let (fingerprint, _) = fingerprint.ok_or(KeyError::MissingValue { name: "fingerprint" })?;
        let mut ring = KeyRing::parse(ring)?;
        if let Some((rotated, line)) = rotated {
            ring = ring.with_rotated(rotated).map_err(|reason| KeyError::Syntax { line, reason })?;
        }
        if let Some((next, line)) = next {
            ring = ring.with_next(next).map_err(|reason| KeyError::Syntax { line, reason })?;
        }
        Self::new(ring, FingerprintKey::parse(fingerprint)?)
    }

    /// The text of a key file, with comments for the person who opens it.
    #[must_use]
    pub fn to_secret_text(&self) -> SecretString {
        let ring = self.ring.to_secret_text();
        let fingerprint = self.fingerprint.to_secret_text();
        let rotated = self.ring.rotated_text();
        let next = self.ring.next().map_or("", Kid::as_str);
        // Reserved in full: growing would leave copies of keys behind in freed memory.
        let mut text = String::with_capacity(HEADER.len() + ring.expose().len() + rotated.len() + 160);
        text.push_str(HEADER);
        let values = [
            ("ring", ring.expose()),
            ("fingerprint", fingerprint.expose()),
            ("rotated", &rotated),
            ("next", next),
        ];
        for (name, value) in values.into_iter().filter(|(_, value)| !value.is_empty()) {
            text.push_str(name);
            text.push_str(" = ");
            text.push_str(value);
            text.push('\n');
        }
        SecretString::new(text)
    }
}
