//! Pausing, resuming and cancelling, and the time of day.

use super::{World, company, form, link};
use tributary_core::Secret;
use tributary_core::state::Role;

#[actix_web::test]
async fn a_reading_is_paused_resumed_and_cancelled_by_those_who_may() {
    let world = World::at("http://127.0.0.1:7610");
    let (company, connection) = company(&world);
    link(&world, &connection);
    let path = |rest: &str| world.path(&format!("/companies/{company}{rest}"));
    let of_connection = |what: &str| path(&format!("/connections/{}/{what}", connection.id));
    let (advisor, developer) = (world.session(Role::Advisor), world.session(Role::Developer));
    let send = async |what: &str, session: &Secret, fields: &str| {
        world.ask(form(&world, &of_connection(what), session, fields), Some(session)).await
    };
    for what in ["pause", "resume", "cancel"] {
        assert_eq!(send(what, &advisor, "confirmed=on").await.status, 403, "{what}");
    }
    let page = world.get(&path(""), Some(&advisor)).await.text;
    assert!(
        page.contains("Read now") && !page.contains(">Pause<") && !page.contains("Cancel reading"),
        "{page}"
    );

    assert_eq!(send("pause", &developer, "").await.header("location"), path("?done=paused"));
    let page = world.get(&path("?done=paused"), Some(&developer)).await.text;
    for words in [
        "The connection is paused.",
        "Paused</span>",
        "None: paused since",
        ">Resume<",
        "Requests in 30 days",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Read now") && !page.contains(">Pause<"), "{page}");
    assert_eq!(send("refresh", &advisor, "").await.header("location"), path("?done=held"));
    assert_eq!(send("resume", &developer, "").await.header("location"), path("?done=resumed"));

    assert_eq!(send("cancel", &developer, "").await.header("location"), path("?done=unconfirmed"));
    assert_eq!(send("cancel", &developer, "confirmed=on").await.header("location"), path("?done=cancelled"));
    assert_eq!(send("cancel", &developer, "confirmed=on").await.header("location"), path("?done=idle"));
    assert_eq!(send("refresh", &advisor, "").await.header("location"), path("?done=refresh"));
    let stranger = of_connection("pause").replace(&connection.id.to_string(), &company.to_string());
    assert_eq!(world.ask(form(&world, &stranger, &developer, ""), Some(&developer)).await.status, 404);
}

#[actix_web::test]
async fn a_time_of_day_is_chosen_for_all_and_for_a_company() {
    let world = World::at("http://127.0.0.1:7610");
    let (company, _) = company(&world);
    let developer = world.session(Role::Developer);
    let (all, own) =
        (world.path("/settings/schedule"), world.path(&format!("/companies/{company}/schedule")));
    let send = async |path: &str, fields: &str| {
        world.ask(form(&world, path, &developer, fields), Some(&developer)).await
    };
    let page = world.get(&all, Some(&developer)).await.text;
    assert!(page.contains("value=\"hours\" checked") && page.contains("value=\"Asia/Kolkata\""), "{page}");
    for (fields, words) in [
        ("kind=time&time=&zone=UTC", "Enter a time of day"),
        ("kind=time&time=03:30&zone=Berlin", "Enter the name of a time zone"),
        ("kind=hours&zone=", "Enter the name of a time zone"),
    ] {
        let refused = send(&all, fields).await;
        assert!(refused.status == 422 && refused.text.contains(words), "{fields}: {}", refused.text);
    }
    let saved = send(&all, "kind=time&time=03:30&zone=europe/berlin").await;
    assert_eq!(saved.header("location"), format!("{all}?done=saved"));
    let page = world.get(&all, Some(&developer)).await.text;
    assert!(page.contains("value=\"03:30\"") && page.contains("value=\"Europe/Berlin\" list"), "{page}");
    let page = world.get(&own, Some(&developer)).await.text;
    assert!(page.contains("As for all companies: at 03:30 (Europe/Berlin)"), "{page}");
    assert!(page.contains("value=\"inherit\" checked"), "{page}");
    send(&own, "kind=hours&zone=Asia/Tokyo").await;
    assert!(world.get(&own, Some(&developer)).await.text.contains("value=\"hours\" checked"));
    send(&own, "kind=inherit").await;
    assert!(world.get(&own, Some(&developer)).await.text.contains("value=\"inherit\" checked"));
}
