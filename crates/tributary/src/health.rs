//! The probes that every listener answers: `/health/live`, `/health/ready`, `/health/startup`.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpResponse, http::header};
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tributary_db::Db;

/// How long the database may take to answer before the process counts as not ready.
const PING_TIMEOUT: Duration = Duration::from_secs(3);

/// What the probes look at.
#[derive(Clone)]
pub struct Health {
    /// The store.
    pub db: Db,
    /// Cancelled as soon as the process is told to stop.
    pub stop: CancellationToken,
}

/// The probes' routes; they come before a service's own.
pub fn routes(health: Health) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(Data::new(health))
            // Whoever hears it is served by a process that runs and has started.
            .route("/health/live", web::get().to(|| async { answer(None) }))
            .route("/health/startup", web::get().to(|| async { answer(None) }))
            .route("/health/ready", web::get().to(ready));
    }
}

/// 200 if the process takes work: it isn't stopping and the database answers.
async fn ready(health: Data<Health>) -> HttpResponse {
    if health.stop.is_cancelled() {
        return answer(Some("stopping"));
    }
    match tokio::time::timeout(PING_TIMEOUT, health.db.ping()).await {
        Ok(Ok(())) => answer(None),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database failed");
            answer(Some("the database failed"))
        }
        Err(_) => answer(Some("the database does not answer")),
    }
}

fn answer(problem: Option<&str>) -> HttpResponse {
    let (mut response, body) = match problem {
        None => (HttpResponse::Ok(), json!({"status": "ok"})),
        Some(reason) => {
            (HttpResponse::ServiceUnavailable(), json!({"status": "unavailable", "reason": reason}))
        }
    };
    response.insert_header((header::CACHE_CONTROL, "no-store")).json(body)
}
