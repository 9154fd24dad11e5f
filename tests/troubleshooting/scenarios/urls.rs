//! URLs of servers and proxies that cannot be used.

use blocking_ws::{Client, connect};

use super::Scenario;
use crate::produced::{Produced, failed};

pub(super) const SCENARIOS: &[Scenario] = &[
    ("URLs of servers", servers),
    ("URLs that are too long", long),
    ("URLs of proxies", of_proxies),
    ("places to connect to", places),
];

fn servers() -> Vec<Produced> {
    let urls = [
        " ws://h/",
        "ws://h/\r\n",
        "ws://h/\t",
        "\u{feff}ws://h/",
        "ws://h/\0",
        "",
        "localhost:9001",
        "/chat",
        "ftp://h/",
        "ws:/localhost:9001",
        "ws://",
        "ws://h:0/",
        "ws://h/#top",
        "ws://a%3Ab:c@h/",
        "ws://a\"b:c@h/",
        "ws://h o/",
        "ws://h<o/",
        "ws://h/a b",
        "ws://h/a\u{7f}b",
        "ws://[\u{fc}]/",
        "ws://[::1/",
        "ws://::1/",
        "ws://[::1]9001/",
        "ws://[h]/",
        "ws://[fe80::1%25a!b]/",
        "ws://h[/",
        // Its label is too long for a name of IDNA, and without that no name is.
        "ws://\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\u{fc}\
         xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx/",
    ];
    urls.into_iter().map(|url| failed(connect(url))).collect()
}

fn long() -> Vec<Produced> {
    vec![failed(connect(&format!("ws://h/{}", "x".repeat(70_000))))]
}

fn of_proxies() -> Vec<Produced> {
    let proxies = ["ftp://p", "socks://p", "socks5://:x@p", "http://a:%0d@p"];
    let through = |proxy| failed(Client::new().proxy(proxy).connect("ws://h/"));
    let host = "x".repeat(256);
    let socks = Client::new().proxy("socks5h://127.0.0.1:9");
    let long = failed(socks.connect(&format!("ws://{host}/")));
    proxies.into_iter().map(through).chain([long]).collect()
}

fn places() -> Vec<Produced> {
    let places = ["ali@h", "h:0", "a b"];
    places.map(|place| failed(Client::new().connect_to(place).connect("ws://h/"))).into()
}
