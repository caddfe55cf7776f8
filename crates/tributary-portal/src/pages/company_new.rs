//! Creating a company.

use crate::failure::Failure;
use crate::form::Posted;
use crate::frame::{Frame, Tab};
use crate::parts::Problems;
use crate::session::Member;
use crate::{PortalState, html};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use askama::Template;
use tributary_db::companies::NewCompany;
use tributary_db::use_cases::{CompanyProblem, create_company};

/// Characters of a description at most.
const DESCRIPTION_CHARS_MAX: usize = 1000;

#[derive(Template)]
#[template(path = "company_new.html")]
struct NewPage {
    frame: Frame,
    action: String,
    back: String,
    name: String,
    description: String,
    problems: Problems,
}

fn form(member: &Member, name: &str, description: &str, problems: Problems) -> NewPage {
    NewPage {
        frame: Frame::new(member, Tab::Companies),
        action: member.path("/companies/new"),
        back: member.path("/companies"),
        name: name.to_owned(),
        description: description.to_owned(),
        problems,
    }
}

/// `GET /p/{platform}/companies/new`
pub(crate) async fn page(member: Member) -> Result<HttpResponse, Failure> {
    html::page(StatusCode::OK, &form(&member, "", "", Problems::default()))
}

/// `POST /p/{platform}/companies/new`: 303 to the company's page.
pub(crate) async fn create(
    state: Data<PortalState>,
    member: Member,
    Posted(fields): Posted,
) -> Result<HttpResponse, Failure> {
    let (name, description) = (fields.text("name").to_owned(), fields.text("description").to_owned());
    if description.chars().count() > DESCRIPTION_CHARS_MAX {
        let words = format!("Shorten the description to {DESCRIPTION_CHARS_MAX} characters.");
        let page = form(&member, &name, &description, Problems::one("description", words));
        return html::page(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let new = NewCompany {
        name: name.clone(),
        description: Some(description.clone()).filter(|text| !text.is_empty()),
        created_by: Some(member.visitor.user.email.clone()),
        ..NewCompany::default()
    };
    let (urls, platform_no, now) = (state.urls.links(), member.platform.no, state.clock.now());
    let created =
        state.db.write(move |conn| create_company(conn, &urls, platform_no, new.clone(), now)).await?;
    match created {
        Ok(company) => {
            state.wake.notify_one();
            Ok(html::see_other(&member.path(&format!("/companies/{}?done=created", company.id))))
        }
        Err(refused) => {
            let words = match refused.0.contains(&CompanyProblem::NameTooLong) {
                true => "Shorten the name to 255 characters.",
                false => "Enter the company's name. Letters, digits, spaces and - ' & @ . , ? ! are kept.",
            };
            let page = form(&member, &name, &description, Problems::one("name", words));
            html::page(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
