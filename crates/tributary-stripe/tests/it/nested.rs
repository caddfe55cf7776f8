//! Lists nested in objects are read to their end (rule E6).

use crate::server::{Asked, Does, Server, json};
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use tributary_core::ids::AccountId;
use tributary_core::{Clock, Mode, Resource, Secret};
use tributary_stripe::{Answer, Auth, Client, Error, ErrorKind, ListPage, ListParams, StripeSettings};

fn client(server: &Server) -> Client {
    let mut settings = StripeSettings::at(server.url.parse().unwrap(), server.url.parse().unwrap());
    settings.attempts_max = 1;
    settings.limits.test_requests_per_second = 0;
    settings.limits.per_endpoint = 0;
    Client::new(settings, Clock::system()).unwrap()
}

fn auth() -> Auth {
    Auth::own(Secret::new("sk_test_1"), AccountId("acct_1".into()), Mode::Test)
}

async fn whole(server: &Server, resource: Resource) -> Result<Answer<ListPage>, Error> {
    let client = client(server);
    let page = client.list_page(&auth(), resource, &ListParams::default()).await?;
    client.complete(&auth(), resource, page).await
}

/// The ids of the lines of each object of a page, and whether its list says that it is whole.
fn lines(page: &ListPage) -> Vec<(String, Vec<String>, bool)> {
    let objects = page.objects().map(|object| serde_json::from_str::<Value>(object.unwrap().raw).unwrap());
    let of = |object: Value| {
        let list = ["lines", "items", "line_items"].iter().find_map(|name| object.get(name)).unwrap();
        let ids = list["data"].as_array().unwrap().iter().map(|line| line["id"].as_str().unwrap().to_owned());
        (object["id"].as_str().unwrap().to_owned(), ids.collect(), list["has_more"] == false)
    };
    objects.map(of).collect()
}

fn invoice(id: &str, shown: &[&str], has_more: bool) -> String {
    let data: Vec<String> = shown.iter().map(|id| format!(r#"{{"id":"{id}"}}"#)).collect();
    format!(
        r#"{{"id":"{id}","object":"invoice","created":5,"lines":{{"object":"list","data":[{}],"has_more":{has_more},"url":"/v1/invoices/{id}/lines"}}}}"#,
        data.join(",")
    )
}

fn list(data: &[String], has_more: bool) -> Does {
    json(200, &format!(r#"{{"object":"list","data":[{}],"has_more":{has_more}}}"#, data.join(",")))
}

fn line(id: &str) -> String {
    format!(r#"{{"id":"{id}"}}"#)
}

fn path(asked: &Asked) -> String {
    asked.line.split(' ').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn every_list_is_read_to_its_end_and_the_page_keeps_its_order() {
    let server = Server::answering(|asked, _| match path(asked).as_str() {
        "/v1/invoices?limit=100" => list(
            &[
                invoice("in_1", &["il_1"], true),
                invoice("in_2", &["il_4"], false),
                invoice("in_3", &["il_5"], true),
            ],
            true,
        ),
        "/v1/invoices/in_1/lines?limit=100&starting_after=il_1" => list(&[line("il_2")], true),
        "/v1/invoices/in_1/lines?limit=100&starting_after=il_2" => list(&[line("il_3")], false),
        "/v1/invoices/in_3/lines?limit=100&starting_after=il_5" => list(&[line("il_6")], false),
        other => panic!("{other}"),
    })
    .await;
    let answer = whole(&server, Resource::Invoices).await.unwrap();
    let of =
        |id: &str, lines: &[&str]| (id.to_owned(), lines.iter().map(|id| (*id).to_owned()).collect(), true);
    let expected =
        [of("in_1", &["il_1", "il_2", "il_3"]), of("in_2", &["il_4"]), of("in_3", &["il_5", "il_6"])];
    assert_eq!(lines(&answer.body), expected);
    assert!(answer.body.has_more(), "the page has a successor still");
    assert_eq!(answer.body.last().unwrap().id, "in_3");
    assert!(answer.received_at >= answer.sent_at);
}

#[tokio::test]
async fn hidden_ones_are_asked_for_and_what_saves_requests_is_expanded() {
    let server = Server::answering(|asked, _| match path(asked) {
        path if path.starts_with("/v1/subscriptions?") => {
            let items = r#"{"data":[{"id":"si_1"}],"has_more":true,"url":"/v1/subscription_items?subscription=sub_1"}"#;
            json(200, &format!(r#"{{"data":[{{"id":"sub_1","items":{items}}}],"has_more":false}}"#))
        }
        path if path.starts_with("/v1/checkout/sessions?") => {
            let items = r#"{"data":[{"id":"li_1"}],"has_more":true,"url":"/v1/checkout/sessions/cs_1/line_items"}"#;
            json(200, &format!(r#"{{"data":[{{"id":"cs_1","line_items":{items}}}],"has_more":false}}"#))
        }
        _ => list(&[line("x_2")], false),
    })
    .await;
    for resource in [Resource::Subscriptions, Resource::CheckoutSessions] {
        assert_eq!(lines(&whole(&server, resource).await.unwrap().body)[0].1.len(), 2, "{resource}");
    }
    let asked: Vec<String> = server.asked().iter().map(path).collect();
    let expected = [
        "/v1/subscriptions?limit=100&status=all",
        "/v1/subscription_items?subscription=sub_1&limit=100&starting_after=si_1",
        "/v1/checkout/sessions?limit=100&expand%5B%5D=data.line_items&expand%5B%5D=data.line_items.data.taxes",
        "/v1/checkout/sessions/cs_1/line_items?limit=100&expand%5B%5D=data.taxes&starting_after=li_1",
    ];
    assert_eq!(asked, expected);
}

#[tokio::test]
async fn an_object_that_was_deleted_while_it_was_read_is_left_out() {
    let server = Server::answering(|asked, _| match path(asked).as_str() {
        "/v1/invoices?limit=100" => list(&[invoice("in_1", &["il_1"], true), invoice("in_2", &["il_4"], false)], false),
        _ => json(404, r#"{"error":{"type":"invalid_request_error","code":"resource_missing","message":"No such invoice"}}"#),
    })
    .await;
    let answer = whole(&server, Resource::Invoices).await.unwrap();
    assert_eq!(lines(&answer.body).iter().map(|(id, ..)| id.as_str()).collect::<Vec<_>>(), ["in_2"]);
}

#[tokio::test]
async fn a_nested_list_whose_cursor_is_gone_is_begun_anew() {
    let gone = r#"{"error":{"type":"invalid_request_error","code":"resource_missing","param":"starting_after","message":"No such line"}}"#;
    let server = Server::answering(move |asked, _| match path(asked).as_str() {
        "/v1/invoices?limit=100" => list(&[invoice("in_1", &["il_gone"], true)], false),
        "/v1/invoices/in_1/lines?limit=100&starting_after=il_gone" => json(400, gone),
        "/v1/invoices/in_1/lines?limit=100" => list(&[line("il_1"), line("il_2")], false),
        other => panic!("{other}"),
    })
    .await;
    let answer = whole(&server, Resource::Invoices).await.unwrap();
    assert_eq!(lines(&answer.body)[0].1, ["il_1", "il_2"]);
}

#[tokio::test]
async fn what_fails_in_a_nested_list_fails_the_page_and_few_are_read_at_once() {
    static AT_ONCE: AtomicU32 = AtomicU32::new(0);
    let server = Server::answering(|asked, _| match path(asked).as_str() {
        "/v1/invoices?limit=100" => {
            let invoices: Vec<String> = (0..9).map(|n| invoice(&format!("in_{n}"), &["il_1"], true)).collect();
            list(&invoices, false)
        }
        _ => {
            AT_ONCE.fetch_add(1, Ordering::Relaxed);
            json(403, r#"{"error":{"message":"Having the 'rak_invoice_read' permission would allow this request to continue."}}"#)
        }
    })
    .await;
    let error = whole(&server, Resource::Invoices).await.unwrap_err();
    let ErrorKind::Forbidden { permissions, .. } = &error.kind else { panic!("{error:?}") };
    assert_eq!(permissions, &["rak_invoice_read"]);
    assert!(AT_ONCE.load(Ordering::Relaxed) <= 8, "the first failure ends it");
}

#[tokio::test]
async fn a_single_object_is_whole_too() {
    let server = Server::answering(|asked, _| match path(asked).as_str() {
        "/v1/invoices/in_1" => json(200, &invoice("in_1", &["il_1"], true)),
        "/v1/invoices/in_1/lines?limit=100&starting_after=il_1" => list(&[line("il_2")], false),
        other => panic!("{other}"),
    })
    .await;
    let answer = client(&server).retrieve(&auth(), Resource::Invoices, "in_1").await.unwrap();
    let object: Value = serde_json::from_str(answer.body.object().raw).unwrap();
    assert_eq!(object["lines"]["data"][1]["id"], "il_2");
    assert_eq!(answer.body.object().created, Some(5));
}
