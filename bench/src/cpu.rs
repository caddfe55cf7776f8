//! CPU seconds from `/proc`.

use anyhow::Context;
use diesel::sql_types::Integer;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query};
use std::fs;

/// Linux counts CPU time in hundredths of a second.
const TICKS_PER_SEC: f64 = 100.0;

struct Times {
    parent: u32,
    own_secs: f64,
    /// Of children that have ended.
    reaped_secs: f64,
}

fn times(pid: u32) -> Option<Times> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Times {
        parent: fields.get(1)?.parse().ok()?,
        own_secs: (number(11)? + number(12)?) / TICKS_PER_SEC,
        reaped_secs: (number(13)? + number(14)?) / TICKS_PER_SEC,
    })
}

/// CPU seconds of one process so far.
pub fn of_process(pid: u32) -> anyhow::Result<f64> {
    Ok(times(pid).context("the process is gone")?.own_secs)
}

/// CPU seconds of this process so far.
pub fn of_this_process() -> anyhow::Result<f64> {
    of_process(std::process::id())
}

/// One PostgreSQL server on this machine.
pub struct PostgresServer {
    /// The process that every backend is a child of.
    postmaster: u32,
}

#[derive(QueryableByName)]
struct Backend {
    #[diesel(sql_type = Integer)]
    id: i32,
}

impl PostgresServer {
    /// The server behind a URL: the parent of the process that answers there.
    pub fn find(url: &str) -> anyhow::Result<Self> {
        let mut conn = PgConnection::establish(url)?;
        let backend: Backend = sql_query("SELECT pg_backend_pid() AS id").get_result(&mut conn)?;
        let backend = times(u32::try_from(backend.id)?);
        let backend = backend.context("the PostgreSQL server must run on this machine")?;
        Ok(PostgresServer { postmaster: backend.parent })
    }

    /// CPU seconds of its processes so far, those that have ended included.
    pub fn cpu_secs(&self) -> anyhow::Result<f64> {
        let server = times(self.postmaster).context("the PostgreSQL server is gone")?;
        let mut secs = server.own_secs + server.reaped_secs;
        for entry in fs::read_dir("/proc")? {
            let id = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok());
            let child = id.and_then(times).filter(|process| process.parent == self.postmaster);
            secs += child.map_or(0.0, |process| process.own_secs + process.reaped_secs);
        }
        Ok(secs)
    }
}

/// The most memory a process has held: MiB.
pub fn peak_memory_mib(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kib / 1024.0)
}

/// Prints the machine in a line.
pub fn print_machine() {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map(|(_, m)| m.trim());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    println!("machine: {cores} cores, {}", model.unwrap_or("unknown processor"));
}
