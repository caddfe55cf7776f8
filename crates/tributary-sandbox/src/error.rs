//! Refusals, as Stripe words and shapes them.

use crate::keys::masked;
use serde_json::{Map, Value, json};

/// A refused API request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) status: u16,
    code: Option<&'static str>,
    message: String,
    param: Option<String>,
    /// `api_error` instead of `invalid_request_error`.
    ours: bool,
    /// What else the envelope says, or says instead.
    extra: Option<Box<Map<String, Value>>>,
    /// The request was carried out nonetheless, as a declined payment is.
    pub(crate) carried_out: bool,
    /// Headers that go with it.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// Whose request log would show it; adds `request_log_url`.
    log_of: Option<Box<str>>,
}

impl ApiError {
    fn new(status: u16, message: impl Into<String>) -> Self {
        ApiError {
            status,
            code: None,
            message: message.into(),
            param: None,
            ours: false,
            extra: None,
            carried_out: false,
            headers: Vec::new(),
            log_of: None,
        }
    }

    fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    fn param(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The envelope.
    pub(crate) fn body(&self, request_id: &str) -> String {
        let mut error = Map::new();
        if let Some(code) = self.code {
            error.insert("code".to_owned(), json!(code));
            let page = code.replace('_', "-");
            error.insert("doc_url".to_owned(), json!(format!("https://stripe.com/docs/error-codes/{page}")));
        }
        error.insert("message".to_owned(), json!(self.message));
        if let Some(param) = &self.param {
            error.insert("param".to_owned(), json!(param));
        }
        if let Some(account) = &self.log_of {
            let url = format!("https://dashboard.example.com/{account}/workbench/logs?object={request_id}");
            error.insert("request_log_url".to_owned(), json!(url));
        }
        let kind = if self.ours { "api_error" } else { "invalid_request_error" };
        error.insert("type".to_owned(), json!(kind));
        error.extend(self.extra.iter().flat_map(|extra| extra.as_ref().clone()));
        json!({ "error": Value::Object(error) }).to_string()
    }

    pub(crate) fn no_key() -> Self {
        ApiError::unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using \
             Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication \
             for details, or we can help at https://support.stripe.com/.",
        )
    }

    fn unauthorized(message: impl Into<String>) -> Self {
        let mut error = ApiError::new(401, message);
        error.headers.push(("WWW-Authenticate", "Bearer realm=\"Stripe\"".to_owned()));
        error
    }

    pub(crate) fn bad_key(key: &str) -> Self {
        ApiError::unauthorized(format!("Invalid API Key provided: {}", masked(key)))
    }

    pub(crate) fn publishable_key() -> Self {
        ApiError::unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a \
             list of your API keys at https://dashboard.stripe.com/account/apikeys.",
        )
        .code("secret_key_required")
    }

    /// A key that no longer holds; tokens of a platform have a code of their own.
    pub(crate) fn expired_key(key: &str, of_platform: bool) -> Self {
        ApiError::unauthorized(format!("Expired API Key provided: {}", masked(key))).code(if of_platform {
            "platform_api_key_expired"
        } else {
            "api_key_expired"
        })
    }

    pub(crate) fn missing_permission(key: &str, account: &str, permission: &str) -> Self {
        let mut error = ApiError::new(
            403,
            format!(
                "The provided key '{}' does not have the required permissions for this endpoint on account \
                 '{account}'. Having the '{permission}' permission would allow this request to continue.",
                masked(key)
            ),
        );
        error.log_of = Some(account.into());
        error
    }

    pub(crate) fn read_only(account: &str) -> Self {
        ApiError::new(
            403,
            format!(
                "This application does not have the required permissions for this endpoint on account '{account}'. \
                 Having the 'read_write' scope would allow this request to continue."
            ),
        )
    }

    pub(crate) fn account_invalid(key: &str, account: &str) -> Self {
        let message = format!(
            "The provided key '{}' does not have access to account '{account}' (or that account does not exist). \
             Application access may have been revoked.",
            masked(key)
        );
        ApiError::new(403, message).code("account_invalid")
    }

    pub(crate) fn not_a_platform() -> Self {
        ApiError::new(
            403,
            "Only Stripe Connect platforms can work with other accounts. If you specified a client_id parameter, make \
             sure it's correct. If you need to setup a Stripe Connect platform, you can do so at \
             https://dashboard.stripe.com/account/applications/settings.",
        )
        .code("platform_account_required")
    }

    pub(crate) fn restricted_for_another() -> Self {
        ApiError::new(
            403,
            "You passed a restricted API key with the Stripe-Account header, but the restricted API key does not have \
             any Connect permissions.",
        )
    }

    pub(crate) fn unknown_route(method: &str, path: &str) -> Self {
        ApiError::new(
            404,
            format!(
                "Unrecognized request URL ({method}: {path}). Please see https://stripe.com/docs or we can help at \
                 https://support.stripe.com/."
            ),
        )
    }

    /// `status` 404 where the id is in the path, 400 where it is in a parameter.
    pub(crate) fn missing(status: u16, object: &str, id: &str, param: &str) -> Self {
        let id = shortened(id);
        ApiError::new(status, format!("No such {object}: '{id}'")).code("resource_missing").param(param)
    }

    /// The id exists in the other mode.
    pub(crate) fn other_mode(status: u16, object: &str, id: &str, param: &str, key_is_live: bool) -> Self {
        let (theirs, ours) = if key_is_live { ("test", "live") } else { ("live", "test") };
        ApiError::new(
            status,
            format!(
                "No such {object}: '{id}'; a similar object exists in {theirs} mode, but a {ours} mode key was used \
                 to make this request."
            ),
        )
        .code("resource_missing")
        .param(param)
    }

    pub(crate) fn unknown_parameter(name: &str) -> Self {
        let name = shortened(name);
        ApiError::new(400, format!("Received unknown parameter: {name}"))
            .code("parameter_unknown")
            .param(name)
    }

    pub(crate) fn not_an_integer(name: &str, value: &str) -> Self {
        ApiError::new(400, format!("Invalid integer: {}", shortened(value)))
            .code("parameter_invalid_integer")
            .param(name)
    }

    pub(crate) fn limit_range(value: i64) -> Self {
        let message = if value < 1 {
            format!("This value must be greater than or equal to 1 (it currently is '{value}').")
        } else {
            format!("This value must be less than or equal to 100 (it currently is '{value}').")
        };
        ApiError::new(400, message).code("parameter_invalid_integer").param("limit")
    }

    pub(crate) fn invalid_value(name: &str, expected: &str) -> Self {
        ApiError::new(400, format!("Invalid {name}: must be {expected}")).param(name)
    }

    pub(crate) fn empty(name: &str) -> Self {
        ApiError::new(
            400,
            format!(
                "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; \
                 however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty \
                 value."
            ),
        )
        .code("parameter_invalid_empty")
        .param(name)
    }

    pub(crate) fn both_cursors() -> Self {
        ApiError::new(
            400,
            "Received both starting_after and ending_before parameters. Please pass in only one.",
        )
    }

    /// Types of events beyond what can be asked for at once.
    pub(crate) fn event_types() -> Self {
        ApiError::new(400, "You may pass either type or up to 20 types, but not both.").param("types")
    }

    pub(crate) fn expand_depth() -> Self {
        ApiError::new(400, "You cannot expand more than 4 levels of a property.").param("expand")
    }

    pub(crate) fn not_expandable(field: &str) -> Self {
        ApiError::new(400, format!("This property cannot be expanded ({}).", shortened(field)))
            .param("expand")
    }

    pub(crate) fn payout_not_ready() -> Self {
        ApiError::new(400, "Reconciliation of this payout is not completed yet.")
            .code("payout_reconciliation_not_ready")
            .param("payout")
    }

    /// `reason` is the value of `Stripe-Rate-Limited-Reason`.
    pub(crate) fn rate_limited(reason: &'static str) -> Self {
        let mut error = ApiError::new(
            429,
            "Request rate limit exceeded. You can learn more about rate limits here \
             https://stripe.com/docs/rate-limits.",
        )
        .code("rate_limit");
        error.headers.push(("Stripe-Rate-Limited-Reason", reason.to_owned()));
        error
    }

    pub(crate) fn lock_timeout() -> Self {
        ApiError::new(
            429,
            "This object cannot be accessed right now because another API request or Stripe process is currently \
             accessing it. If you see this error intermittently, retry the request. If you see this error frequently \
             and are making multiple concurrent requests to a single object, make your requests serially or at a \
             lower rate. For more details, see https://stripe.com/docs/rate-limits#object-lock-timeouts.",
        )
        .code("lock_timeout")
    }

    pub(crate) fn server(status: u16) -> Self {
        let mut error = ApiError::new(status, "An unknown error occurred");
        error.ours = true;
        error.headers.push(("Stripe-Should-Retry", "true".to_owned()));
        error
    }

    /// A refused write, in words of its own.
    pub(crate) fn refused(code: &'static str, message: impl Into<String>, param: Option<&str>) -> Self {
        let error = ApiError::new(400, message);
        let error = if code.is_empty() { error } else { error.code(code) };
        if let Some(param) = param { error.param(param) } else { error }
    }

    pub(crate) fn missing_parameter(name: &str) -> Self {
        ApiError::new(400, format!("Missing required param: {name}.")).code("parameter_missing").param(name)
    }

    /// A payment that was tried and declined: the charge and the intent it left go with it.
    pub(crate) fn declined(
        (code, message): (&'static str, &'static str),
        decline_code: &'static str,
        charge: &str,
        intent: Value,
    ) -> Self {
        let mut error = ApiError::new(402, message).code(code);
        error.carried_out = true;
        error.extra = Some(Box::new(Map::from_iter([
            ("type".to_owned(), json!("card_error")),
            ("decline_code".to_owned(), json!(decline_code)),
            ("charge".to_owned(), json!(charge)),
            ("payment_intent".to_owned(), intent),
        ])));
        error
    }

    /// An idempotency key that stands for another request.
    pub(crate) fn other_request(key: &str) -> Self {
        let mut error = ApiError::new(
            400,
            format!(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                 Try using a key other than '{}' if you meant to execute a different request.",
                shortened(key)
            ),
        );
        error.extra = Some(Box::new(Map::from_iter([("type".to_owned(), json!("idempotency_error"))])));
        error
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// What a caller sent, kept to a length that suits a message.
fn shortened(text: &str) -> String {
    text.chars().take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(error: &ApiError) -> Value {
        serde_json::from_str(&error.body("req_1")).unwrap()
    }

    #[test]
    fn a_missing_permission_is_named_and_the_key_is_masked() {
        let error = ApiError::missing_permission("rk_test_canary_secret_qs8Kgd", "acct_1", "rak_charge_read");
        let body = body(&error);
        assert_eq!(error.status, 403);
        assert_eq!(
            body["error"]["message"],
            "The provided key 'rk_test_**************qs8Kgd' does not have the required permissions for this endpoint \
             on account 'acct_1'. Having the 'rak_charge_read' permission would allow this request to continue."
        );
        assert_eq!(body["error"]["type"], "invalid_request_error");
        assert!(body["error"].get("code").is_none());
    }

    #[test]
    fn codes_come_with_their_page_and_param() {
        let body = body(&ApiError::missing(404, "charge", "ch_x", "id"));
        let expected = json!({"error": {
            "code": "resource_missing",
            "doc_url": "https://stripe.com/docs/error-codes/resource-missing",
            "message": "No such charge: 'ch_x'",
            "param": "id",
            "type": "invalid_request_error",
        }});
        assert_eq!(body, expected);
    }
}
