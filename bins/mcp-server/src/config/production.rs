//! The production profile: what is fine on a desk and a mistake in front of users stops the start, until it is let pass by
//! name. Weak keys, wildcard proxies and public URLs without TLS are refused in every profile, by the parts that read them.

use ipnet::IpNet;

use super::Settings;
use crate::args::{Profile, ProfileArgs, Relaxation, ServeArgs};
use crate::exit::Failure;

/// What the profile found and was told to let pass.
#[derive(Clone, Debug, Default)]
pub struct Overlooked(Vec<(Relaxation, String)>);

impl Overlooked {
    /// Says so in the log.
    pub fn log(&self) {
        for (relaxation, what) in &self.0 {
            tracing::warn!(relaxation = relaxation.name(), "the production profile was relaxed: {what}");
        }
    }
}

/// Looks at the settings that were made of `args`.
///
/// # Errors
/// The first finding that was not let pass.
pub(super) fn examine(args: &ServeArgs, settings: &Settings) -> Result<Overlooked, Failure> {
    let ProfileArgs { profile, relax, .. } = &args.profile;
    if *profile == Profile::Standard {
        return Ok(Overlooked::default());
    }
    if settings.sandbox {
        return Err(Failure::Option {
            name: "--profile",
            reason: "the sandbox is for trying the server out, and its keys are known to everybody: production cannot \
                     have it"
                .to_owned(),
        });
    }
    let mut overlooked = Vec::new();
    for (relaxation, name, what) in findings(args, settings) {
        if relax.contains(&relaxation) {
            overlooked.push((relaxation, what));
        } else {
            let reason = format!("{what}; --relax {} lets it pass", relaxation.name());
            return Err(Failure::Option { name, reason });
        }
    }
    Ok(Overlooked(overlooked))
}

fn findings(args: &ServeArgs, settings: &Settings) -> Vec<(Relaxation, &'static str, String)> {
    let mut findings = Vec::new();
    match &settings.public_url {
        None => findings.push((
            Relaxation::DefaultPublicUrl,
            "--public-url",
            "production needs the address under which clients reach the server".to_owned(),
        )),
        Some(url) if !url.is_https() => findings.push((
            Relaxation::HttpPublicUrl,
            "--public-url",
            format!("{} is not https, and no client elsewhere can reach it", url.as_str()),
        )),
        Some(_) => {}
    }
    if settings.upstream.scheme() != "https" {
        findings.push((
            Relaxation::HttpUpstream,
            "--upstream-url",
            "the OpenPhone API is not reached over https, and keys travel in clear".to_owned(),
        ));
    }
    if settings.store.is_none() && args.profile.instances > 1 {
        findings.push((
            Relaxation::FilePerInstance,
            "--instances",
            format!(
                "{} instances need a store that they share (--store): with a file each, a text may go out twice",
                args.profile.instances
            ),
        ));
    }
    if let Some(wide) = args.trusted_proxies.iter().find(|network| is_wide(network)) {
        findings.push((
            Relaxation::WideProxies,
            "--trusted-proxies",
            format!("{wide} is more than anybody's proxies: whoever is in it can claim any address"),
        ));
    }
    if settings.admin_listen.is_some_and(|address| address.ip().is_unspecified()) {
        findings.push((
            Relaxation::OpenAdmin,
            "--admin-listen",
            "metrics are open to everybody who reaches any address of this machine".to_owned(),
        ));
    }
    findings
}

fn is_wide(network: &IpNet) -> bool {
    match network {
        IpNet::V4(network) => network.prefix_len() < 8,
        IpNet::V6(network) => network.prefix_len() < 16,
    }
}

#[cfg(test)]
mod tests {
    use clap::{Parser as _, ValueEnum as _};

    use super::*;
    use crate::args::{Cli, Command};

    fn examined(line: &str) -> Result<Vec<Relaxation>, String> {
        let words = ["mcp-server", "serve"].into_iter().chain(line.split_whitespace());
        let Command::Serve(args) = Cli::try_parse_from(words).unwrap().command else { unreachable!() };
        match Settings::resolve(&args) {
            Ok(settings) => Ok(settings.overlooked.0.iter().map(|(relaxation, _)| *relaxation).collect()),
            Err(failure) => {
                assert_eq!(failure.code(), 2);
                Err(failure.to_string())
            }
        }
    }

    const SAFE: &str = "--profile production --public-url https://mcp.example.com";

    #[test]
    fn what_is_safe_passes() {
        assert_eq!(examined(SAFE), Ok(vec![]));
        assert_eq!(examined(&format!("{SAFE} --instances 4 --store redis://h")), Ok(vec![]));
        assert_eq!(
            examined(&format!("{SAFE} --trusted-proxies 10.0.0.0/8 --admin-listen 127.0.0.1:9")),
            Ok(vec![])
        );
        assert_eq!(examined("--sandbox --instances 4"), Ok(vec![]), "the standard profile asks nothing");
    }

    #[test]
    fn each_mistake_is_refused_and_can_be_let_pass_by_name_alone() {
        let all: Vec<_> = Relaxation::value_variants().iter().map(|relaxation| relaxation.name()).collect();
        for (line, relaxation) in [
            ("--profile production", Relaxation::DefaultPublicUrl),
            ("--profile production --public-url http://127.0.0.1:1", Relaxation::HttpPublicUrl),
            (&format!("{SAFE} --upstream-url http://127.0.0.1:1"), Relaxation::HttpUpstream),
            (&format!("{SAFE} --instances 2"), Relaxation::FilePerInstance),
            (&format!("{SAFE} --trusted-proxies 64.0.0.0/3"), Relaxation::WideProxies),
            (&format!("{SAFE} --trusted-proxies 2000::/3"), Relaxation::WideProxies),
            (&format!("{SAFE} --admin-listen 0.0.0.0:9"), Relaxation::OpenAdmin),
        ] {
            let refusal = examined(line).unwrap_err();
            assert!(refusal.contains(&format!("--relax {}", relaxation.name())), "{refusal}");
            let others: Vec<_> = all.iter().filter(|name| **name != relaxation.name()).cloned().collect();
            assert!(examined(&format!("{line} --relax {}", others.join(","))).is_err(), "{line}");
            assert_eq!(examined(&format!("{line} --relax {}", relaxation.name())), Ok(vec![relaxation]));
        }
    }

    #[test]
    fn the_sandbox_and_wildcards_never_pass() {
        let relaxed = format!("{SAFE} --relax {}", Relaxation::OpenAdmin.name());
        assert!(examined(&format!("{relaxed} --sandbox")).unwrap_err().contains("sandbox"));
        assert!(examined(&format!("{relaxed} --trusted-proxies 0.0.0.0/0")).is_err());
    }
}
