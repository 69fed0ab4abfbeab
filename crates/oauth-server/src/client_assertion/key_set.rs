//! A client's public keys: JSON Web Keys (RFC 7517, RFC 7518 section 6), RSA and P-256.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// The signature algorithms (RFC 7518 section 3.1).
pub(crate) const ALGORITHMS: [&str; 2] = ["RS256", "ES256"];

/// Most keys of one client.
const MOST_KEYS: usize = 32;

/// The keys of a client that can be used here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeySet(Vec<PublicKey>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct PublicKey {
    id: Option<String>,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The private part of a key, or a secret: nobody may have that.
const PRIVATE: [&str; 2] = ["d", "k"];

impl KeySet {
    /// Reads a set.
    pub(crate) fn parse(body: &[u8]) -> Option<Self> {
        Self::from_value(&serde_json::from_slice(body).ok()?)
    }

    /// Reads a set. Keys for other uses are passed over; a private key spoils the set.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        let keys = value.get("keys")?.as_array().filter(|keys| keys.len() <= MOST_KEYS)?;
        let mut usable = Vec::new();
        for key in keys {
            // Of any key, also of one that cannot be read further.
            if PRIVATE.iter().any(|name| key.get(name).is_some_and(|value| !value.is_null())) {
                return None;
            }
            let Ok(jwk) = Jwk::deserialize(key) else { continue };
            let signs = jwk.usage.as_deref().is_none_or(|usage| usage == "sig");
            let Some(material) = jwk.material().filter(|material| {
                signs && jwk.alg.as_deref().is_none_or(|algorithm| algorithm == material.algorithm())
            }) else {
                continue;
            };
            usable.push(PublicKey { id: jwk.kid, material });
        }
        Some(Self(usable))
    }

    /// Whether the set has a key of this name.
    pub(crate) fn has(&self, id: Option<&str>) -> bool {
        id.is_none_or(|id| self.0.iter().any(|key| key.id.as_deref() == Some(id)))
    }

    /// Whether the one key that is meant made this signature. Without a name it must be the only key of its algorithm.
    pub(crate) fn verify(&self, algorithm: &str, id: Option<&str>, message: &[u8], signature: &[u8]) -> bool {
        let meant = |key: &&PublicKey| {
            key.material.algorithm() == algorithm && id.is_none_or(|id| key.id.as_deref() == Some(id))
        };
        let mut meant = self.0.iter().filter(meant);
        match (meant.next(), meant.next()) {
            (Some(key), None) => key.material.verify(message, signature),
            _ => false,
        }
    }
}

impl Jwk {
    fn material(&self) -> Option<Material> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let (modulus, exponent) = (number(self.n.as_deref()?)?, number(self.e.as_deref()?)?);
                Some(Material::Rsa { modulus, exponent })
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (bytes(self.x.as_deref()?)?, bytes(self.y.as_deref()?)?);
                (x.len() == 32 && y.len() == 32).then(|| Material::P256([&[4][..], &x, &y].concat()))
            }
            _ => None,
        }
    }
}

impl Material {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => ALGORITHMS[0],
            Self::P256(_) => ALGORITHMS[1],
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { modulus, exponent } => RsaPublicKeyComponents { n: modulus, e: exponent }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
        }
    }
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// A number without leading zeros, which some write and the signature's check does not take.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = bytes(text)?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    Some(bytes[zeros..].to_vec())
}
