//! Published vectors, through the functions that seal and open.

use super::{Extracted, decrypt, encrypt};
use hkdf::Hkdf;
use sha2::Sha256;

/// draft-irtf-cfrg-xchacha-03 appendix A.3.1.
#[test]
fn xchacha20_poly1305_draft_a3() {
    let plaintext =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                      sunscreen would be it.";
    let associated = hex("50515253c0c1c2c3c4c5c6c7");
    let key = array(&hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"));
    let nonce = array(&hex("404142434445464748494a4b4c4d4e4f5051525354555657"));
    let sealed = hex("bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
                      731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
                      2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
                      21f9664c97637da9768812f615c68b13b52e\
                      c0875924c1c7987947deafd8780acf49");

    let mut buffer = plaintext.to_vec();
    encrypt(&key, &nonce, &associated, &mut buffer);
    assert_eq!(buffer, sealed);
    decrypt(&key, &nonce, &associated, &mut buffer).expect("authentic");
    assert_eq!(buffer, plaintext);
}

/// RFC 5869 appendix A.1 and A.2: our sub-keys are the first 32 bytes of each OKM.
#[test]
fn hkdf_sha256_rfc5869() {
    let case_1 = Extracted::new(&hex("000102030405060708090a0b0c"), &[0x0b; 22]);
    let okm = hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    assert_eq!(case_1.expand(&[&hex("f0f1f2f3f4f5f6f7f8f9")]).as_slice(), okm);
    // The parts of `info` count as one text.
    assert_eq!(case_1.expand(&[&hex("f0f1f2"), &hex("f3f4f5f6f7f8f9")]).as_slice(), okm);

    let bytes = |from: u8, to: u8| (from..=to).collect::<Vec<_>>();
    let case_2 = Extracted::new(&bytes(0x60, 0xaf), &bytes(0x00, 0x4f));
    let okm = hex("b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c");
    assert_eq!(case_2.expand(&[&bytes(0xb0, 0xff)]).as_slice(), okm);
}

/// RFC 5869 appendix A.1: the extracted key itself.
#[test]
fn hkdf_extract_rfc5869() {
    let (prk, _) = Hkdf::<Sha256>::extract(Some(&hex("000102030405060708090a0b0c")), &[0x0b; 22]);
    assert_eq!(prk.as_slice(), hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
}

#[test]
fn a_refused_buffer_is_not_decrypted() {
    let mut buffer = b"plaintext".to_vec();
    encrypt(&[7; 32], &[8; 24], b"", &mut buffer);
    let sealed = buffer.clone();
    assert!(decrypt(&[7; 32], &[8; 24], b"other", &mut buffer).is_err());
    assert_eq!(buffer, sealed);
}

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let pairs = digits.chunks(2).map(|pair| str::from_utf8(pair).expect("ascii"));
    pairs.map(|pair| u8::from_str_radix(pair, 16).expect("hexadecimal")).collect()
}

fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("the right length")
}
