//! Connections.

use super::entry::{Entry, get, post};
use super::tag::Tag::Connections;
use crate::connections;
use tributary_contract::connections::{Connection, ConnectionRequestBody};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        post("/companies/{companyId}/connections", connections::create)
            .operation(Connections, "create-connection", "Create connection")
            .says(
                "Creates a connection that awaits the merchant's authorization. Send the merchant to its `linkUrl`, \
                 or to the company's `redirect`.",
            )
            .takes::<ConnectionRequestBody>()
            .answers::<Connection>(200),
        get("/companies/{companyId}/connections", connections::list)
            .operation(Connections, "list-connections", "List connections")
            .says("Lists a company's connections, the newest first.")
            .lists::<Connection>(),
        get("/companies/{companyId}/connections/{connectionId}", connections::get)
            .operation(Connections, "get-connection", "Get connection")
            .says("Gives one of a company's connections.")
            .answers::<Connection>(200),
    ]
}
