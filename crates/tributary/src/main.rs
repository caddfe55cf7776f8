//! The program: every role it can take.

use std::process::ExitCode;
use tributary::cli::*;

#[derive(clap::Subcommand)]
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
    Remap(remap::Args),
    Sandbox(sandbox::Args),
}

fn main() -> ExitCode {
    let Tributary { common, role } = Tributary::read();
    finish(match role {
        Role::Demo(args) => demo::run(&common, args),
        Role::Serve(args) => serve::run(&common, args),
        Role::Migrate(args) => migrate::run(&common, args),
        Role::Check(args) => check::run(&common, args),
        Role::Platform(args) => platform::run(&common, args),
        Role::Admin(args) => admin::run(&common, args),
        Role::ApiKey(args) => api_key::run(&common, args),
        Role::Integration(args) => integration::run(&common, args),
        Role::Company(args) => company::run(&common, args),
        Role::Connection(args) => connection::run(&common, args),
        Role::Sync(args) => sync::run(&common, args),
        Role::Remap(args) => remap::run(&common, args),
        Role::Sandbox(args) => sandbox::run(&common, args),
    })
}
