//! Which credentials are taken besides OAuth's tokens, and whether that is safe where the server listens.

use openphone_client::ApiKey;

use super::PublicUrl;
use super::secrets::Secret;
use crate::args::{OperatorKeyArgs, ServeArgs};
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
    pub key: Secret,
    /// To whom.
    pub who: WhoMayCall,
    /// Whether the operator has said by name that this may be everybody.
    pub open_by_name: bool,
}

/// Who may use the operator's key.
#[derive(Clone, Debug)]
pub enum WhoMayCall {
    /// Whoever reaches the server.
    Everybody,
    /// Who shows this bearer token.
    Bearer(Secret),
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
pub(super) fn resolve(args: &ServeArgs, public_url: Option<&PublicUrl>) -> Result<Credentials, Failure> {
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
    let key = operator_key(&typed.key)?.ok_or_else(|| {
        refused(
            "--single-tenant",
            "your key is missing: name its file with --openphone-api-key-file, or set OPENPHONE_API_KEY, or the systemd \
             credential openphone-api-key",
        )
    })?;
    let token = Secret::of_options(
        "--access-token",
        typed.access_token.as_ref(),
        typed.access_token_file.as_deref(),
    )?;
    let who = match token {
        Some(_) if typed.single_tenant_open => {
            return Err(refused(
                "--single-tenant-open",
                "there is an access token, too (--access-token-file): with it the server is not open. Take one away",
            ));
        }
        Some(token) if !is_token(token.current().expose()) => {
            let reason = format!(
                "it is too easy to guess, or cannot stand in a header: take at least {SHORTEST_TOKEN} random letters and digits"
            );
            return Err(refused("--access-token", &reason));
        }
        Some(token) => WhoMayCall::Bearer(token),
        None if typed.single_tenant_open || stays_here(args, public_url) => WhoMayCall::Everybody,
        None => {
            return Err(refused(
                "--single-tenant",
                "the server can be reached from other machines, and whoever reaches it could text from your numbers. Set \
                 an access token that callers must show (--access-token-file), listen on 127.0.0.1 without a proxy \
                 in front, or, if that is what you want, add --single-tenant-open",
            ));
        }
    };
    Ok(Credentials {
        header_keys,
        single_tenant: Some(SingleTenant { key, who, open_by_name: typed.single_tenant_open }),
    })
}

/// The operator's own key, if it is anywhere.
///
/// # Errors
/// What is there cannot be a key. It is not repeated.
pub(super) fn operator_key(args: &OperatorKeyArgs) -> Result<Option<Secret>, Failure> {
    const NAME: &str = "--openphone-api-key";
    let key =
        Secret::of_options(NAME, args.openphone_api_key.as_ref(), args.openphone_api_key_file.as_deref())?;
    if let Some(key) = &key {
        ApiKey::new(&key.current()).map_err(|error| refused(NAME, &error.to_string()))?;
    }
    Ok(key)
}

/// Whether a text is long enough to be no guess, and can be shown as a bearer token.
fn is_token(text: &str) -> bool {
    text.len() >= SHORTEST_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
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
    use super::*;
    use crate::args::Command;
    use crate::config::layers::{self, Refused};

    const KEY: (&str, &str) = ("OPENPHONE_API_KEY", "canary-of-the-operator");
    const TOKEN: (&str, &str) = ("OPENPHONE_MCP_ACCESS_TOKEN", "canary-0123456789-0123456789-0123456789");

    fn resolved(line: &str, variables: &[(&str, &str)]) -> Result<Credentials, String> {
        let words = ["mcp-server", "serve"].into_iter().chain(line.split_whitespace()).map(Into::into);
        let layered = match layers::parse(words.collect(), &variables.iter().copied().collect()) {
            Ok(layered) => layered,
            Err(Refused::Setting(failure)) => return Err(failure.to_string()),
            Err(Refused::Usage(error)) => panic!("{error}"),
        };
        let Command::Serve(args) = &layered.cli.command else { unreachable!("`serve` was typed") };
        let public_url = args.public_url.as_deref().map(|url| PublicUrl::parse(url).unwrap());
        resolve(args, public_url.as_ref()).map_err(|failure| failure.to_string())
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
            assert_eq!(matches!(single.who, WhoMayCall::Everybody), open, "{line}");
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
            ("--single-tenant", &[("OPENPHONE_API_KEY", "canary and more")], "--openphone-api-key"),
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
