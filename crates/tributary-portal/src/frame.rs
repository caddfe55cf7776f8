//! What stands around every page of a platform: its name, the menu, who is signed in.

use crate::failure::role_name;
use crate::parts::FormToken;
use crate::session::Member;
use tributary_core::state::Role;

/// Which entry of the menu a page belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tab {
    /// Companies and what belongs to them.
    Companies,
    /// Settings > Integrations.
    Integrations,
    /// Settings > Schedule.
    Schedule,
    /// Developers > API keys.
    ApiKeys,
}

/// An entry of the menu.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The heading of its group.
    pub group: &'static str,
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// Whether the page belongs to it.
    pub is_current: bool,
}

/// Another platform that the user is a member of.
#[derive(Clone, Debug)]
pub(crate) struct Other {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub href: String,
}

/// What stands around a page.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    /// The platform's name.
    pub platform: String,
    /// The user's other platforms.
    pub others: Vec<Other>,
    /// The menu: what the role may see.
    pub entries: Vec<Entry>,
    /// Who is signed in.
    pub email: String,
    /// In which role.
    pub role: &'static str,
    /// For the page's forms.
    pub token: FormToken,
    /// What has just been done, said once.
    pub notice: Option<&'static str>,
}

/// The menu: who sees an entry, its group, its label, its path.
const MENU: [(Tab, Role, &str, &str, &str); 4] = [
    (Tab::Companies, Role::Onboarding, "", "Companies", "/companies"),
    (Tab::Integrations, Role::Developer, "Settings", "Integrations", "/settings/integrations"),
    (Tab::Schedule, Role::Developer, "", "Schedule", "/settings/schedule"),
    (Tab::ApiKeys, Role::Developer, "Developers", "API keys", "/developers/api-keys"),
];

impl Frame {
    /// The frame of a page.
    pub(crate) fn new(member: &Member, tab: Tab) -> Self {
        let of_member = MENU.into_iter().filter(|(_, needed, ..)| member.role >= *needed);
        Frame {
            platform: member.platform.name.clone(),
            others: member
                .visitor
                .memberships
                .iter()
                .filter(|(platform, _)| platform.id != member.platform.id)
                .map(|(platform, _)| Other {
                    name: platform.name.clone(),
                    href: format!("/p/{}/companies", platform.id),
                })
                .collect(),
            entries: of_member
                .map(|(of, _, group, label, path)| Entry {
                    group,
                    label,
                    href: member.path(path),
                    is_current: of == tab,
                })
                .collect(),
            email: member.visitor.user.email.clone(),
            role: role_name(member.role),
            token: FormToken::of(&member.visitor.token),
            notice: None,
        }
    }

    /// The frame with what has just been done.
    pub(crate) fn saying(self, notice: Option<&'static str>) -> Self {
        Frame { notice, ..self }
    }
}
