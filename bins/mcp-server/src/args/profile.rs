//! How careful the server is with what it was told, as typed.

use clap::{Args, ValueEnum};

/// The profile, and what it overlooks.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Production")]
pub struct ProfileArgs {
    /// `production` refuses to start with settings that are fine on a desk and a mistake in front of users
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t = Profile::Standard)]
    pub profile: Profile,

    /// What the production profile lets pass all the same; each is logged as a warning
    #[arg(long, value_name = "LIST", value_enum, value_delimiter = ',')]
    pub relax: Vec<Relaxation>,

    /// How many instances of this deployment there are, for settings that depend on it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub instances: u32,
}

/// How careful the server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Whatever works
    Standard,
    /// What works safely in front of users
    Production,
}

/// One thing that the production profile refuses and can be told to let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Relaxation {
    /// A public URL of http, which only this machine can reach
    HttpPublicUrl,
    /// A public URL that nobody set
    DefaultPublicUrl,
    /// An OpenPhone API that is not reached over https
    HttpUpstream,
    /// A file for the state although several instances were declared: each has its own, and a text may go out twice
    FilePerInstance,
    /// Proxies in a network of more than a 256th of all IPv4 or a 65536th of all IPv6 addresses
    WideProxies,
    /// A listener for operators on every address of the machine
    OpenAdmin,
}

impl Relaxation {
    /// Its name on the command line.
    #[must_use]
    pub fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    }
}
