//! Companies.

use super::entry::{Entry, get, patch, post, put};
use super::tag::Tag::Companies;
use crate::companies;
use tributary_contract::companies::{Company, CompanyRequestBody, CompanyUpdateRequest};

pub(super) fn entries() -> Vec<Entry> {
    vec![
        get("/companies", companies::list)
            .operation(Companies, "list-companies", "List companies")
            .says("Lists your companies, the newest first, each with all its connections.")
            .lists::<Company>()
            .query("tags", "Which companies are listed, by their tags: `region = uk && team != sales`."),
        post("/companies", companies::create)
            .operation(Companies, "create-company", "Create company")
            .says(
                "Creates a company. Its `redirect` is the hosted page on which the merchant connects its Stripe \
                 account. With `platformType` the first connection is created, too.",
            )
            .takes::<CompanyRequestBody>()
            .answers::<Company>(200)
            .errors(&[404]),
        get("/companies/{companyId}", companies::get)
            .operation(Companies, "get-company", "Get company")
            .says("Gives a company with all its connections.")
            .answers::<Company>(200),
        put("/companies/{companyId}", companies::replace)
            .operation(Companies, "replace-company", "Replace company")
            .says("Replaces a company's name, description and tags. What the body leaves out is cleared.")
            .takes::<CompanyRequestBody>()
            .answers::<Company>(200),
        patch("/companies/{companyId}", companies::update)
            .operation(Companies, "update-company", "Update company")
            .says(
                "Changes a company's name, description or tags. What is left out or null stays as it is; an empty \
                 object removes all tags.",
            )
            .takes::<CompanyUpdateRequest>()
            .answers::<Company>(200),
    ]
}
