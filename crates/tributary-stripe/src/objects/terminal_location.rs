//! Where terminals stand.

use super::{Address, object};
use std::borrow::Cow;

object! {
    /// `/v1/terminal/locations`. It has no time of creation.
    TerminalLocation {
        /// Where it is.
        address: Address<'a>,
        /// The merchant's name for it.
        display_name: Cow<'a, str>,
    }
}
