use super::connection;
use crate::companies::Company;
use crate::connections::ConnectionView;
use tributary_contract::messages::{CompanyLinks, CompanyReference};
use tributary_contract::{EmptyList, companies};
use tributary_core::ids::PlatformId;
use tributary_core::{Millis, PublicUrls};

/// A company with all its connections.
pub fn company(urls: &PublicUrls, company: Company, connections: Vec<ConnectionView>) -> companies::Company {
    let last_sync = connections.iter().filter_map(|view| view.connection.last_sync).max();
    let connections = connections.into_iter().map(|view| connection(urls, view)).collect();
    companies::Company { data_connections: Some(connections), ..company_details(urls, company, last_sync) }
}

/// A company without its connections, of which `last_sync` was the latest to sync.
pub fn company_details(urls: &PublicUrls, company: Company, last_sync: Option<Millis>) -> companies::Company {
    companies::Company {
        id: company.id,
        name: company.name,
        description: company.description,
        redirect: urls.company(company.id),
        last_sync,
        created: company.created,
        created_by_user_name: company.created_by,
        products: company.products,
        tags: company.tags,
        reference_subsidiary_companies: EmptyList,
        owner_user_ids: EmptyList,
        data_connections: None,
    }
}

/// A company as messages refer to it.
pub fn company_reference(urls: &PublicUrls, platform: PlatformId, company: Company) -> CompanyReference {
    CompanyReference {
        id: company.id,
        name: company.name,
        description: company.description,
        links: CompanyLinks { portal: urls.portal_company(platform, company.id) },
        tags: company.tags,
    }
}
