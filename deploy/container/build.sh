#!/bin/sh
# Builds the program with the counts of how it runs, as `cargo xtask build` does it, where there is cargo and nothing else. From the
# repository's root. The Dockerfile runs it.
set -eu

packed=bins/mcp-server/release.profdata.gz
# Cargo looks at the name of such a file and not into it: other counts have another name.
hash=$(sha256sum "$packed")
counts=/tmp/release-${hash%% *}.profdata
gunzip -c "$packed" > "$counts"
RUSTFLAGS="-Cprofile-use=$counts" cargo build --release --locked --package mcp-server
