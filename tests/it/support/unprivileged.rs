//! Running the program as somebody who may not write everywhere: root may, so root becomes `nobody`.

use super::app::TestApp;
use super::command::{Finished, tributary};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

const NOBODY: &str = "65534";

/// Runs a command while the installation's folder and everything in it may only be read.
pub fn run_on_read_only_folder(app: &TestApp, args: &[&str]) -> Finished {
    let folder = app.scratch.path();
    let is_root = text(Command::new("id").arg("-u")) == "0";
    let plain = tributary(&app.cli.settings, folder);
    let mut command = if is_root {
        // A copy, because the build may lie where only root can read.
        let copy = app.scratch.join("tributary-copy");
        std::fs::copy(plain.get_program(), &copy).unwrap();
        assert!(Command::new("chown").args(["-R", NOBODY]).arg(folder).status().unwrap().success());
        let mut command = Command::new("setpriv");
        command.args(["--reuid", NOBODY, "--regid", NOBODY, "--clear-groups"]).arg(&copy);
        command.env_clear().envs(&app.cli.settings).current_dir(folder);
        command
    } else {
        plain
    };
    permit(folder, 0o555, 0o444);
    let output = command.args(args).stdin(Stdio::null()).output();
    permit(folder, 0o755, 0o600);
    let output = output.unwrap();
    if is_root {
        assert!(Command::new("chown").args(["-R", "0"]).arg(folder).status().unwrap().success());
    }
    Finished {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

fn permit(folder: &Path, of_folder: u32, of_files: u32) {
    let set =
        |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    set(folder, 0o755);
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // The master key stays private, and the program can be run.
        let mode = if name == "tributary-copy" {
            0o555
        } else if name == "master.key" {
            0o400
        } else {
            of_files
        };
        set(&path, mode);
    }
    set(folder, of_folder);
}

fn text(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
}
