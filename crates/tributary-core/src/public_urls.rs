//! Where people reach the services: what links in answers, messages and pages start with.

use crate::PlatformKey;
use crate::brand::BrandImage;
use crate::ids::{CompanyId, ConnectionId, DatasetId, PlatformId, ReconciliationId};
use crate::link_paths;
use std::sync::Arc;

/// The public addresses of the installation's services; clones share them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrls(Arc<Origins>);

#[derive(Debug, PartialEq, Eq)]
struct Origins {
    portal: String,
    api: String,
    link: String,
}

impl PublicUrls {
    /// The addresses of the portal, the API and Link: scheme, host and port, as `https://link.example.com`.
    pub fn new(portal: &str, api: &str, link: &str) -> Self {
        let origin = |url: &str| url.trim_end_matches('/').to_owned();
        PublicUrls(Arc::new(Origins { portal: origin(portal), api: origin(api), link: origin(link) }))
    }

    /// A company's page of Link: the contract's `redirect` (rule I4).
    pub fn company(&self, company: CompanyId) -> String {
        format!("{}{}", self.0.link, link_paths::company(company))
    }

    /// Where a connection's authorization starts: the contract's `linkUrl` (rule I4).
    pub fn start(&self, company: CompanyId, connection: ConnectionId) -> String {
        format!("{}{}", self.0.link, link_paths::start(company, connection))
    }

    /// A picture of an integration.
    pub fn brand(&self, key: PlatformKey, image: BrandImage) -> String {
        format!("{}{}", self.0.link, link_paths::brand(key, image))
    }

    /// A company's page in the portal.
    pub fn portal_company(&self, platform: PlatformId, company: CompanyId) -> String {
        format!("{}/p/{platform}/companies/{company}", self.0.portal)
    }

    /// The portal's page of a company's datasets.
    pub fn portal_history(&self, platform: PlatformId, company: CompanyId) -> String {
        format!("{}/history", self.portal_company(platform, company))
    }

    /// The API's answer with one of a connection's reconciliations.
    pub fn reconciliation(
        &self,
        company: CompanyId,
        connection: ConnectionId,
        reconciliation: ReconciliationId,
    ) -> String {
        let api = &self.0.api;
        format!(
            "{api}/tributary/v1/companies/{company}/connections/{connection}/reconciliations/{reconciliation}"
        )
    }

    /// The portal's page of one of a connection's reconciliations.
    pub fn portal_reconciliation(
        &self,
        platform: PlatformId,
        company: CompanyId,
        connection: ConnectionId,
        reconciliation: ReconciliationId,
    ) -> String {
        let company = self.portal_company(platform, company);
        format!("{company}/connections/{connection}/reconciliations/{reconciliation}")
    }

    /// The API's answer on what was found wrong while a dataset was read.
    pub fn validation(&self, company: CompanyId, dataset: DatasetId) -> String {
        format!("{}/companies/{company}/sync/{dataset}/validation", self.0.api)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_is_below_the_service_that_answers_it() {
        let urls = PublicUrls::new("https://portal.example/", "https://api.example", "https://link.example/");
        let (company, platform) = (CompanyId::random(), PlatformId::random());
        let (connection, dataset) = (ConnectionId::random(), DatasetId::random());
        assert_eq!(urls.company(company), format!("https://link.example/company/{company}"));
        let brand = urls.brand(PlatformKey::Stripe, BrandImage::ButtonHover);
        assert_eq!(brand, "https://link.example/brand/exgd/button-hover.svg");
        let start = format!("https://link.example/companies/{company}/connections/{connection}/start");
        assert_eq!(urls.start(company, connection), start);
        let page = format!("https://portal.example/p/{platform}/companies/{company}");
        assert_eq!(urls.portal_company(platform, company), page);
        assert_eq!(urls.portal_history(platform, company), format!("{page}/history"));
        let reconciliation = ReconciliationId::random();
        let below = format!("companies/{company}/connections/{connection}/reconciliations/{reconciliation}");
        assert_eq!(
            urls.reconciliation(company, connection, reconciliation),
            format!("https://api.example/tributary/v1/{below}")
        );
        assert_eq!(
            urls.portal_reconciliation(platform, company, connection, reconciliation),
            format!("https://portal.example/p/{platform}/{below}")
        );
        let validation = format!("https://api.example/companies/{company}/sync/{dataset}/validation");
        assert_eq!(urls.validation(company, dataset), validation);
    }
}
