//! Companies.

use super::entry::{Entry, delete, get, patch, post, put};
use super::tag::Tag::Companies;
use crate::companies;
use tributary_contract::access_tokens::CompanyAccessToken;
use tributary_contract::companies::{Company, CompanyRequestBody, CompanyUpdateRequest};
use tributary_contract::products::RefreshRequestBody;

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
            .says("Replaces a company's name, description and tags. What the body leaves out is cleared. No connection is \
                 created.")
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
        delete("/companies/{companyId}", companies::delete)
            .operation(Companies, "delete-company", "Delete company")
            .says(
                "Deletes a company, its connections and all that was read from them, for good. What no other \
                 connection uses is revoked at Stripe.",
            )
            .answers_nothing(204),
        get("/companies/{companyId}/accessToken", companies::access_token)
            .operation(Companies, "get-company-access-token", "Get company access token")
            .says("Gives a token by which an embedded form may act for the company, for a day. Link has no such form yet.")
            .answers::<CompanyAccessToken>(200),
        get("/companies/{companyId}/connectionManagement/accessToken", companies::access_token)
            .operation(Companies, "get-connection-management-access-token", "Get access token (old path)")
            .says("As Get company access token, for older clients.")
            .answers::<CompanyAccessToken>(200)
            .deprecated(),
        put("/companies/{companyId}/products/{productIdentifier}", companies::products::add)
            .operation(Companies, "add-product", "Add product")
            .says("Puts a product's label on a company. Labels change nothing else.")
            .answers_nothing(204),
        delete("/companies/{companyId}/products/{productIdentifier}", companies::products::remove)
            .operation(Companies, "remove-product", "Remove product")
            .says("Takes a product's label off a company.")
            .answers_nothing(204),
        post("/companies/{companyId}/products/{productIdentifier}/refresh", companies::products::refresh)
            .operation(Companies, "refresh-product-data", "Refresh product data")
            .says(
                "Asks for the data of the product `commerce`: all of it, or the data types named. While anything of \
                 the company is being read, it is refused.",
            )
            .may_take::<RefreshRequestBody>()
            .answers_nothing(202),
    ]
}
