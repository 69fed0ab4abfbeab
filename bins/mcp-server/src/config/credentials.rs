//! Which credentials are taken besides OAuth's tokens, and whether that is safe where the server listens.

use openphone_client::ApiKey;
use sealing::SecretString;

use super::PublicUrl;
use super::operator_key::{self, Environment, secret};
use crate::args::ServeArgs;
use crate::exit::Failure;

/// Shortest access token: of random letters and digits, nobody guesses it.
const SHORTEST_TOKEN: usize = 32;

/// How callers may show a credential, besides OAuth.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    /// An API key in a header.
    pub header_keys: bool,
    /// The operator's key for those who show none.
    pub single_tenant: Option<SingleTenant>,
}

/// The operator's key, lent.
#[derive(Clone, Debug)]
pub struct SingleTenant {
    /// The key.
    pub key: SecretString,
    /// To whom.
    pub who: WhoMayCall,
    /// Whether the operator has said by name that this may be everybody.
    pub open_by_name: bool,
}

/// Who may use the operator's key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhoMayCall {
    /// Whoever reaches the server.
    Everybody,
    /// Who shows this bearer token.
    Bearer(SecretString),
}

impl Credentials {
    /// Writes into the log what is turned on: whoever reads it later should know who could call.
    pub fn say(&self) {
        if self.header_keys {
            tracing::info!("API keys are taken in the header x-openphone-api-key");
        }
        match self.single_tenant.as_ref().map(|single| (&single.who, single.open_by_name)) {
            None => {}
            Some((WhoMayCall::Bearer(_), _)) => {
                tracing::info!("the operator's key is lent to callers that show the access token");
            }
            Some((WhoMayCall::Everybody, false)) => {
                tracing::warn!(
                    "the operator's key is lent to every program on this machine that shows no credential"
                );
            }
            Some((WhoMayCall::Everybody, true)) => tracing::warn!(
                relaxation = "--single-tenant-open",
                "the operator's key is lent to EVERYBODY who reaches this server: they can read the workspace and text from \
                 its numbers"
            ),
        }
    }
}

/// Checks what was typed, and looks for the secrets that it needs. Without `--single-tenant` none is looked for.
pub(super) fn resolve(
    args: &ServeArgs,
    public_url: Option<&PublicUrl>,
    environment: Environment<'_>,
) -> Result<Credentials, Failure> {
    let typed = &args.credentials;
    let header_keys = typed.header_keys || args.sandbox;
    if !typed.single_tenant {
        return match typed.single_tenant_open {
            true => Err(refused(
                "--single-tenant-open",
                "it says to whom --single-tenant lends the key: add that",
            )),
            false => Ok(Credentials { header_keys, single_tenant: None }),
        };
    }
    let key = secret(operator_key::API_KEY, environment)?.ok_or_else(|| {
        refused(
            "--single-tenant",
            "your key is missing: set OPENPHONE_API_KEY or OPENPHONE_API_KEY_FILE, or the systemd credential \
             openphone-api-key",
        )
    })?;
    ApiKey::new(&key).map_err(|error| refused("OPENPHONE_API_KEY", &error.to_string()))?;
    let who = match secret(operator_key::ACCESS_TOKEN, environment)? {
        Some(_) if typed.single_tenant_open => {
            return Err(refused(
                "--single-tenant-open",
                "there is an access token, too (OPENPHONE_MCP_ACCESS_TOKEN): with it the server is not open. Take one away",
            ));
        }
        Some(token) if token.expose().len() < SHORTEST_TOKEN => {
            let reason = format!("it is too easy to guess: take at least {SHORTEST_TOKEN} random characters");
            return Err(refused(operator_key::ACCESS_TOKEN.variable, &reason));
        }
        Some(token) => WhoMayCall::Bearer(token),
        None if typed.single_tenant_open || stays_here(args, public_url) => WhoMayCall::Everybody,
        None => {
            return Err(refused(
                "--single-tenant",
                "the server can be reached from other machines, and whoever reaches it could text from your numbers. Set \
                 an access token that callers must show (OPENPHONE_MCP_ACCESS_TOKEN), listen on 127.0.0.1 without a proxy \
                 in front, or, if that is what you want, add --single-tenant-open",
            ));
        }
    };
    Ok(Credentials {
        header_keys,
        single_tenant: Some(SingleTenant { key, who, open_by_name: typed.single_tenant_open }),
    })
}

/// Whether only this machine reaches the server. A public URL or a trusted proxy says that somebody passes requests on.
fn stays_here(args: &ServeArgs, public_url: Option<&PublicUrl>) -> bool {
    args.listen.ip().is_loopback()
        && public_url.is_none_or(PublicUrl::is_loopback)
        && args.trusted_proxies.is_empty()
}

fn refused(name: &'static str, reason: &str) -> Failure {
    Failure::Option { name, reason: reason.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::Parser as _;

    use super::*;
    use crate::args::{Cli, Command};

    const KEY: (&str, &str) = ("OPENPHONE_API_KEY", "canary-of-the-operator");
    const TOKEN: (&str, &str) = ("OPENPHONE_MCP_ACCESS_TOKEN", "canary-0123456789-0123456789-0123456789");

    fn resolved(line: &str, variables: &[(&str, &str)]) -> Result<Credentials, String> {
        let cli = Cli::parse_from(["mcp-server", "serve"].into_iter().chain(line.split_whitespace()));
        let Command::Serve(args) = cli.command else { unreachable!("`serve` was typed") };
        let public_url = args.public_url.as_deref().map(|url| PublicUrl::parse(url).unwrap());
        let environment = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        resolve(&args, public_url.as_ref(), &environment).map_err(|failure| failure.to_string())
    }

    #[test]
    fn everything_is_off_unless_it_is_turned_on() {
        let off = resolved("", &[KEY, TOKEN]).unwrap();
        assert!(!off.header_keys && off.single_tenant.is_none());
        assert!(resolved("--header-keys", &[]).unwrap().header_keys);
        let sandbox = resolved("--sandbox", &[KEY]).unwrap();
        assert!(sandbox.header_keys && sandbox.single_tenant.is_none());
    }

    #[test]
    fn the_operators_key_is_lent_on_this_machine_by_token_or_by_name() {
        let https = "--single-tenant --public-url https://mcp.example.com";
        let wide = "--single-tenant --listen 0.0.0.0:1 --public-url https://mcp.example.com";
        let proxied = "--single-tenant --trusted-proxies 10.0.0.0/8";
        let tunnel = "--single-tenant --public-url http://localhost:9";
        for (line, variables, open) in [
            ("--single-tenant", &[KEY][..], true),
            (tunnel, &[KEY], true),
            ("--single-tenant", &[KEY, TOKEN], false),
            (https, &[KEY, TOKEN], false),
            (wide, &[KEY, TOKEN], false),
            (&format!("{wide} --single-tenant-open"), &[KEY], true),
            (&format!("{proxied} --single-tenant-open"), &[KEY], true),
        ] {
            let single = resolved(line, variables).unwrap().single_tenant.unwrap();
            assert_eq!(single.who == WhoMayCall::Everybody, open, "{line}");
        }
        for line in [https, wide, proxied, "--single-tenant --listen 192.0.2.1:1"] {
            let refusal = resolved(line, &[KEY]).unwrap_err();
            assert!(refusal.contains("--single-tenant-open"), "{line}: {refusal}");
        }
    }

    #[test]
    fn what_cannot_work_is_refused_and_no_secret_is_repeated() {
        for (line, variables, part) in [
            ("--single-tenant", &[][..], "OPENPHONE_API_KEY"),
            ("--single-tenant", &[KEY, ("OPENPHONE_MCP_ACCESS_TOKEN", "canary")], "32 random"),
            ("--single-tenant --single-tenant-open", &[KEY, TOKEN], "Take one away"),
            ("--single-tenant-open", &[KEY], "add that"),
        ] {
            let refusal = resolved(line, variables).map(|_| ()).expect_err(line);
            assert!(refusal.contains(part) && !refusal.contains("canary"), "{line}: {refusal}");
        }
        let shown = format!("{:?}", resolved("--single-tenant", &[KEY, TOKEN]).unwrap());
        assert!(!shown.contains("canary"), "{shown}");
    }
}
