//! Counts in LLVM's text form, and which of them are kept.

use std::fmt::Write as _;

/// Parts that a function has at least which never ran and is kept all the same.
///
/// The compiler has to be told of large functions that do not run, or it makes them large by making them fast. The small ones are
/// two of three of all functions, and the counts are a part of the repository.
const LARGE: usize = 8;

/// What is kept of the counts of all processes.
///
/// First lines say of which kind the counts are. A record is a name, then a heading before each of the function's hash, how many
/// counts it has, and the counts, a line each, then values that it met, if any. Empty lines separate records.
pub(super) fn kept(text: &str) -> String {
    let is_kind = |line: &&str| line.starts_with([':', '#']);
    let kind: String = text.split_inclusive('\n').take_while(is_kind).collect();
    let records = text.get(kind.len()..).unwrap_or_default();
    let mut kept = kind;
    for record in records.split("\n\n").filter(|record| is_kept(record)) {
        let _ = writeln!(kept, "{}\n", record.trim_end());
    }
    kept
}

fn is_kept(record: &str) -> bool {
    let counts = record.lines().skip_while(|line| *line != "# Counter Values:").skip(1);
    let mut parts = 0;
    // Another heading ends the counts.
    for count in counts.take_while(|line| !line.starts_with('#')) {
        if count != "0" {
            return true;
        }
        parts += 1;
    }
    parts >= LARGE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, counts: &[u64]) -> String {
        let counts: String = counts.iter().map(|count| format!("{count}\n")).collect();
        format!(
            "{name}\n# Func Hash:\n7\n# Num Counters:\n{}\n# Counter Values:\n{counts}",
            counts.lines().count()
        )
    }

    #[test]
    fn what_ran_and_what_is_large_is_kept() {
        let records = [
            format!("# IR level Instrumentation Flag\n:ir\n{}", record("small", &[0, 0])),
            record("ran", &[0, 3]),
            record("large", &[0; LARGE]),
            format!("{}# Num Value Kinds:\n1\n", record("small_with_values", &[0; LARGE - 1])),
        ];
        let kept = kept(&records.join("\n"));
        let [ran, large] = [record("ran", &[0, 3]), record("large", &[0; LARGE])];
        assert_eq!(kept, format!("# IR level Instrumentation Flag\n:ir\n{ran}\n{large}\n"));
    }
}
