//! `load tokens`: every connection refreshes its own chain of refresh tokens at `/token`, each answer with the token of the
//! next request. Where the chains stand at the end is written back, so that another run can go on from there.

use std::fmt::Write as _;
use std::net::SocketAddr;

use form_urlencoded::byte_serialize;
use serde::Deserialize;

use super::answer::{Answer, Wrong};
use super::drive::Subject;

/// Where tokens are issued.
const PATH: &str = "/token";

/// Chains of tokens, one for each connection.
#[derive(Debug)]
pub struct Tokens {
    target: SocketAddr,
    chains: Vec<Chain>,
}

#[derive(Debug)]
struct Chain {
    client: String,
    token: String,
    /// What is sent with this token; both are kept for their room.
    body: String,
    request: String,
}

#[derive(Deserialize)]
struct Issued<'a> {
    refresh_token: &'a str,
}

impl Tokens {
    /// One chain for each of the first `count` lines of `grants`: a refresh token, a blank, and the client's id.
    ///
    /// # Errors
    /// Which line is not like that, or that there are too few.
    pub fn new(target: SocketAddr, grants: &str, count: usize) -> Result<Self, String> {
        let mut chains = Vec::with_capacity(count);
        for (number, line) in grants.lines().enumerate().take(count) {
            let (token, client) = line
                .trim()
                .split_once(' ')
                .ok_or_else(|| format!("line {} is no token and client", number + 1))?;
            let mut chain = Chain {
                client: client.trim().to_owned(),
                token: token.to_owned(),
                body: String::new(),
                request: String::new(),
            };
            chain.write(target);
            chains.push(chain);
        }
        if chains.len() < count {
            return Err(format!("{} grants are too few for {count} connections", chains.len()));
        }
        Ok(Self { target, chains })
    }

    /// The grants as they stand now: the lines of those that were used, renewed, and the others as they were.
    #[must_use]
    pub fn standing(&self, grants: &str) -> String {
        let mut standing = String::with_capacity(grants.len());
        let used = self.chains.iter().map(|chain| format!("{} {}", chain.token, chain.client));
        let unused = grants.lines().skip(self.chains.len()).map(str::to_owned);
        for line in used.chain(unused) {
            standing.push_str(&line);
            standing.push('\n');
        }
        standing
    }
}

impl Chain {
    /// Writes the request that uses the token.
    fn write(&mut self, target: SocketAddr) {
        self.body.clear();
        self.body.push_str("grant_type=refresh_token&client_id=");
        self.body.extend(byte_serialize(self.client.as_bytes()));
        self.body.push_str("&refresh_token=");
        self.body.extend(byte_serialize(self.token.as_bytes()));
        self.request.clear();
        // Writing to a text does not fail.
        let _ = write!(
            self.request,
            "POST {PATH} HTTP/1.1\r\nHost: {target}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{}",
            self.body.len(),
            self.body
        );
    }
}

impl Subject for Tokens {
    const DRAINS: bool = true;

    fn request(&self, connection: usize) -> &[u8] {
        self.chains[connection].request.as_bytes()
    }

    fn judge(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), Wrong> {
        if answer.status != 200 {
            return Err(Wrong::Status(answer.status));
        }
        let issued: Issued<'_> = serde_json::from_slice(answer.body).map_err(|_| Wrong::Body)?;
        let chain = &mut self.chains[connection];
        chain.token.clear();
        chain.token.push_str(issued.refresh_token);
        chain.write(self.target);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(grants: &str, count: usize) -> Result<Tokens, String> {
        Tokens::new(SocketAddr::from(([127, 0, 0, 1], 8000)), grants, count)
    }

    fn answer(body: &str) -> Answer<'_> {
        Answer { status: 200, body: body.as_bytes(), keeps: true }
    }

    #[test]
    fn the_next_request_has_the_token_of_the_answer() {
        let mut tokens = tokens("t1 https://a.example/c\nt2 c2\nt3 c3\n", 2).unwrap();
        let request = |tokens: &Tokens, at| String::from_utf8(tokens.request(at).to_vec()).unwrap();
        assert_eq!(
            request(&tokens, 0),
            "POST /token HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 79\r\n\r\n\
             grant_type=refresh_token&client_id=https%3A%2F%2Fa.example%2Fc&refresh_token=t1"
        );
        tokens.judge(1, &answer(r#"{"access_token":"a","refresh_token":"t+4"}"#)).unwrap();
        assert!(
            request(&tokens, 1)
                .ends_with("\r\n\r\ngrant_type=refresh_token&client_id=c2&refresh_token=t%2B4")
        );
        assert_eq!(tokens.standing("t1 x\nt2 c2\nt3 c3\n"), "t1 https://a.example/c\nt+4 c2\nt3 c3\n");
    }

    #[test]
    fn a_refusal_leaves_the_chain_where_it_was() {
        let mut tokens = tokens("t1 c1", 1).unwrap();
        let refused = Answer { status: 400, ..answer(r#"{"refresh_token":"t2"}"#) };
        assert_eq!(tokens.judge(0, &refused), Err(Wrong::Status(400)));
        assert_eq!(tokens.judge(0, &answer(r#"{"access_token":"a"}"#)), Err(Wrong::Body));
        assert_eq!(tokens.standing(""), "t1 c1\n");
    }

    #[test]
    fn grants_that_are_none_are_refused() {
        assert!(tokens("t1 c1\nt2\n", 2).unwrap_err().contains("line 2"));
        assert!(tokens("t1 c1\n", 2).unwrap_err().contains("too few"));
    }
}
