//! Connections.

use super::entry::{Entry, delete, get, patch, post, put};
use super::tag::Tag::Connections;
use crate::connections;
use tributary_contract::connections::{Connection, ConnectionRequestBody, UpdateConnectionStatusBody};

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
        patch("/companies/{companyId}/connections/{connectionId}", connections::unlink)
            .operation(Connections, "unlink-connection", "Unlink connection")
            .says(
                "Unlinks a Linked connection: nothing is read any more, what was read stays readable, and the \
                 merchant may authorise it again. What no other connection uses is revoked at Stripe.",
            )
            .takes::<UpdateConnectionStatusBody>()
            .answers::<Connection>(200),
        delete("/companies/{companyId}/connections/{connectionId}", connections::delete)
            .operation(Connections, "delete-connection", "Delete connection")
            .says(
                "Deletes a connection and all that was read from it, for good. What no other connection uses is \
                 revoked at Stripe.",
            )
            .answers_nothing(200),
        put("/companies/{companyId}/connections/{connectionId}/authorization", connections::authorize),
    ]
}
