//! The package's contents as a list, its control file, and an installation into a folder.

use std::process::Command;

use super::*;
use crate::release::bundle::stand_in;

fn release(version: &Version) -> Release<'_> {
    Release { version, date: "2026-11-26", glibc: Glibc(2, 34) }
}

#[test]
fn every_file_has_its_place() {
    let version = "1.2.0".parse().unwrap();
    let placed = tree(&stand_in(), &release(&version)).unwrap();
    let list: String = placed.iter().map(|file| format!("{:o} /{}\n", file.mode, file.path)).collect();
    insta::assert_snapshot!(list);
}

#[test]
fn the_package_says_what_it_needs() {
    let version = "1.2.0".parse().unwrap();
    let template = "Version: @version@\nInstalled-Size: @size@\nDepends: libc6 (>= @glibc@)\n";
    let control = control(template, &release(&version), 2049);
    assert_eq!(control, "Version: 1.2.0\nInstalled-Size: 3\nDepends: libc6 (>= 2.34)\n");
    let changelog = changelog(&release(&version)).unwrap();
    assert!(changelog.ends_with("example.com>  Thu, 26 Nov 2026 00:00:00 +0000\n"), "{changelog}");
}

/// The package of a stand-in, put into a folder as if it were a system, removed and purged.
#[test]
fn the_package_installs_and_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let (Some(dpkg), Some(_)) = (process::find_program("dpkg"), process::find_program("dpkg-deb")) else {
        println!("skipped: there is no dpkg on this system");
        return;
    };
    let root = Workspace::find().unwrap().root;
    let workspace = Workspace { root, target: folder.path().to_path_buf() };
    let version = "1.2.0".parse().unwrap();
    let package = build(&workspace, &stand_in(), &release(&version), folder.path()).unwrap();
    let twin = std::fs::read(&package).unwrap();
    build(&workspace, &stand_in(), &release(&version), folder.path()).unwrap();
    assert!(twin == std::fs::read(&package).unwrap(), "the same files are not the same package");

    let system = folder.path().join("system");
    for part in ["info", "updates", "triggers"] {
        std::fs::create_dir_all(system.join("var/lib/dpkg").join(part)).unwrap();
    }
    for file in ["status", "available"] {
        std::fs::write(system.join("var/lib/dpkg").join(file), "").unwrap();
    }
    let dpkg = |arguments: &[&str], package: &str| {
        let mut command = Command::new(&dpkg);
        command.args(["--force-not-root", "--force-depends", "--force-script-chrootless", "--log=/dev/null"]);
        command.arg(format!("--root={}", system.display())).args(arguments).arg(package);
        // The scripts speak to this machine's systemd, which is not to be troubled: programs of nothing take their place.
        command.env(
            "PATH",
            format!("{}:{}", folder.path().join("bin").display(), process::variable("PATH").unwrap()),
        );
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    let bin = folder.path().join("bin");
    for name in ["systemctl", "deb-systemd-helper", "deb-systemd-invoke"] {
        put(&bin, name, b"#!/bin/sh\nexit 0\n", 0o755).unwrap();
    }
    dpkg(&["--install"], package.to_str().unwrap());
    let (program, config) = (system.join("usr/bin/mcp-server"), system.join(CONFIG));
    assert_eq!(std::fs::metadata(&program).unwrap().permissions().mode() & 0o7777, 0o755);
    // A file of the operator's stays, until they want it gone.
    std::fs::write(&config, "listen = \"127.0.0.1:1\"\n").unwrap();
    dpkg(&["--remove"], PACKAGE);
    assert!(!program.exists() && config.exists());
    dpkg(&["--purge"], PACKAGE);
    assert!(!config.exists());
}
