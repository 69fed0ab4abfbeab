//! Who is counted as whom.

use std::time::Duration;

use super::*;

fn limits(quotas: &[String]) -> RequestLimits {
    let quotas: Vec<Quota> = quotas.iter().map(|quota| quota.parse().unwrap()).collect();
    let tier = |network: &str, rate: &str| (network.parse().unwrap(), rate.parse().unwrap());
    RequestLimits::new(LimitSettings {
        per_address: "10/s:20".parse().unwrap(),
        tiers: vec![
            tier("192.0.0.0/8", "10/s:30"),
            tier("192.0.2.0/24", "10/s:40"),
            tier("127.0.0.0/8", "off"),
        ],
        per_grant: "10/s:50".parse().unwrap(),
        per_key: "10/s:80".parse().unwrap(),
        quotas: Quotas::new(&quotas).unwrap(),
        overall: Allowance::Off,
    })
}

/// How many of 1,000 strangers' requests pass.
fn strangers(limits: &RequestLimits, addresses: &[&str], now: Instant) -> usize {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| address.parse().unwrap()).collect();
    (0..1_000).filter(|n| limits.arrived(Some(addresses[n % addresses.len()]), now).is_ok()).count()
}

#[test]
fn addresses_have_the_rate_of_the_narrowest_network() {
    let (limits, now) = (limits(&[]), Instant::now());
    assert_eq!(strangers(&limits, &["198.51.100.1"], now), 20);
    assert_eq!(strangers(&limits, &["198.51.100.2"], now), 20);
    assert_eq!(strangers(&limits, &["192.0.3.1"], now), 30);
    assert_eq!(strangers(&limits, &["192.0.2.1"], now), 40);
    assert_eq!(strangers(&limits, &["127.0.0.1"], now), 1_000);
    assert_eq!(strangers(&limits, &["::ffff:198.51.100.1"], now), 0, "the address inside");
    // A customer of IPv6 has a whole /64.
    assert_eq!(strangers(&limits, &["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ffff::"], now), 20);
    assert_eq!(strangers(&limits, &["2001:db8:0:1::1"], now), 20);
    assert!(limits.is_shared("192.0.2.200".parse().unwrap()));
    assert!(!limits.is_shared("198.51.100.1".parse().unwrap()));
    // An address that nobody knows is nobody's.
    assert!((0..1_000).all(|_| limits.arrived(None, now).is_ok()));
    let refusal = limits.arrived(Some("198.51.100.1".parse().unwrap()), now).unwrap_err();
    assert_eq!((refusal.refused, refusal.retry_after), (Refused::Address, Duration::from_millis(100)));
    assert!(limits.arrived(Some("198.51.100.1".parse().unwrap()), now + refusal.retry_after).is_ok());
}

/// One request of a connection with a key, from an address.
fn asks(limits: &RequestLimits, address: &str, grant: u8, key: u8, now: Instant) -> Result<(), Refused> {
    let address = Some(address.parse().unwrap());
    let passed = limits.arrived(address, now);
    passed
        .and_then(|()| limits.signed_in(address, Some(&[grant; 16]), &[key; 16], now))
        .map_err(|r| r.refused)
}

#[test]
fn who_has_signed_in_counts_as_who_they_are_wherever_they_come_from() {
    let (limits, now) = (limits(&[]), Instant::now());
    // Far more users behind one address than strangers may come from it.
    for user in 0..100 {
        for _ in 0..50 {
            assert_eq!(asks(&limits, "198.51.100.1", user, user, now), Ok(()));
        }
        assert_eq!(asks(&limits, "198.51.100.1", user, user, now), Err(Refused::Grant));
    }
    assert_eq!(strangers(&limits, &["198.51.100.1"], now), 20, "all was given back");
    assert_eq!(asks(&limits, "198.51.100.1", 200, 200, now), Err(Refused::Address));
    assert_eq!(asks(&limits, "198.51.100.2", 200, 200, now), Ok(()));
}

#[test]
fn a_key_is_one_key_through_all_its_connections() {
    let (limits, now) = (limits(&[]), Instant::now());
    let passed =
        |grant, now| (0..1_000).filter(|_| asks(&limits, "127.0.0.1", grant, 7, now).is_ok()).count();
    assert_eq!(passed(1, now), 50, "what is refused as the connection's uses up nothing of the key's");
    assert_eq!(passed(2, now), 30);
    assert_eq!(asks(&limits, "127.0.0.1", 3, 7, now), Err(Refused::Key));
    assert_eq!(passed(3, now + Duration::from_secs(1)), 10);
}

#[test]
fn operators_name_keys_and_workspaces() {
    let key = |byte: u8| format!("{:032x}", u128::from_be_bytes([byte; 16]));
    let quotas =
        [format!("{}=10/s:3", key(1)), format!("{}=off", key(2)), format!("{}+{}=60/h", key(2), key(3))];
    let (limits, now) = (limits(&quotas), Instant::now());
    let asked =
        |key, now| (1..=200u8).filter(|grant| asks(&limits, "127.0.0.1", *grant, key, now).is_ok()).count();
    assert_eq!(asked(1, now), 3);
    assert_eq!(asked(2, now), 60);
    assert_eq!(asks(&limits, "127.0.0.1", 250, 3, now), Err(Refused::Workspace));
    assert_eq!(asked(4, now), 80, "another workspace");
    assert_eq!(asked(3, now + Duration::from_secs(60)), 1);
}

#[test]
fn there_is_a_limit_for_all() {
    let limits =
        RequestLimits::new(LimitSettings { overall: "10/s:15".parse().unwrap(), ..Default::default() });
    let now = Instant::now();
    assert_eq!(strangers(&limits, &["198.51.100.1", "198.51.100.2"], now), 15);
    assert_eq!(limits.arrived(None, now).unwrap_err().refused, Refused::Global);
}
