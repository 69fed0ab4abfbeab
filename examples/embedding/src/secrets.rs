//! The application's own source of keys, in place of a key file: its vault hands out texts by name.

use std::collections::HashMap;

use sealing::{KeyError, KeySource, Keys, OsEntropy, SecretString};

/// The name of our text in the vault. The text has the form that [`Keys::parse`] reads.
const NAME: &str = "phone-keys";

/// Secrets by name.
#[derive(Default)]
pub struct Vault(HashMap<&'static str, SecretString>);

impl Vault {
    /// A vault with fresh keys, for a trial run: who signed in has to do so again after the next start.
    #[must_use]
    pub fn for_a_trial() -> Self {
        Self(HashMap::from([(NAME, Keys::generate(&OsEntropy).to_secret_text())]))
    }
}

impl KeySource for Vault {
    fn load(&self) -> Result<Keys, KeyError> {
        let text = self.0.get(NAME).ok_or(KeyError::MissingValue { name: NAME })?;
        Keys::parse(text.expose())
    }
}

/// Without what it holds.
impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}
