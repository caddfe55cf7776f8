use crate::support::{Stage, config, read};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tributary_core::Mode;

const REDIRECT: &str = "http://127.0.0.1:9/callback";

impl Stage {
    fn authorize_path(&self, mode: Mode, extra: &[(&str, &str)]) -> String {
        let client = self.sandbox.client_id(mode);
        let mut pairs = vec![
            ("client_id", client.as_str()),
            ("response_type", "code"),
            ("scope", "read_write"),
            ("state", "s & t"),
            ("redirect_uri", REDIRECT),
        ];
        for (name, value) in extra {
            pairs.retain(|(other, _)| other != name);
            if !value.is_empty() {
                pairs.push((name, value));
            }
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        format!("/oauth/authorize?{query}")
    }

    /// What the merchant's answer redirects to.
    async fn decide(&self, path: &str, decision: &str) -> url::Url {
        let form = [("account", self.account(0).id.as_str()), ("decision", decision)];
        let response = self.request(Method::POST, path).form(&form).send().await.unwrap();
        assert_eq!(response.status(), 302);
        response.headers()["location"].to_str().unwrap().parse().unwrap()
    }

    async fn code(&self, mode: Mode, scope: &str) -> String {
        let location = self.decide(&self.authorize_path(mode, &[("scope", scope)]), "connect").await;
        value(&location, "code").unwrap()
    }

    async fn token(&self, mode: Mode, form: &[(&str, &str)]) -> (StatusCode, Value) {
        let key = self.sandbox.platform_key(mode);
        read(self.request(Method::POST, "/oauth/token").bearer_auth(key).form(form).send().await.unwrap())
            .await
    }

    async fn exchange(&self, mode: Mode, code: &str) -> (StatusCode, Value) {
        self.token(mode, &[("grant_type", "authorization_code"), ("code", code)]).await
    }

    /// A whole authorization: access and refresh token.
    async fn connect(&self, mode: Mode, scope: &str) -> (String, String) {
        let code = self.code(mode, scope).await;
        let (status, body) = self.exchange(mode, &code).await;
        assert_eq!(status, 200, "{body}");
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("access_token"), text("refresh_token"))
    }

    async fn deauthorize(&self, mode: Mode, client: &str) -> (StatusCode, Value) {
        let form = [("client_id", client), ("stripe_user_id", self.account(0).id.as_str())];
        let key = self.sandbox.platform_key(mode);
        read(
            self.request(Method::POST, "/oauth/deauthorize")
                .bearer_auth(key)
                .form(&form)
                .send()
                .await
                .unwrap(),
        )
        .await
    }
}

fn value(url: &url::Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(other, _)| other == name).map(|(_, value)| value.into_owned())
}

#[tokio::test]
async fn the_consent_page_is_one_form_that_says_it_is_a_simulation() {
    let stage = Stage::open(config());
    let response = stage
        .request(Method::GET, &stage.authorize_path(Mode::Test, &[("state", "\"><script>")]))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    assert!(
        response.headers()["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'")
    );
    let page = response.text().await.unwrap();
    assert_eq!(page.matches("<form").count(), 1);
    assert!(page.contains(">Connect</button>") && page.contains(">Cancel</button>"));
    assert!(page.contains("This is a simulation") && page.contains("test mode"));
    assert!(page.contains(&stage.account(2).id));
    assert!(!page.contains("<script>"));
    stage.close().await;
}

#[tokio::test]
async fn connecting_gives_a_code_and_the_code_tokens_that_work() {
    let stage = Stage::open(config());
    for mode in [Mode::Test, Mode::Live] {
        let location = stage.decide(&stage.authorize_path(mode, &[]), "connect").await;
        assert!(location.as_str().starts_with(REDIRECT));
        assert_eq!(value(&location, "state").as_deref(), Some("s & t"));
        assert_eq!(value(&location, "scope").as_deref(), Some("read_write"));
        let (status, body) = stage.exchange(mode, &value(&location, "code").unwrap()).await;
        assert_eq!(status, 200);
        assert_eq!(body["livemode"], mode.is_live());
        assert_eq!(body["token_type"], "bearer");
        assert_eq!(body["scope"], "read_write");
        assert_eq!(body["stripe_user_id"], stage.account(0).id);
        let token = body["access_token"].as_str().unwrap();
        assert!(token.starts_with(&format!("sk_{mode}_")));
        let (status, account) = stage.get_as(token, "/v1/account").await;
        assert_eq!((status.as_u16(), &account["id"]), (200, &body["stripe_user_id"]));
        let platform = stage.sandbox.platform_key(mode);
        let on_behalf = stage
            .request(Method::GET, "/v1/balance")
            .bearer_auth(platform)
            .header("Stripe-Account", &stage.account(0).id);
        assert_eq!(on_behalf.send().await.unwrap().status(), 200);
    }
    stage.close().await;
}

#[tokio::test]
async fn the_platform_key_may_come_as_basic_or_in_the_body() {
    let stage = Stage::open(config());
    let key = stage.sandbox.platform_key(Mode::Test);
    let code = stage.code(Mode::Test, "read_only").await;
    let form = [("grant_type", "authorization_code"), ("code", code.as_str())];
    let basic = stage
        .request(Method::POST, "/oauth/token")
        .basic_auth(&key, Some(""))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(basic.status(), 200);
    let code = stage.code(Mode::Test, "read_only").await;
    let form =
        [("grant_type", "authorization_code"), ("code", code.as_str()), ("client_secret", key.as_str())];
    let body = stage.request(Method::POST, "/oauth/token").form(&form).send().await.unwrap();
    assert_eq!(body.status(), 200);
    stage.close().await;
}

#[tokio::test]
async fn denial_and_bad_requests_are_reported_where_they_should_be() {
    let stage = Stage::open(config());
    let denied = stage.decide(&stage.authorize_path(Mode::Test, &[]), "cancel").await;
    assert_eq!(value(&denied, "error").as_deref(), Some("access_denied"));
    assert_eq!(value(&denied, "state").as_deref(), Some("s & t"));
    let redirected = [
        (("response_type", "token"), "unsupported_response_type"),
        (("response_type", ""), "unsupported_response_type"),
        (("scope", "admin"), "invalid_scope"),
    ];
    for (extra, error) in redirected {
        let response =
            stage.request(Method::GET, &stage.authorize_path(Mode::Test, &[extra])).send().await.unwrap();
        assert_eq!(response.status(), 302, "{error}");
        let location: url::Url = response.headers()["location"].to_str().unwrap().parse().unwrap();
        assert_eq!(value(&location, "error").as_deref(), Some(error));
    }
    let client = stage.authorize_path(Mode::Test, &[("client_id", "ca_unknown")]);
    let (status, body) = read(stage.request(Method::GET, &client).send().await.unwrap()).await;
    assert_eq!(status, 400);
    assert_eq!(body, json!({"error": {"message": "No application matches the supplied client identifier"}}));
    for uri in [
        "https://evil.example/",
        "ftp://127.0.0.1/",
        "http://user@127.0.0.1/",
        "http://127.0.0.1/#f",
        "nonsense",
        "",
    ] {
        let path = stage.authorize_path(Mode::Test, &[("redirect_uri", uri)]);
        let (status, body) = read(stage.request(Method::GET, &path).send().await.unwrap()).await;
        assert_eq!(status, 400, "{uri}");
        assert!(body["error"]["message"].as_str().unwrap().starts_with("Invalid redirect URI"), "{body}");
    }
    for uri in ["http://localhost:1/x", "http://[::1]:5/", "https://127.0.0.9/"] {
        let path = stage.authorize_path(Mode::Test, &[("redirect_uri", uri)]);
        assert_eq!(stage.request(Method::GET, &path).send().await.unwrap().status(), 200, "{uri}");
    }
    stage.close().await;
}

#[tokio::test]
async fn a_code_used_twice_ends_what_the_first_use_gave() {
    let stage = Stage::open(config());
    let code = stage.code(Mode::Test, "read_only").await;
    let (_, first) = stage.exchange(Mode::Test, &code).await;
    let token = first["access_token"].as_str().unwrap();
    assert_eq!(stage.get_as(token, "/v1/balance").await.0, 200);
    let (status, second) = stage.exchange(Mode::Test, &code).await;
    assert_eq!(status, 400);
    assert_eq!(
        second,
        json!({
            "error": "invalid_grant",
            "error_description": "This authorization code has already been used. All tokens issued with this code have been revoked.",
        })
    );
    let (status, body) = stage.get_as(token, "/v1/balance").await;
    assert_eq!((status.as_u16(), body["error"]["code"].as_str()), (401, Some("platform_api_key_expired")));
    stage.close().await;
}

#[tokio::test]
async fn bad_grants_are_refused_in_oauths_flat_shape() {
    let stage = Stage::open(config());
    let late = stage.code(Mode::Test, "read_only").await;
    stage.control("expire-codes", json!({})).await;
    let live = stage.code(Mode::Live, "read_only").await;
    let cases: [(&[(&str, &str)], &str, &str); 9] = [
        (&[], "invalid_request", "No grant type specified"),
        (
            &[("grant_type", "password")],
            "unsupported_grant_type",
            "This grant type is not supported: password",
        ),
        (&[("grant_type", "authorization_code")], "invalid_request", "No authorization code given"),
        (&[("grant_type", "refresh_token")], "invalid_request", "No refresh token given"),
        (
            &[("grant_type", "authorization_code"), ("code", "ac_x")],
            "invalid_grant",
            "Authorization code does not exist: ac_x",
        ),
        (
            &[("grant_type", "authorization_code"), ("code", &late)],
            "invalid_grant",
            "Authorization code expired: ",
        ),
        (
            &[("grant_type", "authorization_code"), ("code", &live)],
            "invalid_grant",
            "This code was issued in live mode",
        ),
        (
            &[("grant_type", "refresh_token"), ("refresh_token", "rt_x")],
            "invalid_grant",
            "Refresh token does not exist",
        ),
        (
            &[("grant_type", "a"), ("grant_type", "b")],
            "invalid_request",
            "The parameter grant_type occurs more than once",
        ),
    ];
    for (form, error, description) in cases {
        let (status, body) = stage.token(Mode::Test, form).await;
        assert_eq!((status.as_u16(), body["error"].as_str()), (400, Some(error)), "{form:?}");
        assert!(body["error_description"].as_str().unwrap().starts_with(description), "{body}");
    }
    // A code that was refused for its mode can still be used in its own.
    assert_eq!(stage.exchange(Mode::Live, &live).await.0, 200);
    stage.close().await;
}

#[tokio::test]
async fn a_wrong_platform_key_answers_in_the_apis_envelope() {
    let stage = Stage::open(config());
    let form = [("grant_type", "authorization_code"), ("code", "ac_x")];
    let send = async |key: &str| {
        read(stage.request(Method::POST, "/oauth/token").bearer_auth(key).form(&form).send().await.unwrap())
            .await
    };
    let (status, body) = send("sk_test_wrong_key").await;
    assert_eq!(status, 401);
    assert_eq!(body["error"]["message"], "Invalid API Key provided: sk_test_*****_key");
    let (status, body) = send(stage.key()).await;
    assert_eq!((status.as_u16(), body["error"].as_str()), (400, Some("invalid_grant")));
    let (status, body) =
        read(stage.request(Method::POST, "/oauth/token").form(&form).send().await.unwrap()).await;
    assert_eq!(status, 401);
    assert!(body["error"]["message"].as_str().unwrap().starts_with("You did not provide an API key."));
    stage.close().await;
}

#[tokio::test]
async fn refreshing_keeps_or_narrows_the_scope_and_may_go_from_live_to_test() {
    let stage = Stage::open(config());
    let (token, refresh) = stage.connect(Mode::Live, "read_write").await;
    let grant = |scope: &'static str| {
        let mut form = vec![("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
        if !scope.is_empty() {
            form.push(("scope", scope));
        }
        form
    };
    let (status, same) = stage.token(Mode::Live, &grant("")).await;
    assert_eq!((status.as_u16(), same["access_token"].as_str()), (200, Some(token.as_str())));
    let (_, narrow) = stage.token(Mode::Live, &grant("read_only")).await;
    assert_eq!(narrow["scope"], "read_only");
    assert_ne!(narrow["access_token"], same["access_token"]);
    let (status, test) = stage.token(Mode::Test, &grant("read_only")).await;
    assert_eq!((status.as_u16(), &test["livemode"]), (200, &Value::Bool(false)));
    let (_, balance) = stage.get_as(test["access_token"].as_str().unwrap(), "/v1/balance").await;
    assert_eq!(balance["livemode"], false);

    let (_, refresh) = stage.connect(Mode::Test, "read_only").await;
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str()), ("scope", "read_write")];
    let (status, wider) = stage.token(Mode::Test, &form).await;
    assert_eq!((status.as_u16(), wider["error"].as_str()), (400, Some("invalid_scope")));
    let (status, up) = stage.token(Mode::Live, &form[..2]).await;
    assert_eq!((status.as_u16(), up["error"].as_str()), (400, Some("invalid_grant")));
    stage.close().await;
}

#[tokio::test]
async fn read_only_tokens_may_not_write() {
    let stage = Stage::open(config());
    let (token, _) = stage.connect(Mode::Test, "read_only").await;
    let response = stage.request(Method::POST, "/v1/customers").bearer_auth(token).send().await.unwrap();
    let (status, body) = read(response).await;
    assert_eq!(status, 403);
    assert!(
        body["error"]["message"]
            .as_str()
            .unwrap()
            .starts_with("This application does not have the required permissions")
    );
    stage.close().await;
}

#[tokio::test]
async fn deauthorizing_ends_all_tokens_and_a_second_time_finds_nothing() {
    let stage = Stage::open(config());
    let (token, refresh) = stage.connect(Mode::Test, "read_only").await;
    let (other_mode, _) = stage.connect(Mode::Live, "read_only").await;
    let client = stage.sandbox.client_id(Mode::Test);
    let (status, body) = stage.deauthorize(Mode::Live, &client).await;
    assert_eq!((status.as_u16(), body["error"].as_str()), (401, Some("invalid_client")));
    let (status, body) = stage.deauthorize(Mode::Test, &client).await;
    assert_eq!((status.as_u16(), body), (200, json!({"stripe_user_id": stage.account(0).id})));
    assert_eq!(stage.get_as(&token, "/v1/balance").await.0, 401);
    assert_eq!(stage.get_as(&other_mode, "/v1/balance").await.0, 200);
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
    assert_eq!(stage.token(Mode::Test, &form).await.1["error"], "invalid_grant");
    let (status, body) = stage.deauthorize(Mode::Test, &client).await;
    assert_eq!(status, 401);
    assert_eq!(
        body["error_description"],
        format!(
            "This application is not connected to stripe account {}, or that account does not exist.",
            stage.account(0).id
        )
    );
    let request =
        stage.request(Method::GET, "/v1/balance").bearer_auth(stage.sandbox.platform_key(Mode::Test));
    let on_behalf = request.header("Stripe-Account", &stage.account(0).id).send().await.unwrap();
    assert_eq!(on_behalf.status(), 403);
    stage.close().await;
}

#[tokio::test]
async fn the_merchant_can_disconnect_too() {
    let stage = Stage::open(config());
    let (token, _) = stage.connect(Mode::Test, "read_only").await;
    let (_, body) = stage.control("revoke", json!({"account": stage.account(0).id, "mode": "test"})).await;
    assert_eq!(body, json!({"ended": 1}));
    assert_eq!(stage.get_as(&token, "/v1/balance").await.0, 401);
    let (token, _) = stage.connect(Mode::Test, "read_only").await;
    stage.control("revoke", json!({"key": token})).await;
    assert_eq!(stage.get_as(&token, "/v1/balance").await.0, 401);
    stage.close().await;
}

#[tokio::test]
async fn an_apps_tokens_expire_and_are_replaced_with_each_refresh() {
    let stage = Stage::open(config());
    let path = stage
        .authorize_path(Mode::Test, &[("scope", ""), ("response_type", "")])
        .replace("/oauth/authorize", "/oauth/v2/authorize");
    let page = stage.request(Method::GET, &path).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("action=\"/oauth/v2/authorize\""));
    let location = stage.decide(&path, "connect").await;
    assert_eq!(value(&location, "stripe_user_id").as_deref(), Some(stage.account(0).id.as_str()));
    let code = value(&location, "code").unwrap();
    let post = async |form: &[(&str, &str)]| {
        let key = stage.sandbox.platform_key(Mode::Test);
        read(
            stage
                .request(Method::POST, "/v1/oauth/token")
                .basic_auth(key, Some(""))
                .form(form)
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    // A code of an app is no code of Connect.
    assert_eq!(stage.exchange(Mode::Test, &code).await.1["error"], "invalid_grant");
    let (status, first) = post(&[("grant_type", "authorization_code"), ("code", &code)]).await;
    assert_eq!((status.as_u16(), first["scope"].as_str()), (200, Some("stripe_apps")));
    let token = |body: &Value| body["access_token"].as_str().unwrap().to_owned();
    assert_eq!(stage.get_as(&token(&first), "/v1/balance").await.0, 200);
    stage.control("expire-app-tokens", json!({})).await;
    assert_eq!(stage.get_as(&token(&first), "/v1/balance").await.0, 401);

    let refresh = first["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let (status, second) = post(&form).await;
    assert_eq!(status, 200);
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    assert_eq!(stage.get_as(&token(&second), "/v1/balance").await.0, 200);
    let (status, body) = post(&form).await;
    assert_eq!((status.as_u16(), body["error"].as_str()), (400, Some("invalid_grant")));
    stage.close().await;
}
