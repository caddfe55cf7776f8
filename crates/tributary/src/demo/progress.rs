//! How far each resource is: bars in a terminal, plain lines elsewhere; both on stderr.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};
use tributary_core::Resource;
use tributary_core::state::WindowState;
use tributary_db::windows::Window;

/// How often plain lines say how far unfinished resources are.
const LINES_EVERY: Duration = Duration::from_secs(5);

/// What is shown.
pub(super) enum Progress {
    Bars { all: MultiProgress, by_resource: BTreeMap<Resource, ProgressBar> },
    Lines { told: BTreeMap<Resource, Far>, next: Instant },
}

/// How far a resource is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Far {
    pages: i64,
    objects: i64,
    is_done: bool,
    is_refused: bool,
}

impl Progress {
    pub fn new() -> Self {
        if std::io::stderr().is_terminal() {
            Progress::Bars { all: MultiProgress::new(), by_resource: BTreeMap::new() }
        } else {
            Progress::Lines { told: BTreeMap::new(), next: Instant::now() + LINES_EVERY }
        }
    }

    /// Shows the windows of the run under way.
    pub fn show(&mut self, windows: &[Window]) {
        let far = sum(windows);
        match self {
            Progress::Bars { all, by_resource } => {
                for (resource, far) in far {
                    let bar = by_resource.entry(resource).or_insert_with(|| all.add(bar(resource)));
                    bar.set_message(describe(&far));
                    if far.is_done && !bar.is_finished() {
                        bar.finish();
                    } else {
                        bar.tick();
                    }
                }
            }
            Progress::Lines { told, next } => {
                let is_time = Instant::now() >= *next;
                for (resource, far) in far {
                    let before = told.get(&resource).copied().unwrap_or_default();
                    let is_news = (far.is_done && !before.is_done) || (is_time && far != before);
                    if is_news {
                        told.insert(resource, far);
                        say(&format!("{resource}: {}", describe(&far)));
                    }
                }
                if is_time {
                    *next = Instant::now() + LINES_EVERY;
                }
            }
        }
    }

    /// Leaves the last state on the screen.
    pub fn finish(&mut self) {
        if let Progress::Bars { by_resource, .. } = self {
            by_resource.values().filter(|bar| !bar.is_finished()).for_each(ProgressBar::finish);
        }
    }
}

/// Says something on stderr; nobody may be listening.
pub(super) fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

fn bar(resource: Resource) -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {prefix:<22} {msg}");
    let bar = ProgressBar::new_spinner().with_prefix(resource.as_str());
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
    bar
}

fn describe(far: &Far) -> String {
    let unit =
        |count: i64, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let state = match (far.is_done, far.is_refused) {
        (true, true) => ", not all could be read",
        (true, false) => ", done",
        (false, _) => "",
    };
    format!("{} on {}{state}", unit(far.objects, "object"), unit(far.pages, "page"))
}

/// Each resource's windows together.
fn sum(windows: &[Window]) -> BTreeMap<Resource, Far> {
    let mut sums: BTreeMap<Resource, Far> = BTreeMap::new();
    for window in windows {
        let far = sums.entry(window.resource).or_insert(Far { is_done: true, ..Far::default() });
        far.pages += window.pages;
        far.objects += window.objects;
        far.is_done &= window.state != WindowState::Open;
        far.is_refused |= matches!(window.state, WindowState::Forbidden | WindowState::Failed);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use tributary_db::findings::Notes;

    fn window(n: i64, state: WindowState, objects: i64) -> Window {
        Window {
            resource: Resource::Charges,
            n,
            from_secs: 0,
            bound_secs: 0,
            to_secs: None,
            cursor: None,
            cursor_secs: None,
            state,
            pages: 1,
            objects,
            changed: 0,
            problem: None,
            notes: Notes::default(),
        }
    }

    #[test]
    fn a_resource_is_done_when_all_its_windows_are() {
        let open = [window(0, WindowState::Done, 100), window(1, WindowState::Open, 1)];
        let far = sum(&open)[&Resource::Charges];
        assert_eq!(describe(&far), "101 objects on 2 pages");
        let far = sum(&[window(0, WindowState::Done, 1)])[&Resource::Charges];
        assert_eq!(describe(&far), "1 object on 1 page, done");
        let far = sum(&[window(0, WindowState::Forbidden, 0)])[&Resource::Charges];
        assert_eq!(describe(&far), "0 objects on 1 page, not all could be read");
    }
}
