//! Reading `WWW-Authenticate` strictly (RFC 9110 section 11.6.1) and as the official clients do, which is less.

/// A `Bearer` challenge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Challenge {
    /// Its parameters, names in lower case.
    pub parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Reads a header whose first challenge is `Bearer` with parameters in quotes: what every client can read. The error
    /// says what one of them would stumble over.
    pub fn parse(header: &str) -> Result<Self, &'static str> {
        let (scheme, mut rest) = header.split_once(' ').unwrap_or((header, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err("Bearer as the first scheme: the TypeScript SDK reads no other");
        }
        let mut parameters: Vec<(String, String)> = Vec::new();
        rest = rest.trim();
        while !rest.is_empty() {
            let (name, after) = rest.split_once('=').ok_or("name=\"value\" pairs")?;
            let name = name.trim().to_ascii_lowercase();
            if name.is_empty()
                || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            {
                return Err("parameters separated by commas, and no second scheme between them");
            }
            let quoted = after.strip_prefix('"').ok_or("values in quotes")?;
            let (value, after) = quoted.split_once('"').ok_or("closing quotes")?;
            if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) || value.contains('\\') {
                return Err(
                    "plain ASCII without backslashes: clients read the header with a regular expression",
                );
            }
            if parameters.iter().any(|(other, _)| *other == name) {
                return Err("each parameter once");
            }
            parameters.push((name, value.to_owned()));
            let after = after.trim_start();
            rest = match after.strip_prefix(',') {
                Some(more) => more.trim_start(),
                None if after.is_empty() => after,
                None => return Err("commas between parameters"),
            };
        }
        Ok(Self { parameters })
    }

    /// A parameter's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// The value of a parameter however sloppy the header is: what the TypeScript SDK's regular expression finds.
pub fn sloppy(header: &str, name: &str) -> Option<String> {
    let (_, after) = header.split_once(&format!("{name}="))?;
    let value = match after.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => after.split([' ', ',']).next(),
    };
    value.filter(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strict_and_sloppy_readers() {
        let header = "Bearer resource_metadata=\"https://a.example/x\", scope=\"a b\"";
        let challenge = Challenge::parse(header).unwrap();
        assert_eq!(challenge.get("scope"), Some("a b"));
        assert_eq!(challenge.get("error"), None);
        assert_eq!(sloppy(header, "resource_metadata").as_deref(), Some("https://a.example/x"));
        assert_eq!(sloppy("Bearer x=y, scope=a", "scope").as_deref(), Some("a"));
        for (bad, part) in [
            ("Basic realm=\"x\"", "first scheme"),
            ("Basic realm=\"x\", Bearer scope=\"a\"", "first scheme"),
            ("Bearer scope=a", "quotes"),
            ("Bearer scope=\"a", "closing"),
            ("Bearer scope=\"a\" error=\"b\"", "commas"),
            ("Bearer scope=\"a\", scope=\"b\"", "once"),
            ("Bearer scope=\"a\", Basic realm=\"x\"", "second scheme"),
            ("Bearer error_description=\"caf\u{e9}\"", "ASCII"),
            ("Bearer nonsense", "pairs"),
        ] {
            assert!(Challenge::parse(bad).expect_err(bad).contains(part), "{bad}");
        }
    }
}
