//! Randomness as a dependency.

/// A source of unpredictable bytes, injected wherever a nonce, handle or key is made.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes`. Panics when the source fails: nothing secure can be done without it.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks the system")]
    #[expect(clippy::expect_used, reason = "without randomness no secure operation can go on")]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system's random generator failed");
    }
}

/// `N` fresh bytes.
pub fn random<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}
