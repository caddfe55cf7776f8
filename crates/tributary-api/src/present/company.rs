use super::connection;
use crate::state::ApiSettings;
use tributary_contract::{EmptyList, companies};
use tributary_db::companies::Company;
use tributary_db::connections::ConnectionView;

/// A company with all its connections.
pub(crate) fn company(
    settings: &ApiSettings,
    company: Company,
    connections: Vec<ConnectionView>,
) -> companies::Company {
    companies::Company {
        id: company.id,
        name: company.name,
        description: company.description,
        redirect: settings.company_url(company.id),
        last_sync: connections.iter().filter_map(|view| view.connection.last_sync).max(),
        created: company.created,
        created_by_user_name: company.created_by,
        products: company.products,
        tags: company.tags,
        reference_subsidiary_companies: EmptyList,
        owner_user_ids: EmptyList,
        data_connections: connections.into_iter().map(|view| connection(settings, view)).collect(),
    }
}
