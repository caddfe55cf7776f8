use super::TestApi;
use super::seed::NOW;
use serde_json::{Value, json};

fn names(page: &Value) -> Vec<&str> {
    page["results"].as_array().unwrap().iter().map(|company| company["name"].as_str().unwrap()).collect()
}

#[actix_web::test]
async fn pages_link_to_their_neighbours_and_hold_everything_once() {
    let api = TestApi::new();
    for n in 0..4 {
        api.seed.company(&api.one.platform, &format!("C{n}"), NOW.plus_ms(n + 1));
    }
    let first = api.get("/companies?pageSize=2").await.json();
    assert_eq!(names(&first), ["C3", "C2"]);
    assert_eq!(
        (&first["pageNumber"], &first["pageSize"], &first["totalResults"]),
        (&json!(1), &json!(2), &json!(5))
    );
    assert_eq!(
        first["_links"],
        json!({
            "current": {"href": "/companies?page=1&pageSize=2"}, "self": {"href": "/companies"},
            "next": {"href": "/companies?page=2&pageSize=2"},
        })
    );
    let second = api.get(first["_links"]["next"]["href"].as_str().unwrap()).await.json();
    assert_eq!(names(&second), ["C1", "C0"]);
    let third = api.get(second["_links"]["next"]["href"].as_str().unwrap()).await.json();
    assert_eq!(names(&third), ["Bakery"]);
    assert!(third["_links"].get("next").is_none());
    assert_eq!(third["_links"]["previous"]["href"], "/companies?page=2&pageSize=2");
    let past = api.get("/companies?page=9&pageSize=2").await;
    assert_eq!((past.status, past.json()["results"].clone()), (200, json!([])));
}

#[actix_web::test]
async fn pages_out_of_range_are_refused_by_name() {
    let api = TestApi::new();
    for bad in
        ["page=0", "page=-1", "page=x", "pageSize=0", "pageSize=5001", "PAGESIZE=1.5", "page=99999999999"]
    {
        let name = bad.split('=').next().unwrap().to_lowercase();
        let broken = api.get(&format!("/companies?{bad}")).await.broken();
        assert!(broken[0].to_lowercase().starts_with(&name), "{broken:?}");
    }
    for good in ["page=2147483647&pageSize=5000", "pagesize=1", "page=1&pageSize=100", "query=&orderBy="] {
        assert_eq!(api.get(&format!("/companies?{good}")).await.status, 200, "{good}");
    }
}
