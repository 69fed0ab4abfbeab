//! Proof Key for Code Exchange, method S256 alone (RFC 7636; OAuth 2.1 section 4.1.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The only method.
pub(crate) const METHOD: &str = "S256";

/// A code challenge: the SHA-256 of a verifier.
pub(crate) type Challenge = [u8; 32];

/// Reads a challenge: 43 characters of base64url, which are exactly 32 bytes.
pub(crate) fn parse_challenge(text: &str) -> Option<Challenge> {
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}

/// The challenge as clients send it.
pub(crate) fn encode_challenge(challenge: &Challenge) -> String {
    URL_SAFE_NO_PAD.encode(challenge)
}

/// Whether `verifier` is well formed (43 to 128 unreserved characters) and the challenge's, in constant time.
pub(crate) fn verify(verifier: &str, challenge: &Challenge) -> bool {
    let well_formed = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    well_formed && bool::from(Sha256::digest(verifier).ct_eq(challenge))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn f3_n5_the_vector_of_rfc_7636_appendix_b() {
        let challenge = parse_challenge(CHALLENGE).expect("a challenge");
        assert!(verify(VERIFIER, &challenge));
        assert_eq!(encode_challenge(&challenge), CHALLENGE);
        for length in [42, 43, 128, 129] {
            let verifier = "-._~".repeat(33)[..length].to_owned();
            let own = Sha256::digest(&verifier).into();
            assert_eq!(verify(&verifier, &own), (43..=128).contains(&length), "{length} characters");
            let other = format!("{}/", &verifier[1..]);
            assert!(!verify(&other, &Sha256::digest(&other).into()), "{other}");
        }
        let mut changed = VERIFIER.to_owned();
        changed.replace_range(42.., "l");
        for wrong in [&changed, &VERIFIER[..42], &format!("{VERIFIER}="), &VERIFIER.repeat(3), ""] {
            assert!(!verify(wrong, &challenge), "{wrong}");
        }
    }

    #[test]
    fn c4_only_32_bytes_of_base64url_are_a_challenge() {
        let long = format!("{CHALLENGE}A");
        let padded = format!("{CHALLENGE}=");
        let standard = CHALLENGE.replace('-', "+");
        // The last character has two spare bits, which must be zero.
        let loose = format!("{}N", &CHALLENGE[..42]);
        for wrong in [&CHALLENGE[..42], &long, &padded, &standard, &loose, "", "plain"] {
            assert_eq!(parse_challenge(wrong), None, "{wrong}");
        }
    }
}
