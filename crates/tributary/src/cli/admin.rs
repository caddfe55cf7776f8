//! `tributary admin`

use super::Common;
use super::common::{OfPlatform, Output, print, read_secret};
use serde_json::json;
use std::path::PathBuf;
use tributary_core::state::Role;
use tributary_core::token;
use tributary_db::users;
use tributary_portal::passwords;

/// Creates administrators of a platform's portal
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Create(Create),
}

/// Creates an administrator
///
/// Without --password-file a password is made up and printed, this once. Somebody who is a user of another platform
/// already becomes an administrator here, too, and keeps the password they have.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  tributary admin create --email admin@example.com")]
struct Create {
    /// The administrator's e-mail address.
    #[arg(long)]
    email: String,
    /// A file with the password (at least 12 characters); `-` is stdin.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    #[command(flatten)]
    of: OfPlatform,
    #[command(flatten)]
    output: Output,
}

/// Runs the command.
pub fn run(common: &Common, args: Args) -> anyhow::Result<()> {
    let Command::Create(Create { email, password_file, of, output }) = args.command;
    let session = common.open()?;
    let platform = session.platform(&of)?;
    let (password, is_made_up) = match &password_file {
        Some(path) => (read_secret(path, "the password")?, false),
        None => (token::random_password()?, true),
    };
    let hash = passwords::hash(&password, &session.settings.passwords.cost())?;
    let now = session.clock.now();
    let role = Role::Administrator;
    let member = session.write(|conn| users::create(conn, platform.no, &email, &hash, role, now))?;
    let mut json = json!({"user_id": member.user.id, "email": member.user.email});
    let mut text = format!("{} is now an administrator of {}.", member.user.email, platform.name);
    if member.existed {
        text.push_str(" The password is the one that this user had before.");
    } else if is_made_up {
        json["password"] = password.expose().into();
        text.push_str(&format!("\nPassword, shown only this once: {}", password.expose()));
    }
    print(&output, &json, &text)
}
