//! CPU seconds from `/proc`.

use anyhow::Context;
use std::fs;

/// Linux counts CPU time in hundredths of a second.
const TICKS_PER_SEC: f64 = 100.0;

struct Times {
    parent: u32,
    name: String,
    own_secs: f64,
    /// Of children that have ended.
    reaped_secs: f64,
}

fn times(pid: u32) -> Option<Times> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (head, rest) = stat.rsplit_once(')')?;
    let name = head.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<f64>().ok();
    Some(Times {
        parent: fields.get(1)?.parse().ok()?,
        name,
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

/// CPU seconds of every PostgreSQL server on this machine so far, ended backends included.
pub fn of_postgres() -> anyhow::Result<f64> {
    let mut secs = 0.0;
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Some(process) = times(pid) else { continue };
        if process.name != "postgres" {
            continue;
        }
        secs += process.own_secs;
        let is_server = times(process.parent).is_none_or(|parent| parent.name != "postgres");
        if is_server {
            secs += process.reaped_secs;
        }
    }
    Ok(secs)
}

/// The most memory a process has held: MiB.
pub fn peak_memory_mib(pid: u32) -> anyhow::Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).context("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).context("no figure")?.parse()?;
    Ok(kib / 1024.0)
}

/// The machine, in a line.
pub fn machine() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':')).map(|(_, m)| m.trim());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{cores} cores, {}", model.unwrap_or("unknown processor"))
}
