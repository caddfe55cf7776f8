//! The program: every role it can take.

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use tributary::cli::*;

/// Reads merchants' Stripe accounts into one normalized, queryable record.
#[derive(Parser)]
#[command(version, after_help = AFTER_HELP)]
struct Tributary {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
#[command(disable_help_subcommand = true)]
enum Role {
    Demo(demo::Args),
    Serve(serve::Args),
    Migrate(migrate::Args),
    Check(check::Args),
    Platform(platform::Args),
    Admin(admin::Args),
    ApiKey(api_key::Args),
    Integration(integration::Args),
    Company(company::Args),
    Connection(connection::Args),
    Sync(sync::Args),
    Sandbox(sandbox::Args),
}

fn main() -> ExitCode {
    use Role::*;
    let Tributary { common, role } = Tributary::parse();
    finish(match role {
        Demo(args) => demo::run(&common, args),
        Serve(args) => serve::run(&common, args),
        Migrate(args) => migrate::run(&common, args),
        Check(args) => check::run(&common, args),
        Platform(args) => platform::run(&common, args),
        Admin(args) => admin::run(&common, args),
        ApiKey(args) => api_key::run(&common, args),
        Integration(args) => integration::run(&common, args),
        Company(args) => company::run(&common, args),
        Connection(args) => connection::run(&common, args),
        Sync(args) => sync::run(&common, args),
        Sandbox(args) => sandbox::run(&common, args),
    })
}
