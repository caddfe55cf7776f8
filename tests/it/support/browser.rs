//! A headless Chromium, driven over WebDriver as a person would: by what stands on the page.
//!
//! `chromedriver` and `chromium` must be installed; `./test.sh` sees to it.

use super::process::Process;
use super::{http, ports, wait};
use std::path::Path;
use std::process::Command;
use thirtyfour::cdp::domains::emulation::{MediaFeature, SetEmulatedMedia};
use thirtyfour::common::log::LoggingPrefsLogLevel;
use thirtyfour::prelude::*;
use tokio::runtime::{Builder, Runtime};

/// Widths that pages are looked at: a desktop's, a phone's, and the narrowest that must work.
const WIDTHS: [u32; 3] = [1280, 390, 320];

/// Where screenshots go, if anywhere: `{page}-{theme}-{width}.png`.
const SCREENSHOTS: &str = "TRIBUTARY_SCREENSHOTS";

/// What is wrong with the page as it stands, as a list of texts: what every page owes to every reader.
const FAULTS_OF_PAGE: &str = r#"
const faults = [];
const need = (holds, fault) => { if (!holds) faults.push(fault); };
const all = (selector) => [...document.querySelectorAll(selector)];
need(all('h1').length === 1, `${all('h1').length} h1 elements`);
need(document.title.trim() !== '', 'no title');
need(document.documentElement.lang !== '', 'no lang');
need(all('main').length === 1, `${all('main').length} main elements`);
// The summary of problems stands before the h1.
let level = 1;
for (const heading of all('h1, h2, h3, h4')) {
  const next = Number(heading.tagName[1]);
  need(next <= level + 1, `${heading.tagName} follows h${level}: ${heading.innerText}`);
  level = next;
}
for (const field of all('input:not([type=hidden]), select, textarea')) {
  const name = field.labels?.length || field.getAttribute('aria-label') || field.getAttribute('aria-labelledby');
  need(name, `no label for ${field.name || field.id}`);
}
for (const control of all('button, a[href]')) {
  const name = control.textContent.trim() || control.getAttribute('aria-label');
  need(name, `no name for ${control.outerHTML.slice(0, 80)}`);
}
for (const table of all('table')) {
  need(table.caption, 'a table without caption');
  need([...table.querySelectorAll('th')].every((cell) => cell.scope), 'a th without scope');
}
for (const field of all('[aria-describedby]')) {
  for (const id of field.getAttribute('aria-describedby').split(/\s+/)) {
    need(document.getElementById(id), `aria-describedby names ${id}, which is nowhere`);
  }
}
const ids = all('[id]').map((element) => element.id);
for (const id of new Set(ids.filter((id, at) => ids.indexOf(id) !== at))) need(false, `the id ${id} twice`);
need(all('[style], style, script:not([src])').length === 0, 'inline style or script');
return faults;
"#;

/// The control that a label with the given text names.
const BY_LABEL: &str = r#"
const wanted = arguments[0];
const text = (label) => label.innerText.replace(/\s+/g, ' ').trim();
const labels = [...document.querySelectorAll('label')];
return (labels.find((label) => text(label) === wanted) ?? labels.find((label) => text(label).startsWith(wanted)))?.control;
"#;

/// A browser with a profile of its own. Dropping it ends it.
pub struct Browser {
    driver: Option<WebDriver>,
    runtime: Runtime,
    _chromedriver: Process,
}

impl Browser {
    /// Starts one; its profile and its driver's log go into `folder`.
    pub fn start(folder: &Path) -> Self {
        let port = ports::free();
        let mut command = Command::new("chromedriver");
        // Chromium leaves folders behind; in here they go with the test's.
        command.arg(format!("--port={port}")).env("TMPDIR", folder);
        let chromedriver = Process::start(&mut command, folder, "chromedriver");
        let server = format!("http://127.0.0.1:{port}");
        let client = http::client();
        wait::until("chromedriver listens", wait::SOON, || {
            client.get(format!("{server}/status")).send().ok().filter(|answer| answer.status().is_success())
        });
        let mut wanted = DesiredCapabilities::chrome();
        for flag in [
            "--headless",
            // The suite may run as root, where Chromium has no sandbox. It visits only our own pages.
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ] {
            wanted.add_arg(flag).unwrap();
        }
        wanted.set_logging_prefs("browser", LoggingPrefsLogLevel::All).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        let driver = runtime.block_on(WebDriver::new(server, wanted)).unwrap();
        Browser { driver: Some(driver), runtime, _chromedriver: chromedriver }
    }

    fn driver(&self) -> &WebDriver {
        self.driver.as_ref().unwrap()
    }

    fn run<T>(&self, asked: impl Future<Output = WebDriverResult<T>>) -> T {
        self.runtime.block_on(asked).unwrap()
    }

    /// Opens an address.
    pub fn open(&self, url: &str) {
        self.run(self.driver().goto(url));
    }

    /// The address shown.
    pub fn url(&self) -> String {
        self.run(self.driver().current_url()).to_string()
    }

    /// The page's title.
    pub fn title(&self) -> String {
        self.run(self.driver().title())
    }

    /// The page's text as a person sees it.
    pub fn text(&self) -> String {
        self.run(async { self.driver().find(By::Tag("body")).await?.text().await })
    }

    /// The HTML as the browser holds it, form values included that the server sent.
    pub fn source(&self) -> String {
        self.run(self.driver().source())
    }

    /// What a script returns as JSON.
    pub fn evaluate(&self, script: &str) -> serde_json::Value {
        self.run(async { Ok(self.driver().execute(script, Vec::new()).await?.json().clone()) })
    }

    /// Waits until the page shows the text.
    pub fn wait_for(&self, text: &str) {
        wait::until(&format!("the page shows “{text}”: {}", self.url()), wait::SOON, || {
            // A page that is just being replaced has no body.
            let body = self
                .runtime
                .block_on(async { self.driver().find(By::Tag("body")).await?.text().await })
                .unwrap_or_default();
            body.contains(text).then_some(())
        });
    }

    /// Waits until a script returns true.
    pub fn wait_until(&self, script: &str, what: &str) {
        wait::until(&format!("{what}: {}", self.url()), wait::SOON, || {
            (self.evaluate(script) == true).then_some(())
        });
    }

    /// Presses the button or follows the link with this text. The new page is loaded on return.
    pub fn press(&self, name: &str) {
        let name = format!("normalize-space()={}", quoted(name));
        let path = format!("//button[{name}] | //a[{name}] | //summary[{name}]");
        let element = self.visible(By::XPath(path));
        self.run(async {
            element.scroll_into_view().await?;
            element.click().await
        });
    }

    /// The first visible element; the test fails if there is none.
    fn visible(&self, by: By) -> WebElement {
        let what = format!("{by:?} on {}:\n{}", self.url(), self.text());
        self.run(async {
            for element in self.driver().find_all(by).await? {
                if element.is_displayed().await? {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .unwrap_or_else(|| panic!("not found: {what}"))
    }

    fn labelled(&self, label: &str) -> WebElement {
        let found = self
            .runtime
            .block_on(async { self.driver().execute(BY_LABEL, vec![label.into()]).await?.element() });
        found.unwrap_or_else(|error| panic!("no field “{label}” on {}: {error}\n{}", self.url(), self.text()))
    }

    /// Types into the field with this label, in place of what it holds.
    pub fn fill(&self, label: &str, value: &str) {
        let field = self.labelled(label);
        self.run(async {
            field.clear().await?;
            field.send_keys(value).await
        });
    }

    /// What the field with this label holds.
    pub fn value(&self, label: &str) -> String {
        let field = self.labelled(label);
        self.run(field.prop("value")).unwrap_or_default()
    }

    /// Ticks or chooses the box with this label, unless it is already.
    pub fn tick(&self, label: &str) {
        let field = self.labelled(label);
        self.run(async {
            if !field.is_selected().await? {
                field.click().await?;
            }
            Ok(())
        });
    }

    /// As [`Browser::tick`] by the element's id, which works where no script may run.
    pub fn tick_by_id(&self, id: &str) {
        self.run(async { self.driver().find(By::Id(id)).await?.click().await });
    }

    /// Chooses an option of a select by its text.
    pub fn select(&self, label: &str, option: &str) {
        let field = self.labelled(label);
        let path = format!(".//option[normalize-space()={}]", quoted(option));
        self.run(async { field.find(By::XPath(path)).await?.click().await });
    }

    /// Looks at the page in every width and theme: it must be sound and may not scroll sideways; its
    /// pictures are kept if somebody wants to see them.
    pub fn look(&self, page: &str) {
        let faults = self.evaluate(FAULTS_OF_PAGE);
        assert_eq!(faults, serde_json::json!([]), "{page} ({})", self.url());
        let folder = std::env::var_os(SCREENSHOTS);
        let themes: &[&str] = if folder.is_some() { &["light", "dark"] } else { &["light"] };
        for theme in themes {
            self.set_theme(theme);
            for width in WIDTHS {
                self.set_width(width);
                let needed = self.evaluate("return document.documentElement.scrollWidth").as_u64().unwrap();
                assert!(needed <= u64::from(width), "{page} is {needed} px wide at {width} px");
                if let Some(folder) = &folder {
                    let name = format!("{page}-{theme}-{width}.png");
                    self.screenshot(&Path::new(folder).join(name), width);
                }
            }
        }
        self.set_theme("light");
        self.run(async { self.driver().cdp().emulation().clear_device_metrics_override().await });
        self.assert_quiet(page);
    }

    fn set_theme(&self, theme: &str) {
        let feature = MediaFeature { name: "prefers-color-scheme".to_owned(), value: theme.to_owned() };
        let media = SetEmulatedMedia { media: None, features: Some(vec![feature]) };
        self.run(async { self.driver().cdp().send(media).await });
    }

    fn set_width(&self, width: u32) {
        self.set_size(width, 900);
    }

    fn set_size(&self, width: u32, height: u32) {
        let is_phone = width < 600;
        self.run(async {
            self.driver().cdp().emulation().set_device_metrics_override(width, height, 1.0, is_phone).await
        });
    }

    /// The whole page, not only what fits the window.
    fn screenshot(&self, path: &Path, width: u32) {
        let height = self.evaluate("return document.documentElement.scrollHeight").as_u64().unwrap();
        self.set_size(width, u32::try_from(height.clamp(600, 6000)).unwrap());
        self.run(self.driver().screenshot(path));
    }

    /// Fails if the console holds an error; what the policy forbids shows there, too. Reading empties it. That a
    /// page itself was answered with a 4xx status is no error: refusals are pages.
    pub fn assert_quiet(&self, page: &str) {
        let mut entries = self.console();
        entries.retain(|entry| {
            let is_refusal = entry.contains("status of 4") && !entry.contains("/assets/");
            !is_refusal
        });
        assert!(entries.is_empty(), "the console at {page}: {entries:#?}");
    }

    /// The console's errors since it was last read.
    fn console(&self) -> Vec<String> {
        let entries = self.run(self.driver().browser_log());
        entries.into_iter().filter(|entry| entry.level == "SEVERE").map(|entry| entry.message).collect()
    }

    /// Keeps no script from running, or every.
    pub fn set_scripts(&self, run: bool) {
        self.run(async {
            let disabled = serde_json::json!({ "value": !run });
            self.driver().cdp().send_raw("Emulation.setScriptExecutionDisabled", disabled).await
        });
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if let Some(driver) = self.driver.take() {
            // Chromium ends with its session; the driver is killed after it.
            let _ = self.runtime.block_on(driver.quit());
        }
    }
}

/// A text as XPath writes it. It has no escapes: what holds both kinds of quotes isn't looked for.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}
