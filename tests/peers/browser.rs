//! A real browser, where one is installed: the chat's page, and pages of other places.

use std::fs;

use blocking_ws::http::{Response, header};
use blocking_ws::{Server, ServerHandle};
use serde_json::json;

use test_support::chromium::{Chromium, Tab};
use test_support::folder::Folder;
use test_support::program::Program;

/// What the page's log or another part of it must show.
fn shows(part: &str, text: &str) -> String {
    format!("find({part:?}).textContent.includes({text:?})")
}

fn join(browser: &mut Chromium, tab: &Tab, name: &str) {
    browser.run(tab, &format!("find('name').value = {name:?}; find('enter').requestSubmit()"));
    browser.wait(tab, &shows("status", &format!("You are {name}.")));
    browser.wait(tab, &shows("here", name));
}

fn say(browser: &mut Chromium, tab: &Tab, text: &str) {
    browser.run(tab, &format!("find('text').value = {text:?}; find('say').requestSubmit()"));
}

/// Tries to open a connection.
fn connect(url: &str, subprotocols: &str) -> String {
    format!(
        "new Promise(done => {{
            const other = new WebSocket({url:?}, {subprotocols});
            other.onopen = () => done('open');
            other.onclose = ({{ code, wasClean }}) => done([code, wasClean]);
        }})"
    )
}

/// What the pages of other places offer; they get the second.
const OFFER: &str = "['a', 'b']";

/// A server with a page, which requires one of these subprotocols and checks who asks.
fn site(change: impl FnOnce(Server) -> Server) -> ServerHandle {
    let server = Server::bind("127.0.0.1:0").unwrap().http(|_| {
        let html = Response::builder().header(header::CONTENT_TYPE, "text/html");
        html.body("<title>a page</title>").unwrap()
    });
    let server = server.subprotocol("b").require_subprotocol().on_upgrade(|opening| {
        let asks = opening.request().uri().path() == "/secret";
        let is_known = !asks || opening.basic()?.is("ali", "ses@me");
        if is_known { Ok(()) } else { Err(opening.basic()?.refusal()) }
    });
    change(server).spawn(|ws| ws.recv().map(drop)).unwrap()
}

#[test]
fn section_10_2_pages_of_two_origins_and_of_a_file() {
    let Some(mut browser) = Chromium::start() else {
        eprintln!("not tested: no Chromium is installed (set CHROMIUM to its path)");
        return;
    };
    let folder = Folder::new();
    let file = folder.file("page.html");
    fs::write(&file, "<title>a file</title>").unwrap();
    let file = format!("file://{}", file.display());
    let refused = json!([1006, false]);
    let open = json!("open");
    let (own, listing, any) = (
        site(|server| server),
        site(|server| server.origin("http://*.localhost:1").origin("http://localhost")),
        site(Server::any_origin),
    );
    let (page, url) = (own.url().replace("ws://", "http://"), own.url());
    let other = page.replace("127.0.0.1", "localhost");
    let listed = site(|server| server.origin(other.trim_end_matches('/')));
    for (rule, page, url, want) in [
        ("its own page", &page, url, &open),
        ("another port of the host", &page, listing.url(), &open),
        ("another host", &other, url, &refused),
        ("another port of an origin", &other, listing.url(), &refused),
        ("a listed origin", &other, listed.url(), &open),
        ("a file", &file, url, &refused),
        ("a file, with a list", &file, listed.url(), &refused),
        ("a file, if any may", &file, any.url(), &open),
        ("any other", &other, any.url(), &open),
    ] {
        let tab = browser.open(page);
        assert_eq!(browser.run(&tab, &connect(url, OFFER)), *want, "{rule}");
    }
    let tab = browser.open(&page);
    // RFC 6455 §4.1: the browser fails a connection without one of those that it offered.
    assert_eq!(browser.run(&tab, &connect(url, "['c']")), refused);
    // RFC 7617.
    let secret = |user: &str| format!("{}secret", url.replace("ws://", &format!("ws://{user}")));
    for (user, want) in [("ali:ses%40me@", &open), ("ali:sesame@", &refused), ("", &refused)] {
        assert_eq!(browser.run(&tab, &connect(&secret(user), OFFER)), *want, "{user}");
    }
}

#[test]
fn a_browser_chats_and_closes_in_order() {
    let Some(mut browser) = Chromium::start() else {
        eprintln!("not tested: no Chromium is installed (set CHROMIUM to its path)");
        return;
    };
    let server = Program::start("chat_server", ["--addr", "127.0.0.1:0"]);
    let room = server.line().replace("listening on ", "");
    let page = server.line().replace("the page is ", "");
    let elsewhere = page.replace("127.0.0.1", "localhost");
    let browser = &mut browser;

    let (ada, bob) = (browser.open(&page), browser.open(&page));
    join(browser, &ada, "Ada");
    join(browser, &bob, "<b>Bob");
    browser.wait(&ada, &shows("log", "<b>Bob joined"));
    for (from, name, text) in [(&ada, "Ada", "Grüße <i>all</i>"), (&bob, "<b>Bob", "🦀")] {
        say(browser, from, text);
        for tab in [&ada, &bob] {
            browser.wait(tab, &shows("log", &format!("{name}: {text}")));
        }
    }
    let markup = "document.querySelectorAll('#log b, #log i').length";
    assert_eq!(browser.run(&ada, markup), json!(0), "what others wrote is text");

    // §7.1.5, §7.1.6: what the page sent is what it sees come back.
    let close = "new Promise(done => {
        socket.addEventListener('close', ({ code, wasClean }) => done([code, wasClean]));
        socket.close(4000, 'enough');
    })";
    assert_eq!(browser.run(&bob, close), json!([4000, true]));
    browser.wait(&ada, &shows("log", "<b>Bob left"));
    browser.wait(&ada, "find('here').textContent === 'Here: Ada'");

    // §10.2: the page of another site.
    let stranger = browser.open(&elsewhere);
    assert_eq!(browser.run(&stranger, &connect(&room, "[]")), json!([1006, false]));
    let own = room.replace("127.0.0.1", "localhost");
    assert_eq!(browser.run(&stranger, &connect(&own, "[]")), json!("open"));

    browser.run(&ada, "find('leave').click()");
    browser.wait(&ada, &shows("status", "The connection was closed: 1000"));
}

#[test]
fn the_example_devtools_asks_a_browser_for_its_version() {
    let Some(mut browser) = Chromium::start() else {
        eprintln!("not tested: no Chromium is installed (set CHROMIUM to its path)");
        return;
    };
    let asked = Program::start("devtools", [browser.devtools_url()]).end();
    assert_eq!((asked.code, asked.stderr.as_str()), (Some(0), ""), "{asked:?}");
    let tab = browser.open("about:blank");
    let agent = browser.run(&tab, "navigator.userAgent");
    let agent = agent.as_str().unwrap();
    let version = agent.split("Chrome/").nth(1).and_then(|rest| rest.split('.').next()).unwrap();
    let lines: Vec<_> = asked.stdout.lines().collect();
    let [product, protocol, user_agent] = lines[..] else { panic!("{asked:?}") };
    assert!(
        product.starts_with("browser: ") && product.contains(&format!("Chrome/{version}.")),
        "{product}"
    );
    assert!(protocol.starts_with("protocol: 1."), "{protocol}");
    assert_eq!(user_agent, format!("user agent: {agent}"));

    // What the browser does not know, it says, and so does the example.
    let refused = Program::start("devtools", [browser.devtools_url(), "Browser.getAge"]).end();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused:?}");
    assert!(refused.stderr.contains("'Browser.getAge' wasn't found"), "{refused:?}");
}
