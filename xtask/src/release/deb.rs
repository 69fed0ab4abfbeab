//! The Debian package: which file of the bundle goes where, and what dpkg is told. `dpkg-deb` packs it.
//!
//! The package makes no user: the unit's is systemd's to make (`DynamicUser`). It starts nothing, since a server without an address and
//! keys would only fail.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::archive::{day, gzip};
use super::bundle::{Bundle, PROGRAM};
use super::floor::Glibc;
use super::version::Version;
use crate::environment;
use crate::error::Error;
use crate::process;
use crate::workspace::Workspace;

const PACKAGE: &str = "openphone-mcp-server";
/// Who signs for a release in the package's changelog.
const MAINTAINER: &str = "Maintainers of the OpenPhone MCP server <openphone-mcp@example.com>";
/// A file that belongs to whoever runs the machine: an upgrade asks before it changes it.
const CONFIG: &str = "etc/openphone-mcp/config.toml";
pub(crate) const SCRIPTS: [&str; 3] = ["postinst", "postrm", "prerm"];

/// What the package says of itself.
pub(crate) struct Release<'a> {
    pub(crate) version: &'a Version,
    pub(crate) date: &'a str,
    /// The oldest glibc that the program runs with.
    pub(crate) glibc: Glibc,
}

/// A file in its place.
#[derive(Debug)]
struct Placed {
    /// From the system's root, without the first slash.
    path: String,
    bytes: Vec<u8>,
    mode: u32,
}

/// Builds the package in `folder`, and returns its path.
pub(crate) fn build(
    workspace: &Workspace,
    bundle: &Bundle,
    release: &Release<'_>,
    folder: &Path,
) -> Result<PathBuf, Error> {
    let dpkg_deb = process::find_program("dpkg-deb")
        .ok_or_else(|| Error::Missing("dpkg-deb: only a Debian system packs packages".to_owned()))?;
    let root = workspace.target.join("release-package");
    if root.exists() {
        std::fs::remove_dir_all(&root).map_err(Error::file(&root))?;
    }
    let placed = tree(bundle, release)?;
    for file in &placed {
        put(&root, &file.path, &file.bytes, file.mode)?;
    }
    let sums = process::output(
        Command::new("md5sum").args(placed.iter().map(|file| file.path.as_str())).current_dir(&root),
    )?;
    let bytes: usize = placed.iter().map(|file| file.bytes.len()).sum();
    let template = workspace.root.join("deploy/debian/control");
    let template = std::fs::read_to_string(&template).map_err(Error::file(&template))?;
    let control = control(&template, release, bytes);
    put(&root, "DEBIAN/control", control.as_bytes(), 0o644)?;
    put(&root, "DEBIAN/conffiles", format!("/{CONFIG}\n").as_bytes(), 0o644)?;
    put(&root, "DEBIAN/md5sums", sums.as_bytes(), 0o644)?;
    for script in SCRIPTS {
        let path = workspace.root.join("deploy/debian").join(script);
        let text = std::fs::read(&path).map_err(Error::file(&path))?;
        put(&root, &format!("DEBIAN/{script}"), &text, 0o755)?;
    }
    let package = folder.join(format!("{PACKAGE}_{}_{}.deb", release.version, architecture()));
    let mut pack = Command::new(dpkg_deb);
    pack.args(["--root-owner-group", "--build"]).arg(&root).arg(&package);
    // No file is younger than the release, wherever and whenever it is packed.
    pack.env("SOURCE_DATE_EPOCH", day(release.date)?.to_string());
    process::quiet("dpkg-deb", &mut pack)?;
    Ok(package)
}

/// What lintian says of a package: errors and warnings are failures.
pub(crate) fn lint(package: &Path) -> Result<(), Error> {
    let lintian = environment::program("lintian", "lintian")?;
    let mut lint = Command::new(lintian);
    // Some of us are root in a container, which it minds.
    lint.args(["--allow-root", "--fail-on=error,warning"]);
    process::quiet("lintian", lint.arg(package))
}

/// Where everything goes.
fn tree(bundle: &Bundle, release: &Release<'_>) -> Result<Vec<Placed>, Error> {
    let documents = format!("usr/share/doc/{PACKAGE}");
    let mut placed = Vec::new();
    for file in bundle.files() {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        let (path, compressed) = match (folder, name) {
            ("", PROGRAM) => ("usr/bin/mcp-server".to_owned(), false),
            ("", "LICENSE") => (format!("{documents}/copyright"), false),
            ("", "CHANGELOG.md") => (format!("{documents}/CHANGELOG.md.gz"), true),
            ("" | "docs", name) => (format!("{documents}/{name}"), false),
            ("completions", "bash") => ("usr/share/bash-completion/completions/mcp-server".to_owned(), false),
            ("completions", "fish") => {
                ("usr/share/fish/vendor_completions.d/mcp-server.fish".to_owned(), false)
            }
            ("completions", "zsh") => ("usr/share/zsh/vendor-completions/_mcp-server".to_owned(), false),
            ("man", name) => (format!("usr/share/man/man1/{name}.gz"), true),
            ("deploy/systemd", "config.toml") => (CONFIG.to_owned(), false),
            ("deploy/systemd", name) => (format!("lib/systemd/system/{name}"), false),
            _ => return Err(Error::content(Path::new(&file.path), &"has no place in the package")),
        };
        placed.push(Placed { path, bytes: contents(&file.bytes, compressed)?, mode: file.mode() });
    }
    let changelog = changelog(release)?;
    placed.push(Placed {
        path: format!("{documents}/changelog.gz"),
        bytes: contents(changelog.as_bytes(), true)?,
        mode: 0o644,
    });
    placed.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(placed)
}

fn contents(bytes: &[u8], compressed: bool) -> Result<Vec<u8>, Error> {
    if compressed { gzip(bytes).map_err(Error::file(Path::new("gzip"))) } else { Ok(bytes.to_vec()) }
}

/// The changelog in Debian's form, which has one entry: ours is beside it.
fn changelog(release: &Release<'_>) -> Result<String, Error> {
    let Release { version, date, .. } = release;
    let unusable = |error| Error::content(Path::new(date), &error);
    let day = date.parse::<Date>().map_err(&unusable)?;
    let day = day.to_zoned(TimeZone::UTC).map_err(unusable)?;
    let day = day.strftime("%a, %d %b %Y %H:%M:%S +0000");
    Ok(format!(
        "{PACKAGE} ({version}) stable; urgency=medium\n\n  * Release {version}: CHANGELOG.md says what changed.\n\n -- {MAINTAINER}  {day}\n"
    ))
}

fn control(template: &str, release: &Release<'_>, bytes: usize) -> String {
    template
        .replace("@version@", &release.version.to_string())
        .replace("@architecture@", architecture())
        .replace("@size@", &bytes.div_ceil(1024).to_string())
        .replace("@glibc@", &release.glibc.to_string())
}

/// Debian's name of this machine's architecture.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn put(root: &Path, path: &str, bytes: &[u8], mode: u32) -> Result<(), Error> {
    let path = root.join(path);
    // Folders are everybody's to look into, whatever the umask of whoever releases.
    for folder in path
        .ancestors()
        .skip(1)
        .take_while(|folder| folder.starts_with(root))
        .collect::<Vec<_>>()
        .iter()
        .rev()
    {
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        std::fs::set_permissions(folder, Permissions::from_mode(0o755)).map_err(Error::file(folder))?;
    }
    std::fs::write(&path, bytes).map_err(Error::file(&path))?;
    std::fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(Error::file(&path))
}

#[cfg(test)]
mod tests;
