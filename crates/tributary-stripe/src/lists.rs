//! What each list needs to be whole: parameters that show what it hides (rule E6), and lists nested in its objects.

use tributary_core::Resource;

/// Parameters of every request for the list, by Stripe's names.
pub fn list_params(resource: Resource) -> &'static [(&'static str, &'static str)] {
    match resource {
        // Canceled ones are hidden otherwise.
        Resource::Subscriptions => &[("status", "all")],
        // The line items come with the session, and each with its taxes: a request less per session.
        Resource::CheckoutSessions => {
            &[("expand[]", "data.line_items"), ("expand[]", "data.line_items.data.taxes")]
        }
        _ => &[],
    }
}

/// Parameters of every request for a single object: it has to look like the list's.
pub(crate) fn item_params(resource: Resource) -> &'static [(&'static str, &'static str)] {
    match resource {
        Resource::CheckoutSessions => &[("expand[]", "line_items"), ("expand[]", "line_items.data.taxes")],
        _ => &[],
    }
}

/// The field of an object that holds a list of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Nested {
    /// `lines`
    Lines,
    /// `line_items`
    LineItems,
    /// `items`
    Items,
}

/// Where objects have a list of their own, of which Stripe shows the first ten.
pub(crate) fn nested(resource: Resource) -> Option<Nested> {
    match resource {
        Resource::Invoices | Resource::CreditNotes => Some(Nested::Lines),
        Resource::CheckoutSessions => Some(Nested::LineItems),
        Resource::Subscriptions => Some(Nested::Items),
        _ => None,
    }
}

/// Parameters of every request for the rest of such a list: its objects have to look like the first ten.
pub(crate) fn nested_params(resource: Resource) -> &'static [(&'static str, &'static str)] {
    match resource {
        Resource::CheckoutSessions => &[("expand[]", "data.taxes")],
        _ => &[],
    }
}
