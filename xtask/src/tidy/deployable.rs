//! Nothing in `deploy/` is anybody's in particular: hosts there are `example.com`, this machine, or names of neighbours. The
//! server's predecessor could be deployed by its author alone (P15): its route was in the committed settings.

use super::{File, Finding};

/// Endings by which a word is taken for the name of a host.
const TOP_LEVEL: &[&str] = &[
    "ai", "app", "ca", "cc", "cloud", "co", "com", "de", "dev", "eu", "fr", "io", "me", "net", "org", "uk",
    "us", "xyz",
];

/// Names that are no hosts of a deployment: the prefixes of Kubernetes' own fields and labels.
const IDENTIFIERS: &[&str] = &["kubernetes.io", "k8s.io"];

pub(super) fn check(file: &File, findings: &mut Vec<Finding>) {
    if !file.path.starts_with("deploy/") {
        return;
    }
    for (at, line) in file.text.iter().flat_map(|text| text.lines()).enumerate() {
        for host in hosts(line).filter(|host| !anybodys(host)) {
            findings.push(Finding {
                path: file.path.clone(),
                line: at + 1,
                message: format!(
                    "`{host}` is somebody's host: write mcp.example.com, or leave it to a setting"
                ),
            });
        }
    }
}

/// What looks like a host: a word that ends as hosts do, and whatever stands after `://`.
fn hosts(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let words = line.split(move |c| !is_part(c)).map(|word| word.trim_matches(['.', '-']));
    let named = words.filter(|word| {
        word.rsplit_once('.').is_some_and(|(before, last)| !before.is_empty() && TOP_LEVEL.contains(&last))
    });
    // The user's part, which may come before the host, is none.
    let addressed = line.split("://").skip(1).filter_map(move |rest| {
        let authority = rest.split(|c: char| c == '/' || c == '"' || c.is_whitespace()).next()?;
        let host = authority.rsplit('@').next()?.split(|c| !is_part(c)).next()?;
        (host.contains('.')).then_some(host)
    });
    named.chain(addressed)
}

fn anybodys(host: &str) -> bool {
    let below = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    below("example.com")
        || IDENTIFIERS.iter().any(|name| below(name))
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::tidy::findings_in;

    #[track_caller]
    fn check_line(line: &str, expected: Option<&str>) {
        let found = findings_in("deploy/compose/compose.yaml", line, check);
        match expected {
            None => assert_eq!(found, Vec::<String>::new(), "{line}"),
            Some(host) => {
                assert!(
                    !found.is_empty() && found.iter().all(|found| found.contains(&format!("`{host}`"))),
                    "{found:?}"
                );
            }
        }
    }

    #[test]
    fn p15_everybody_can_deploy_it_as_it_is() {
        check_line("pattern: mcp.somebody.com", Some("mcp.somebody.com"));
        check_line("PUBLIC_URL: https://mcp.somebody.app/", Some("mcp.somebody.app"));
        check_line("store: redis://user:word@10.1.2.3:6379", Some("10.1.2.3"));
        check_line("image: ghcr.io/somebody/openphone-mcp:1.0", Some("ghcr.io"));
        check_line("url = \"https://example.com.somebody.net\"", Some("example.com.somebody.net"));
        check_line("url = \"https://notexample.com\"", Some("notexample.com"));

        check_line("public-url = \"https://mcp.example.com\"", None);
        check_line("image: registry.example.com/openphone-mcp:0.1.0", None);
        check_line("store: redis://redis:6379 or http://127.0.0.1:8787/healthz", None);
        check_line("app.kubernetes.io/name: openphone-mcp, apiVersion: networking.k8s.io/v1", None);
        check_line("cidr: 10.0.0.0/8, /etc/openphone-mcp/config.toml, image-root.sh, state.redb", None);
        assert_eq!(findings_in("docs/clients.md", "https://mcp.somebody.com", check), Vec::<String>::new());
    }
}
