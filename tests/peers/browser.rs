//! The chat's page in a real browser, where one is installed.

use serde_json::json;

use test_support::chromium::{Chromium, Tab};
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
    let connect = |url: &str| {
        format!(
            "new Promise(done => {{
                const other = new WebSocket({url:?});
                other.onopen = () => done('open');
                other.onclose = ({{ code, wasClean }}) => done([code, wasClean]);
            }})"
        )
    };
    assert_eq!(browser.run(&stranger, &connect(&room)), json!([1006, false]));
    let own = room.replace("127.0.0.1", "localhost");
    assert_eq!(browser.run(&stranger, &connect(&own)), json!("open"));

    browser.run(&ada, "find('leave').click()");
    browser.wait(&ada, &shows("status", "The connection was closed: 1000"));
}
