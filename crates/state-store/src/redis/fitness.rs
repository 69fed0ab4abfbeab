//! Whether a server keeps what it is given. Everything here has a time to live, so every policy but `noeviction` throws
//! away records of texts, used codes and logins when the memory is full, and nobody learns of it.

use ::redis::{Cmd, ErrorKind, RedisError, RedisResult, ServerErrorKind, Value, from_redis_value};

/// What to ask, in this order: managed servers often forbid `CONFIG`, and access lists `INFO`.
pub(super) fn questions() -> [Cmd; 2] {
    let (mut info, mut config) = (::redis::cmd("INFO"), ::redis::cmd("CONFIG"));
    info.arg("memory");
    config.arg("GET").arg("maxmemory-policy");
    [info, config]
}

/// The policy in an answer; `None`: the server does not tell.
pub(super) fn policy(answer: RedisResult<Value>) -> RedisResult<Option<String>> {
    let value = match answer {
        Ok(value) => value,
        Err(error) if is_forbidden(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    if let Value::Map(_) | Value::Array(_) = value {
        let pairs: Vec<(String, String)> = from_redis_value(value)?;
        return Ok(pairs.into_iter().find(|(name, _)| name == "maxmemory-policy").map(|(_, policy)| policy));
    }
    let text: String = from_redis_value(value)?;
    let line = text.lines().find_map(|line| line.trim_end().strip_prefix("maxmemory_policy:"));
    Ok(line.map(str::to_owned))
}

/// What is wrong with a server of this policy.
pub(super) fn fault(policy: &str) -> Option<String> {
    (policy != "noeviction").then(|| {
        format!(
            "the Redis server throws records away when its memory is full (maxmemory-policy {policy}), and texts could be \
             sent twice: set its maxmemory-policy to noeviction"
        )
    })
}

fn is_forbidden(error: &RedisError) -> bool {
    let kinds = [ServerErrorKind::NoPerm, ServerErrorKind::ResponseError].map(ErrorKind::Server);
    kinds.contains(&error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_from_either_answer() {
        let info =
            Value::BulkString(b"# Memory\r\nused_memory:1\r\nmaxmemory_policy:volatile-lru\r\n".to_vec());
        assert_eq!(policy(Ok(info)).unwrap().as_deref(), Some("volatile-lru"));
        let word = |text: &str| Value::BulkString(text.as_bytes().to_vec());
        let config = Value::Array(vec![word("maxmemory-policy"), word("noeviction")]);
        assert_eq!(policy(Ok(config)).unwrap().as_deref(), Some("noeviction"));
        assert_eq!(policy(Ok(Value::Array(Vec::new()))).unwrap(), None);
        assert!(policy(Err((ErrorKind::Io, "away").into())).is_err());
        assert!(fault("noeviction").is_none());
        assert!(fault("allkeys-lfu").unwrap().contains("maxmemory-policy allkeys-lfu"));
    }
}
