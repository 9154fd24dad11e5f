//! What a client makes of a URL: where it goes, what it sends, what it shows (RFC 6455 §3, §4.1).

use std::net::{Ipv6Addr, SocketAddrV6, TcpListener, TcpStream};
use std::thread;

use blocking_ws::http::Request;
use blocking_ws::testing::{MockServer, Peer};
use blocking_ws::{Client, Error, WebSocket};

use test_support::attempt::host;
use test_support::http::{Head, line};
use test_support::socket::patient;

/// What a server is sent, and what the program sees of its own request.
fn opened(
    open: impl FnOnce(String) -> blocking_ws::Result<(Request<()>, String)>,
) -> (String, Request<()>, Request<()>, String) {
    let mock = MockServer::new().unwrap().on_connection(|peer| peer.open(&[]));
    let (request, shown) = open(host(&mock)).unwrap();
    mock.verify();
    (host(&mock), mock.requests().remove(0), request, shown)
}

#[test]
fn section_3_schemes_that_stand_for_ws() {
    for (scheme, rest, target) in
        [("ws", "", "/"), ("http", "/a?b", "/a?b"), ("HTTP", "?b", "/?b"), ("Ws", "/", "/")]
    {
        let (address, head, request, _) = opened(|address| {
            let ws = Client::new().connect(&format!("{scheme}://{address}{rest}"))?;
            Ok((ws.request().clone(), String::new()))
        });
        assert_eq!(line(&head), format!("GET {target} HTTP/1.1"));
        assert_eq!(head.get("host"), Some(&address[..]));
        assert_eq!(request.uri().to_string(), format!("ws://{address}{target}"));
    }
}

#[test]
fn rfc_7617_userinfo_becomes_a_header_and_is_shown_nowhere() {
    let basic = "Basic YWxhZGRpbjpvcGVuIHNlc2FtZUA6";
    for (rule, userinfo, header, want) in [
        ("none", "", None, None),
        ("a name alone", "aladdin@", None, Some("Basic YWxhZGRpbjo=")),
        ("decoded", "aladdin:open%20sesame%40:@", None, Some(basic)),
        ("the program's own wins", "aladdin:sesame@", Some("Bearer sesame"), Some("Bearer sesame")),
    ] {
        for own_stream in [false, true] {
            let (address, head, request, shown) = opened(|address| {
                let url = format!("ws://{userinfo}{address}/a");
                if own_stream {
                    let mut request = Request::builder().uri(url);
                    if let Some(header) = header {
                        request = request.header("Authorization", header);
                    }
                    let stream = patient(TcpStream::connect(address).unwrap());
                    let ws = WebSocket::connect(request.body(()).unwrap(), stream)?;
                    return Ok((ws.request().clone(), format!("{ws:?}")));
                }
                let mut client = Client::new();
                if let Some(header) = header {
                    client = client.header("Authorization", header);
                }
                let ws = client.connect(&url)?;
                Ok((ws.request().clone(), format!("{client:?} {ws:?} {:?}", ws.request())))
            });
            assert_eq!(head.get("authorization"), want, "{rule}");
            assert_eq!(head.get("host"), Some(&address[..]), "{rule}");
            assert_eq!(line(&head), "GET /a HTTP/1.1", "{rule}");
            assert_eq!(request.uri().to_string(), format!("ws://{address}/a"), "{rule}");
            for secret in ["aladdin", "sesame", "Basic", "YWxh"] {
                assert!(!shown.contains(secret), "{rule}: {shown}");
            }
        }
    }
}

#[test]
fn secret_headers_are_sent_and_not_shown() {
    for name in ["Authorization", "COOKIE"] {
        let (_, head, _, shown) = opened(|address| {
            let client = Client::new().header(name, "sesame").header("X-Plain", "seen");
            let ws = client.connect(&format!("ws://{address}/"))?;
            Ok((Request::default(), format!("{client:?} {:?}", ws.request())))
        });
        assert_eq!(head.get(&name.to_ascii_lowercase()), Some("sesame"));
        assert!(!shown.contains("sesame") && shown.contains("seen"), "{shown}");
    }
}

/// An address of this machine that is good on one link only, and what the link is called.
fn link_local() -> Option<(Ipv6Addr, u32, String)> {
    // Linux: the address, the number of the link, three more columns, and its name.
    let table = std::fs::read_to_string("/proc/net/if_inet6").ok()?;
    table.lines().find_map(|line| {
        let columns: Vec<_> = line.split_whitespace().collect();
        let [address, link, _, _, _, name] = columns[..] else { return None };
        let address = Ipv6Addr::from(u128::from_str_radix(address, 16).ok()?);
        let number = u32::from_str_radix(link, 16).ok()?;
        address.is_unicast_link_local().then(|| (address, number, name.to_owned()))
    })
}

#[test]
fn rfc_6874_section_2_a_zone_is_not_sent() {
    let Some((address, number, name)) = link_local() else {
        println!("skipped: there is no link-local address of IPv6");
        return;
    };
    for zone in [format!("%25{name}"), format!("%{name}"), format!("%25{number}")] {
        let Ok(listener) = TcpListener::bind(SocketAddrV6::new(address, 0, 0, number)) else {
            println!("skipped: nothing can listen on {address}{zone}");
            return;
        };
        let port = listener.local_addr().unwrap().port();
        let serving = thread::spawn(move || {
            let mut peer = Peer::accept(listener.accept().unwrap().0).unwrap();
            peer.open(&[]);
            peer.request().clone()
        });
        let ws = Client::new().connect(&format!("ws://[{address}{zone}]:{port}/")).unwrap();
        assert_eq!(ws.request().uri().to_string(), format!("ws://[{address}]:{port}/"));
        let head = serving.join().unwrap();
        assert_eq!(head.get("host"), Some(&format!("[{address}]:{port}")[..]));
    }
}

#[test]
fn rfc_9110_section_11_7_2_what_a_proxy_is_to_know_is_not_sent_to_a_server() {
    let client = Client::new().header("proxy-authorization", "sesame");
    let error = client.connect("ws://127.0.0.1:1/").unwrap_err();
    assert!(matches!(error, Error::Invalid(_)), "{error:?}");
    let shown = format!("{client:?} {error}");
    assert!(shown.contains("Client::proxy") && !shown.contains("sesame"), "{shown}");
}

#[test]
fn rfc_3986_section_3_3_what_may_not_be_sent_is_encoded() {
    for own_stream in [false, true] {
        let (_, head, request, _) = opened(|address| {
            let url = format!("ws://{address}/\u{e9}?f={{x}}");
            let request = if own_stream {
                let stream = patient(TcpStream::connect(address).unwrap());
                let request = Request::builder().uri(url).body(()).unwrap();
                WebSocket::connect(request, stream)?.request().clone()
            } else {
                Client::new().connect(&url)?.request().clone()
            };
            Ok((request, String::new()))
        });
        assert_eq!(line(&head), "GET /%C3%A9?f=%7Bx%7D HTTP/1.1");
        assert_eq!(request.uri().path(), "/%C3%A9");
    }
}

#[test]
fn errors_show_nothing_of_userinfo() {
    for url in [
        "ws://aladdin:sesame@127.0.0.1:99999/",
        "ws://aladdin:sesame@/",
        "ftp://aladdin:sesame@h/",
        "ws://aladdin:sesame%00@h/",
        "ws://aladdin:sesame@h/#f",
        "ws://aladdin:ses ame@h/",
        "aladdin:sesame@h/",
        "aladdin:ses/ame@h",
        "ws:/aladdin:sesame@h/",
        "ws://aladdin:sesame@h/\n",
        "ws://aladdin:sesame",
        "ws://aladdin:sesame@nonexistent.invalid/",
    ] {
        let error = Client::new().connect(url).unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("aladdin") && !shown.contains("ses"), "{shown}");
    }
}
