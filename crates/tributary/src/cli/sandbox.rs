//! `tributary sandbox`

use super::Common;
use super::common::{Output, print};
use super::serve::in_runtime;
use crate::shutdown::Shutdown;
use anyhow::{Context, bail};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use tributary_sandbox::{ClockMode, Fault, Sandbox, SandboxConfig, SandboxInfo};

/// The port that the sandbox listens on if it is free to choose.
pub const PORT: u16 = 7613;

/// Runs a simulated Stripe on this machine
///
/// It answers API and OAuth requests as Stripe does, with made-up merchants whose money adds up. Its data is decided
/// by seed and flags alone; with --data-dir it also remembers authorizations and changes. It is a simulation: no key
/// of it opens anything else.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  tributary sandbox
  tributary sandbox --charges 20000 --rps-limit 0 --json
  tributary sandbox --fault server-error:p=0.05 --fault hang:resource=charges,first=1")]
pub struct Args {
    /// The port on 127.0.0.1; 0 takes a free one.
    #[arg(long, default_value_t = PORT)]
    port: u16,
    /// How many merchants there are.
    #[arg(long, default_value_t = 3)]
    accounts: usize,
    /// Charges of each merchant, failed ones included.
    #[arg(long, default_value_t = 1000)]
    charges: usize,
    /// How long each answer is held back, in milliseconds.
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// Requests a second of each account; 0 lifts the limits. Stripe's own limits when not given.
    #[arg(long, value_parser = rate)]
    rps_limit: Option<f64>,
    /// Decides every id, name, amount and key.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What goes wrong, as KIND[:name=value,…]; may be repeated. Kinds: rate-limit, lock-timeout, server-error, html,
    /// hang, truncate, slow, invalid-json, unknown-enum, extra-fields, missing-fields, retyped-fields, unauthorized,
    /// forbidden; and for events on their way to endpoints webhook-drop, webhook-duplicate, webhook-delay,
    /// webhook-reorder, webhook-bad-signature, webhook-old-timestamp. Names: p (chance), first, after (counts), resource,
    /// account, status, secs.
    #[arg(long)]
    fault: Vec<Fault>,
    /// The version of Stripe's API that events are rendered in, as if it were the accounts' default.
    #[arg(long, value_name = "VERSION")]
    api_version: Option<String>,
    /// Let time stand still until POST /_sandbox/clock moves it.
    #[arg(long)]
    still_clock: bool,
    /// How far its clock is ahead of this machine's, in seconds; below 0 behind it. At most a day.
    #[arg(long, default_value_t = 0, allow_negative_numbers = true, value_name = "SECS", value_parser = clap::value_parser!(i64).range(-86_400..=86_400))]
    clock_skew: i64,
    /// A directory to remember authorizations and changes in.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if rate.is_finite() && rate >= 0.0 => Ok(rate),
        _ => Err("a number of requests per second is expected, or 0 for no limit".to_owned()),
    }
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    // It has no settings of its own, but it logs like everything else.
    common.settings()?;
    if let Some(folder) = &args.data_dir {
        std::fs::create_dir_all(folder).with_context(|| format!("--data-dir {}", folder.display()))?;
    }
    let config = SandboxConfig {
        seed: args.seed,
        accounts: args.accounts,
        charges: args.charges,
        latency_ms: args.latency_ms,
        requests_per_second: args.rps_limit,
        faults: args.fault,
        clock: if args.still_clock { ClockMode::Still } else { ClockMode::Running },
        skew_secs: args.clock_skew,
        api_version: args.api_version,
        state_path: args.data_dir.map(|folder| folder.join("sandbox.json")),
        ..SandboxConfig::default()
    };
    let listener = match TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)) {
        Ok(listener) => listener,
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            bail!("--port: 127.0.0.1:{} is in use: choose another port, or 0 for a free one", args.port)
        }
        Err(error) => {
            return Err(error).context(format!("--port: listening on 127.0.0.1:{} failed", args.port));
        }
    };
    let sandbox = Sandbox::open(config)?;
    in_runtime(async {
        let shutdown = Shutdown::on_signals().context("signals can't be received")?;
        let (url, handle) = tributary_sandbox::serve(sandbox.clone(), listener)?;
        let info = sandbox.info(&url);
        print(&args.output, &info, &describe(&info))?;
        shutdown.stop.cancelled().await;
        handle.stop(false).await;
        Ok(())
    })
}

fn describe(info: &SandboxInfo) -> String {
    let mut text = format!("A simulated Stripe listens on {}\n", info.url);
    for platform in &info.platforms {
        text.push_str(&format!(
            "\nPlatform, {} mode\n  client id   {}\n  secret key  {}\n  webhooks    {}\n",
            platform.mode, platform.client_id, platform.secret_key, platform.webhook_secret
        ));
    }
    for account in &info.accounts {
        text.push_str(&format!(
            "\nMerchant {} with {} charges\n  secret key      {}\n  restricted key  {}\n",
            account.id, account.charges, account.secret_key, account.restricted_key
        ));
    }
    text
}
