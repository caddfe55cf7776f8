//! Integrations as scripts set them.

use super::*;

async fn patch(world: &World, body: Value) -> Reply {
    world.ask(Method::PATCH, "/integrations/yzth", body).await
}

#[actix_web::test]
async fn an_integration_that_was_never_set_shows_its_defaults_and_where_stripe_sends_merchants() {
    let world = World::new();
    let reply = world.get("/integrations").await;
    let listed = reply.json()["integrations"].clone();
    let nothing = json!({ "PendingAuth": 0, "Linked": 0, "Unlinked": 0, "Deauthorized": 0 });
    let expected = |key, name, mode| {
        json!({
            "key": key, "name": name, "mode": mode, "isSet": false, "clientId": null, "secretKeyMasked": null,
            "webhookSecrets": [], "scope": "read_only", "syncMode": "one_off", "enabled": false,
            "redirectUrl": "https://link.example.com/oauth/callback", "webhookUrl": null, "created": null,
            "modified": null, "connections": nothing,
        })
    };
    assert_eq!(listed, json!([expected("exgd", "Stripe", "live"), expected("yzth", "Stripe Test", "test")]));
    let one = world.get("/integrations/yzth").await;
    assert_eq!((one.json(), one.header("etag")), (listed[1].clone(), "\"not-set\""));
}

#[actix_web::test]
async fn what_is_set_shows_and_secrets_show_masked_only() {
    let world = World::new();
    let body = json!({
        "clientId": "ca_1", "secretKey": " sk_test_canary_1234\n", "webhookSecret": "whsec_canary_5678",
        "scope": "read_write", "syncMode": "continuous", "enabled": true,
    });
    let set = patch(&world, body).await;
    let shown = set.json();
    assert_eq!(set.status, 200);
    let pick = |names: &[&str]| names.iter().map(|name| shown[*name].clone()).collect::<Vec<_>>();
    let expected =
        [json!(true), json!("ca_1"), json!("sk_test_…1234"), json!("read_write"), json!("continuous")];
    assert_eq!(pick(&["isSet", "clientId", "secretKeyMasked", "scope", "syncMode"]), expected);
    assert_eq!(pick(&["enabled", "modified"]), [json!(true), json!(NOW.to_iso())]);
    assert_eq!(shown["webhookSecrets"][0]["masked"], "whsec_…5678");
    assert!(shown["webhookUrl"].as_str().unwrap().starts_with("https://link.example.com/stripe/events/"));
    assert_eq!(world.get("/integrations/yzth").await.json(), shown);
    assert_eq!(world.get("/integrations/exgd").await.json()["isSet"], false);

    let id = shown["webhookSecrets"][0]["id"].clone();
    let changed = patch(&world, json!({ "removeWebhookSecrets": [id], "scope": "read_only" })).await.json();
    assert_eq!((&changed["webhookSecrets"], &changed["scope"]), (&json!([]), &json!("read_only")));
    assert_eq!(changed["secretKeyMasked"], "sk_test_…1234", "what is left out stays");
}

#[actix_web::test]
async fn put_sets_everything_but_keeps_credentials_that_are_left_out() {
    let world = World::new();
    world.set_up().await;
    let shown =
        world.ask(Method::PUT, "/integrations/yzth", json!({ "syncMode": "continuous" })).await.json();
    assert_eq!((&shown["syncMode"], &shown["enabled"]), (&json!("continuous"), &json!(false)));
    assert_eq!((&shown["clientId"], &shown["secretKeyMasked"]), (&json!("ca_1"), &json!("sk_test_…1234")));
}

#[actix_web::test]
async fn each_problem_has_its_field_and_its_code_and_changes_nothing() {
    let world = World::new();
    let live = "sk_live_canary_1";
    let stranger = uuid::Uuid::new_v4().to_string();
    let cases = [
        (json!({ "clientId": "acct_1", "secretKey": "sk_test_canary_1" }), "clientId", "client_id_malformed"),
        (json!({ "secretKey": "sk_test_canary_1" }), "clientId", "client_id_needed"),
        (json!({ "clientId": "ca_1" }), "secretKey", "secret_key_needed"),
        (json!({ "clientId": "ca_1", "secretKey": "" }), "secretKey", "secret_key_empty"),
        (json!({ "clientId": "ca_1", "secretKey": "pk_test_canary_1" }), "secretKey", "publishable_key"),
        (json!({ "clientId": "ca_1", "secretKey": "rk_test_canary_1" }), "secretKey", "restricted_key"),
        (json!({ "clientId": "ca_1", "secretKey": "canary" }), "secretKey", "no_stripe_key"),
        (json!({ "clientId": "ca_1", "secretKey": "sk_test_canary!" }), "secretKey", "secret_key_malformed"),
        (json!({ "clientId": "ca_1", "secretKey": live }), "secretKey", "key_of_other_mode"),
        (json!({ "webhookSecret": "canary" }), "webhookSecret", "webhook_secret_malformed"),
        (json!({ "removeWebhookSecrets": [stranger] }), "removeWebhookSecrets", "unknown_webhook_secret"),
        (json!({ "enabled": true }), "enabled", "nothing_to_authorise_with"),
    ];
    for (body, field, code) in cases {
        let reply = patch(&world, body).await;
        assert_eq!(reply.error(), (422, "unprocessable".to_owned()), "{reply:?}");
        assert_eq!(reply.fields(), [(field.to_owned(), code.to_owned())]);
        assert_eq!(world.get("/integrations/yzth").await.json()["isSet"], false);
    }
    let keys_only = patch(&world, json!({ "enabled": true, "allowKeysOnly": true })).await.json();
    assert_eq!((&keys_only["enabled"], &keys_only["clientId"]), (&json!(true), &Value::Null));
}

#[actix_web::test]
async fn whoever_writes_second_is_told() {
    let world = World::new();
    let send = |tag: String| {
        let request = as_user("dev@example.com", Method::PATCH, &world.path_of("/integrations/yzth"));
        let body = json!({ "clientId": "ca_1", "secretKey": "sk_test_canary_1" });
        world.send(request.insert_header(("if-match", tag)).set_json(body))
    };
    let unset = world.get("/integrations/yzth").await.header("etag").to_owned();
    let first = send(unset.clone()).await;
    assert_eq!(first.status, 200);
    assert_eq!(send(unset).await.error(), (412, "changed_meanwhile".to_owned()));
    let seen = first.header("etag").to_owned();
    assert_eq!(send(seen.clone()).await.status, 200, "in the same millisecond");
    assert_eq!(send(seen).await.status, 412);
    assert_eq!(send("*".to_owned()).await.status, 200);
    for malformed in ["1", "W/\"1\"", "\"x\"", ""] {
        assert_eq!(send(malformed.to_owned()).await.error(), (400, "unreadable".to_owned()), "{malformed}");
    }
}

#[actix_web::test]
async fn a_check_needs_credentials_and_tells_what_it_could_not_find_out() {
    let world = World::new();
    let check = || world.post("/integrations/yzth/check", Value::Null);
    assert_eq!(check().await.error(), (409, "nothing_to_check".to_owned()));
    world.set_up().await;
    let found = check().await.json();
    assert_eq!(found["ok"], false);
    let abouts = ["secretKey", "mode", "clientId", "owner", "redirectUrl", "scope"];
    let shown: Vec<_> =
        found["findings"].as_array().unwrap().iter().map(|one| one["about"].clone()).collect();
    assert_eq!(shown, abouts);
    assert_eq!(found["findings"][0]["verdict"], "unknown");
    assert_eq!(found["findings"][0]["code"], "no_answer");
}
