//! A PostgreSQL server of one test's own, for tests that stop it. It listens on a socket in its folder, nowhere else.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running server. Dropping it ends it and removes its folder.
pub struct Cluster {
    folder: PathBuf,
    /// Where `initdb` and `pg_ctl` are.
    programs: PathBuf,
    /// Whom the server runs as where the tester is root, which PostgreSQL refuses.
    user: Option<&'static str>,
}

impl Cluster {
    /// A new server with nothing in it.
    pub fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("tributary-pg-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).unwrap();
        let is_root = text(Command::new("id").arg("-u")) == "0";
        let has_postgres = Command::new("id").arg("postgres").output().unwrap().status.success();
        let user = is_root.then_some(if has_postgres { "postgres" } else { "nobody" });
        if let Some(user) = user {
            std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o755)).unwrap();
            assert!(Command::new("chown").arg(user).arg(&folder).status().unwrap().success());
        }
        let cluster = Cluster { folder, programs: programs(), user };
        let data = cluster.folder.join("data");
        let options = ["-U", "tributary", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        cluster.run("initdb", &[&["-D", data.to_str().unwrap()], &options[..]].concat());
        let listens = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c max_connections=100",
            cluster.folder.display()
        );
        cluster.control(&["-w", "-t", "60", "-o", &listens, "start"]);
        cluster
    }

    /// Where databases can be created.
    pub fn url(&self) -> String {
        format!("postgres:///postgres?user=tributary&host={}", self.folder.display())
    }

    /// Kills every process of the server, as a power cut would, and starts it anew; returns when it answers.
    pub fn restart_at_once(&self) {
        self.control(&["-w", "-t", "60", "-m", "immediate", "restart"]);
    }

    fn control(&self, args: &[&str]) {
        let (data, log) = (self.folder.join("data"), self.folder.join("server.log"));
        let fixed = ["-D", data.to_str().unwrap(), "-l", log.to_str().unwrap()];
        self.run("pg_ctl", &[&fixed, args].concat());
    }

    /// Runs one of PostgreSQL's programs. The server inherits what it is given, so that no pipe may be among it.
    fn run(&self, program: &str, args: &[&str]) {
        let program = self.programs.join(program);
        let mut command = match self.user {
            Some(user) => {
                let mut command = Command::new("runuser");
                command.args(["-u", user, "--"]).arg(&program);
                command
            }
            None => Command::new(&program),
        };
        command.args(args).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status = command.status().unwrap();
        let log = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        assert!(status.success(), "{} {args:?}: {status}\n{log}", program.display());
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.control(&["-m", "immediate", "stop"]);
            let _ = std::fs::remove_dir_all(&self.folder);
            return;
        }
        // A second panic would hide the first.
        let stop = std::panic::AssertUnwindSafe(|| self.control(&["-m", "immediate", "stop"]));
        let _ = std::panic::catch_unwind(stop);
        eprintln!("the database server of this test is kept in {}", self.folder.display());
    }
}

/// The folder of PostgreSQL's server programs.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.unwrap().path().join("bin")).collect();
    // The newest first: 17 before 9.
    folders.sort_by_key(|folder| std::cmp::Reverse(version(folder)));
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    let found = folders.into_iter().find(|folder| folder.join("initdb").exists());
    found.unwrap_or_else(|| panic!("initdb is nowhere: install PostgreSQL's server, as ./test.sh does"))
}

fn version(folder: &Path) -> Option<u32> {
    folder.parent()?.file_name()?.to_str()?.parse().ok()
}

fn text(command: &mut Command) -> String {
    String::from_utf8(command.output().unwrap().stdout).unwrap().trim().to_owned()
}
