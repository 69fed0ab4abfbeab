//! Which functions of a program ran, out of a file of callgrind's.
//! Format: <https://valgrind.org/docs/manual/cl-format.html>.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

/// The functions of `binary` that spent instructions of their own, under their linker's names.
pub(super) fn of(text: &str, binary: &Path) -> BTreeSet<String> {
    let binary = binary.display().to_string();
    let (mut objects, mut functions) = (Names::default(), Names::default());
    let (mut is_ours, mut function, mut is_call) = (false, None, false);
    let mut ran = BTreeSet::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("ob=") {
            is_ours = objects.read(name) == Some(&binary);
        } else if let Some(name) = line.strip_prefix("cob=") {
            objects.read(name);
        } else if let Some(name) = line.strip_prefix("fn=") {
            function = functions.read(name).map(str::to_owned);
        } else if let Some(name) = line.strip_prefix("cfn=") {
            functions.read(name);
        } else if line.starts_with("calls=") {
            is_call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            // The line after `calls=` is what the called function spent.
            if !std::mem::take(&mut is_call) && is_ours {
                ran.extend(
                    function.as_deref().map(symbol).filter(|name| !name.starts_with("0x")).map(str::to_owned),
                );
            }
        }
    }
    ran
}

/// Without the depth of a recursion, which callgrind writes behind a name.
fn symbol(name: &str) -> &str {
    match name.rsplit_once('\'') {
        Some((name, depth)) if !depth.is_empty() && depth.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    }
}

/// Names are written once, and later only by their number: `(12) name`, then `(12)`.
#[derive(Default)]
struct Names<'a>(HashMap<&'a str, &'a str>);

impl<'a> Names<'a> {
    fn read(&mut self, written: &'a str) -> Option<&'a str> {
        let (number, name) = written.split_once(')')?;
        if !name.is_empty() {
            self.0.insert(number, name.trim_start());
        }
        self.0.get(number).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ran_in_the_binary_is_named() {
        let text = "\
version: 1
events: Ir

ob=(1) /srv/mcp-server
fl=(1) ???
fn=(1) _ZN4main17hE
0 5
cob=(2) /lib/libc.so.6
cfn=(2) malloc
calls=3 0
0 99
+1 2

fn=(3) _ZN6called17hE
cfn=(4) _ZN5never17hE
calls=1 0
0 7

fn=(5) _ZN7deep17hE'2
* 4

fn=(6) 0x00000000000449dc
0 1

ob=(2)
fn=(2)
0 8

ob=(1)
fn=(1)
0 1
";
        let ran: Vec<_> = of(text, Path::new("/srv/mcp-server")).into_iter().collect();
        assert_eq!(ran, ["_ZN4main17hE", "_ZN7deep17hE"]);
        assert!(of(text, Path::new("/srv/other")).is_empty());
    }
}
