//! `serve` as operators see it: ports, health, stopping.

use crate::support::app::TestApp;
use crate::support::database::Kind;
use crate::support::process::Signal;
use crate::support::{http, on_both_databases, wait};
use std::time::Duration;

on_both_databases![
    every_listener_answers_its_probes,
    port_0_takes_a_free_port_and_says_which,
    a_polite_stop_ends_with_0_while_requests_are_under_way,
];

fn every_listener_answers_its_probes(kind: Kind) {
    let app = TestApp::on(kind).charges(10).start();
    let portal = format!("http://{}", app.cli.settings["TRIBUTARY__PORTAL__LISTEN"]);
    for base in [&app.api_url, &app.link_url, &portal] {
        for probe in ["live", "ready", "startup"] {
            let answer = http::client().get(format!("{base}/health/{probe}")).send().unwrap();
            assert_eq!(answer.status().as_u16(), 200, "{base} {probe}");
        }
    }
}

fn port_0_takes_a_free_port_and_says_which(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).prepare();
    let any = "127.0.0.1:0";
    let place = app.spawn_serve(&[], &[("api.listen", any), ("link.listen", any), ("portal.listen", any)]);
    let url = wait::until("the API's address is logged", wait::SOON, || {
        let log = app.process(place).log_tail();
        let line = log.lines().find(|line| line.contains("service=api"))?.to_owned();
        Some(line.split("url=\"").nth(1)?.split('"').next()?.trim_end_matches('/').to_owned())
    });
    assert_ne!(url, "http://127.0.0.1:0");
    wait::until("the API answers there", wait::SOON, || {
        let answer = http::client().get(format!("{url}/health/ready")).send().ok()?;
        answer.status().is_success().then_some(())
    });
}

/// B-50: whoever was answered before the signal has a whole answer; nobody gets half of one.
fn a_polite_stop_ends_with_0_while_requests_are_under_way(kind: Kind) {
    let mut app = TestApp::on(kind).charges(10).prepare();
    let place = app.spawn_serve(&[], &[]);
    app.wait_until_ready();
    app.developer.create_company("Toft Stores");
    let developer = app.developer.clone();
    let asking = std::thread::spawn(move || {
        let mut answered = 0;
        while let Ok(response) = developer.request("GET", "/companies").send() {
            let (status, text) = (response.status().as_u16(), response.text().unwrap());
            assert!(status == 200 || status == 503, "{status}");
            assert!(status != 200 || text.ends_with('}'), "half of an answer");
            answered += 1;
        }
        answered
    });
    app.process(place).signal(Signal::Term);
    let status = app.process(place).exit(Duration::from_secs(25));
    assert!(status.success(), "{status}");
    asking.join().unwrap();
}
