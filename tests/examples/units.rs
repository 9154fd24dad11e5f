//! The units of systemd that the guide shows.

use std::fs;
use std::process::Command;

use test_support::folder::Folder;
use test_support::installed;
use test_support::page::{block, replaced};
use test_support::program::{Program, path};

const PAGE: &str = "deployment/systemd.rs";
const INSTALLED: &str = "/usr/local/bin/activated_server";

/// Writes the units, for the example where it was built.
fn written() -> Folder {
    let folder = Folder::new();
    let server = path("activated_server");
    for name in ["echo.socket", "echo.service"] {
        let unit = block(PAGE, &format!("# /etc/systemd/system/{name}"));
        let unit = if name == "echo.service" {
            replaced(&unit, INSTALLED, server.to_str().unwrap())
        } else {
            unit
        };
        fs::write(folder.file(name), unit).unwrap();
    }
    folder
}

#[test]
fn systemd_understands_every_line() {
    let Some(analyze) = installed::program("systemd-analyze") else {
        return installed::skipped("systemd-analyze");
    };
    let folder = written();
    let verify = |folder: &Folder| {
        let units = ["echo.socket", "echo.service"].map(|name| folder.file(name));
        let mut command = Command::new(&analyze);
        Program::run(command.args(["verify", "--man=no"]).args(units)).end()
    };
    let ended = verify(&folder);
    // Units of this machine may have faults of their own.
    let about = |text: &str| text.lines().any(|line| line.contains("echo."));
    assert!(!about(&ended.stderr), "{ended:?}");
    // So that silence means something.
    let unit = fs::read_to_string(folder.file("echo.service")).unwrap();
    fs::write(folder.file("echo.service"), replaced(&unit, "TasksMax=", "TaskMax=")).unwrap();
    let ended = verify(&folder);
    assert!(about(&ended.stderr) && ended.stderr.contains("TaskMax"), "{ended:?}");
}

#[test]
fn little_is_exposed() {
    let Some(analyze) = installed::program("systemd-analyze") else {
        return installed::skipped("systemd-analyze");
    };
    let folder = written();
    let mut command = Command::new(analyze);
    // In tenths; a service without any of these lines has 9.6.
    command.args(["security", "--offline=yes", "--no-pager", "--threshold=20"]);
    let ended = Program::run(command.arg(folder.file("echo.service"))).end();
    if ended.stderr.contains("unrecognized option") {
        return installed::skipped("systemd 250");
    }
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("Overall exposure level for echo.service"), "{ended:?}");
}
