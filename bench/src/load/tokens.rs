//! `load tokens`: every connection refreshes a token at `/token`, each along a chain of its own whose next token is in the answer.
//! Where there are more chains than connections they take turns, because a server lets one be refreshed only so often. Where
//! they stand at the end is written back, so that another run can go on from there.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::net::SocketAddr;

use form_urlencoded::byte_serialize;
use serde::Deserialize;

use super::answer::{Answer, Wrong};
use super::drive::Subject;

/// Where tokens are issued.
const PATH: &str = "/token";

/// Chains of tokens, at least one for each connection.
#[derive(Debug)]
pub struct Tokens {
    target: SocketAddr,
    chains: Vec<Chain>,
    /// Which chain each connection is at.
    at: Vec<usize>,
    /// Those that no connection is at, the one that has rested longest first.
    resting: VecDeque<usize>,
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
    /// One chain for each line of `grants`: a refresh token, a blank, and the client's id.
    ///
    /// # Errors
    /// Which line is not like that, or that there are too few for so many connections.
    pub fn new(target: SocketAddr, grants: &str, connections: usize) -> Result<Self, String> {
        let mut chains = Vec::new();
        for (number, line) in grants.lines().enumerate() {
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
        if chains.len() < connections {
            return Err(format!("{} grants are too few for {connections} connections", chains.len()));
        }
        let resting = (connections..chains.len()).collect();
        Ok(Self { target, chains, at: (0..connections).collect(), resting })
    }

    /// The grants as they stand now.
    #[must_use]
    pub fn standing(&self) -> String {
        self.chains.iter().map(|chain| format!("{} {}\n", chain.token, chain.client)).collect()
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
        self.chains[self.at[connection]].request.as_bytes()
    }

    fn judge(&mut self, connection: usize, answer: &Answer<'_>) -> Result<(), Wrong> {
        if answer.status != 200 {
            return Err(Wrong::Status(answer.status));
        }
        let issued: Issued<'_> = serde_json::from_slice(answer.body).map_err(|_| Wrong::Body)?;
        let chain = &mut self.chains[self.at[connection]];
        chain.token.clear();
        chain.token.push_str(issued.refresh_token);
        chain.write(self.target);
        if let Some(next) = self.resting.pop_front() {
            self.resting.push_back(std::mem::replace(&mut self.at[connection], next));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(grants: &str, connections: usize) -> Result<Tokens, String> {
        Tokens::new(SocketAddr::from(([127, 0, 0, 1], 8000)), grants, connections)
    }

    fn request(tokens: &Tokens, connection: usize) -> String {
        String::from_utf8(tokens.request(connection).to_vec()).unwrap()
    }

    fn answer(body: &str) -> Answer<'_> {
        Answer { status: 200, body: body.as_bytes(), keeps: true }
    }

    #[test]
    fn the_next_request_has_the_token_of_the_answer() {
        let mut tokens = tokens("t1 https://a.example/c\nt2 c2\n", 2).unwrap();
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
        assert_eq!(tokens.standing(), "t1 https://a.example/c\nt+4 c2\n");
    }

    #[test]
    fn chains_take_turns_where_there_are_more_than_connections() {
        let mut tokens = tokens("t1 c1\nt2 c2\nt3 c3\n", 1).unwrap();
        let mut used = Vec::new();
        for next in ["n1", "n2", "n3", "n4"] {
            used.push(request(&tokens, 0).rsplit('=').next().unwrap().to_owned());
            tokens.judge(0, &answer(&format!(r#"{{"refresh_token":"{next}"}}"#))).unwrap();
        }
        assert_eq!(used, ["t1", "t2", "t3", "n1"]);
        assert_eq!(tokens.standing(), "n4 c1\nn2 c2\nn3 c3\n");
    }

    #[test]
    fn a_refusal_leaves_the_chain_where_it_was() {
        let mut tokens = tokens("t1 c1", 1).unwrap();
        let refused = Answer { status: 400, ..answer(r#"{"refresh_token":"t2"}"#) };
        assert_eq!(tokens.judge(0, &refused), Err(Wrong::Status(400)));
        assert_eq!(tokens.judge(0, &answer(r#"{"access_token":"a"}"#)), Err(Wrong::Body));
        assert_eq!(tokens.standing(), "t1 c1\n");
    }

    #[test]
    fn grants_that_are_none_are_refused() {
        assert!(tokens("t1 c1\nt2\n", 2).unwrap_err().contains("line 2"));
        assert!(tokens("t1 c1\n", 2).unwrap_err().contains("too few"));
    }
}
