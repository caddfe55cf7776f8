//! What a demo ends with: `demo.json` (rule I6) and a text for people.

use crate::private_file;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use std::io;
use std::path::Path;

/// Where everything is and what opens it. Keys are only ever added.
#[derive(Clone, Serialize)]
pub(super) struct Report {
    pub portal_url: String,
    pub api_url: String,
    pub link_url: String,
    pub sandbox_url: String,
    pub api_key: String,
    pub admin_email: String,
    pub admin_password: String,
    pub platform_id: String,
    pub company_id: String,
    pub connection_id: String,
    pub integration_key: String,
    pub stripe_account_id: String,
    pub stripe_client_id: String,
    pub stripe_secret_key: String,
    pub database_url: String,
}

impl Report {
    /// Writes the file whole, readable by its owner only.
    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        private_file::write(path, &text)
    }

    /// What is printed at the end. `goes_on` says whether it is served after that.
    pub fn text(&self, path: &Path, goes_on: bool) -> String {
        let Report { portal_url, api_url, link_url, sandbox_url, api_key, .. } = self;
        let header = format!("Authorization: Basic {}", STANDARD.encode(api_key));
        let data = format!("{api_url}/companies/{}/connections/{}/data", self.company_id, self.connection_id);
        let first = if goes_on { "Try:" } else { "Start it again without --exit-when-synced, and try:" };
        format!(
            "\nEverything is synced. It is also in {}.

  Portal         {portal_url}
  Administrator  {} with the password {}
  API            {api_url}
  API key        {api_key}
  Link           {link_url}
  Sandbox        {sandbox_url} (a simulated Stripe)

{first}

  curl -H '{header}' '{api_url}/companies'
  curl -H '{header}' '{data}/commerce-payments?pageSize=3'
",
            path.display(),
            self.admin_email,
            self.admin_password,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_folder::TestFolder;

    fn report() -> Report {
        let text = |name: &str| format!("the {name}");
        Report {
            portal_url: text("portal"),
            api_url: "http://127.0.0.1:7611".to_owned(),
            link_url: text("link"),
            sandbox_url: text("sandbox"),
            api_key: "trb_key".to_owned(),
            admin_email: text("e-mail"),
            admin_password: text("password"),
            platform_id: text("platform"),
            company_id: "c".to_owned(),
            connection_id: "n".to_owned(),
            integration_key: "yzth".to_owned(),
            stripe_account_id: text("account"),
            stripe_client_id: text("client"),
            stripe_secret_key: text("secret key"),
            database_url: text("database"),
        }
    }

    #[test]
    fn demo_json_holds_exactly_the_documented_keys_as_strings() {
        let folder = TestFolder::new();
        let path = folder.join("demo.json");
        report().write(&path).unwrap();
        let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let object = read.as_object().unwrap();
        let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
        keys.sort_unstable();
        let expected = [
            "admin_email",
            "admin_password",
            "api_key",
            "api_url",
            "company_id",
            "connection_id",
            "database_url",
            "integration_key",
            "link_url",
            "platform_id",
            "portal_url",
            "sandbox_url",
            "stripe_account_id",
            "stripe_client_id",
            "stripe_secret_key",
        ];
        assert_eq!(keys, expected);
        assert!(object.values().all(serde_json::Value::is_string));
    }

    #[cfg(unix)]
    #[test]
    fn demo_json_is_private_to_its_owner() {
        use std::os::unix::fs::PermissionsExt;
        let folder = TestFolder::new();
        let path = folder.join("demo.json");
        report().write(&path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn the_printed_curl_lines_carry_the_key_in_base64() {
        let text = report().text(Path::new("/d/demo.json"), true);
        let line = "curl -H 'Authorization: Basic dHJiX2tleQ==' 'http://127.0.0.1:7611/companies'";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("/companies/c/connections/n/data/commerce-payments?pageSize=3'"), "{text}");
    }
}
