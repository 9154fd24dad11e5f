//! What a server has at its paths: handlers, pages and methods, and 404 before any upgrade.

use blocking_ws::http::{Method, Request, Response};
use blocking_ws::{Client, Error, PathParams, Refusal, Result, Server, Settings, WebSocket};

use test_support::http::Head;
use test_support::opening::{ask, expect_refusal, good};

/// Says which handler it is, and with what parameters.
fn named(name: &'static str) -> impl Fn(&mut WebSocket) -> Result<()> {
    move |ws| {
        let params = ["room", "path"].map(|name| ws.param(name).unwrap_or("-").to_owned());
        ws.send(format!("{name} {}", params.join(" ")))
    }
}

fn page(request: &Request<()>) -> Response<String> {
    let params = request.extensions().get::<PathParams>();
    let shown = params.map_or_else(Vec::new, |params| {
        params.iter().map(|(name, value)| format!("{name}={value}")).collect()
    });
    Response::new(format!("{} {}", request.method(), shown.join(" ")))
}

fn server() -> Server {
    let chat = named("chat");
    Server::bind("127.0.0.1:0")
        .unwrap()
        .route("/chat/{room}", chat)
        .route("/chat/lobby", named("lobby"))
        .route("/", named("root"))
        .page("/", page)
        .page("/hello/{name}", page)
        .page_for(Method::POST, "/login", page)
        .route("/files/{path..}", named("files"))
}

fn first_of(url: &str, path: &str) -> Result<String, u16> {
    match Client::new().connect(&format!("{url}{path}")) {
        Ok(mut ws) => Ok(ws.recv().unwrap().unwrap().into_text().unwrap()),
        Err(Error::Refused(response)) => Err(response.status().as_u16()),
        Err(e) => panic!("{path}: {e}"),
    }
}

#[test]
fn a_request_gets_the_handler_of_its_path() {
    let closed = server().spawn_routes().unwrap();
    let open = server().spawn(named("any")).unwrap();
    for (path, want) in [
        ("", Some("root - -")),
        ("?a=b", Some("root - -")),
        ("chat/red", Some("chat red -")),
        ("chat/a%2Fb%20%C3%A9", Some("chat a/b é -")),
        ("chat/lobby", Some("lobby - -")),
        ("files/a/b", Some("files - a/b")),
        ("files/", Some("files - ")),
        ("chat", None),
        ("chat/", None),
        ("chat/%FF", None),
        ("chat/red/", None),
        ("hello/Ada", None),
        ("heatlh", None),
    ] {
        let want = want.map(str::to_owned);
        assert_eq!(first_of(closed.url(), path), want.clone().ok_or(404), "{path}");
        let any = want.unwrap_or_else(|| "any - -".to_owned());
        assert_eq!(first_of(open.url(), path), Ok(any), "{path}, and a handler for the rest");
    }
}

#[test]
fn pages_and_methods_are_in_the_same_table() {
    let hook = |_: &Request<()>| Response::new("the hook");
    let closed = server().spawn_routes().unwrap();
    let hooked = server().http(hook).spawn_routes().unwrap();
    let nothing = "there is nothing at this path\n";
    let upgrade = "this is a WebSocket endpoint: the request has no 'Upgrade: websocket' \
                   (RFC 6455 4.2.1)\n";
    // (what is asked, status and body, the Allow header, what a server with a hook answers)
    for (line, status, body, allow, with_hook) in [
        ("GET / HTTP/1.1", 200, "GET ", None, None),
        ("HEAD / HTTP/1.1", 200, "", None, None),
        ("GET /hello/A%20B HTTP/1.1", 200, "GET name=A B", None, None),
        ("POST /login HTTP/1.1", 200, "POST ", None, None),
        ("GET /login HTTP/1.1", 405, "at this path, the methods are POST\n", Some("POST"), None),
        (
            "DELETE /hello/x HTTP/1.1",
            405,
            "at this path, the methods are GET, HEAD\n",
            Some("GET, HEAD"),
            None,
        ),
        ("GET /else HTTP/1.1", 404, nothing, None, Some("the hook")),
        ("GET /chat/red HTTP/1.1", 426, upgrade, None, Some("the hook")),
    ] {
        let request = format!("{line}\r\nHost: a\r\n\r\n");
        let mut client = ask(closed.local_addr().unwrap(), &request);
        let (head, told) = expect_refusal(&mut client, status, line);
        assert_eq!((&told[..], head.get("allow")), (body, allow), "{line}");
        if let Some(want) = with_hook {
            let mut client = ask(hooked.local_addr().unwrap(), &request);
            assert_eq!(expect_refusal(&mut client, 200, line).1, want, "{line}, with a hook");
        }
    }
    // A page at the path does not help a client that asks for WebSocket.
    let asked = good("").replace("GET / ", "GET /hello/x ");
    let mut client = ask(closed.local_addr().unwrap(), asked);
    let (_, told) = expect_refusal(&mut client, 404, "no WebSocket there");
    assert_eq!(told, "there is no WebSocket at the path /hello/x; check the path of the URL\n");
}

#[test]
fn the_hook_knows_the_parameters_and_is_not_asked_for_what_is_not_there() {
    let only_red = |opening: &mut blocking_ws::Opening| match opening.param("room") {
        Some("red") => Ok(()),
        room => {
            let text = format!("not {}\n", room.unwrap_or("without a room"));
            Err(Refusal::new(blocking_ws::http::StatusCode::FORBIDDEN, text))
        }
    };
    let server = server().on_upgrade(only_red).spawn_routes().unwrap();
    for (path, want) in [
        ("chat/red", Ok("chat red -".to_owned())),
        ("chat/blue", Err(403)),
        ("", Err(403)),
        ("nowhere", Err(404)),
    ] {
        assert_eq!(first_of(server.url(), path), want, "{path}");
    }
}

#[test]
fn routes_survive_other_settings() {
    let server = server().settings(Settings::new().subprotocol("x")).spawn_routes().unwrap();
    assert_eq!(first_of(server.url(), "chat/red"), Ok("chat red -".to_owned()));
    assert_eq!(first_of(server.url(), "else"), Err(404));
}

#[test]
fn routes_that_can_never_work_fail_the_start() {
    let bind = || Server::bind("127.0.0.1:0").unwrap();
    for (rule, started, want) in [
        (
            "no pattern",
            bind().route("chat", named("x")).spawn_routes(),
            "the route \"chat\" is no pattern of paths: it does not begin with a slash",
        ),
        (
            "also with a handler for the rest",
            bind().page("/{a}{b}", page).spawn(named("x")),
            "the route \"/{a}{b}\" is no pattern of paths: a parameter's name has letters, digits, \
             - and _ only",
        ),
        (
            "the first mistake is told",
            bind()
                .route("/a", named("x"))
                .route("/a", named("y"))
                .route("", named("z"))
                .spawn_routes(),
            "the route \"/a\" has a handler already; set one",
        ),
        (
            "no WebSocket at all",
            bind().page("/", page).spawn_routes(),
            "a server without a `route` has no WebSocket; `serve` takes all paths",
        ),
    ] {
        match started {
            Err(Error::Invalid(text)) => assert_eq!(text, want, "{rule}"),
            other => panic!("{rule}: {other:?}"),
        }
    }
}

#[test]
fn a_route_whose_handler_panics_is_closed_in_order() {
    let server = Server::bind("127.0.0.1:0").unwrap();
    let server = server.route("/panic", |_| panic!("this is what the test wants"));
    let server = server.spawn_routes().unwrap();
    let mut ws = blocking_ws::connect(&format!("{}panic", server.url())).unwrap();
    assert_eq!(ws.recv().unwrap(), None);
    assert_eq!(ws.close_status().map(|status| u16::from(status.code())), Some(1011));
}
