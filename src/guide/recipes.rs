//! Recipes: short programs for common tasks, to copy.
//!
//! # Log-in by password or token
//!
//! Use this when each client belongs to a user. Programs send a token, and URLs such as
//! `wss://ali:sesame@host/` send a name and a password. An [`Arc`](std::sync::Arc) in the request counts the
//! connections of a user: the library drops it when the connection ends, or when its handshake fails.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Arc, Mutex};
//!
//! use blocking_ws::http::StatusCode;
//! use blocking_ws::{Opening, Refusal, Server};
//!
//! const USERS: [(&str, &str); 2] = [("ali", "sesame"), ("eve", "apple")];
//! const TOKENS: [(&str, &str); 1] = [("ali", "5d41402abc4b2a76")];
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! fn log_in(opening: &Opening) -> Result<String, Refusal> {
//!     if let Ok(token) = opening.bearer() {
//!         let found = TOKENS.iter().find(|(_, secret)| token.is(secret));
//!         return found.map(|(user, _)| (*user).to_owned()).ok_or_else(|| token.refusal());
//!     }
//!     let who = opening.basic()?; // without a name and a password: 401
//!     let found = USERS.iter().find(|(user, password)| who.is(user, password));
//!     found.map(|(user, _)| (*user).to_owned()).ok_or_else(|| who.refusal())
//! }
//!
//! let connections = Mutex::new(HashMap::<String, Arc<()>>::new());
//! let server = Server::bind("127.0.0.1:0")?.on_upgrade(move |opening| {
//!     let user = log_in(opening)?;
//!     let mut connections = connections.lock().expect("no thread panics with it");
//!     let one = connections.entry(user.clone()).or_default();
//!     if Arc::strong_count(one) > 2 { // one in the map, and one for each connection
//!         let text = "you have two connections already\n";
//!         return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, text));
//!     }
//!     opening.insert(Arc::clone(one));
//!     opening.insert(User(user));
//!     Ok(())
//! });
//! let server = server.spawn(|ws| {
//!     let User(name) = ws.request().extensions().get().cloned().expect("the hook inserted it");
//!     ws.send(format!("hello, {name}"))?;
//!     while ws.recv()?.is_some() {}
//!     Ok(())
//! })?;
//! # use blocking_ws::{Client, Error, connect};
//! # let url = server.url().replace("ws://", "ws://ali:sesame@");
//! # let token = |token| Client::new().header("Authorization", &format!("Bearer {token}")).connect(server.url());
//! # for wrong in [connect(server.url()), connect(&url.replace("ali", "eve")), token("guess")] {
//! #     assert!(matches!(wrong, Err(Error::Refused(r)) if r.status() == 401));
//! # }
//! # let by_password = connect(&url)?;
//! # assert_eq!(token("5d41402abc4b2a76")?.recv()?, Some("hello, ali".into()));
//! # let _second = std::iter::repeat_with(|| connect(&url)).find_map(Result::ok);
//! # assert!(matches!(connect(&url), Err(Error::Refused(r)) if r.status() == 429));
//! # drop(by_password);
//! # while connect(&url).is_err() {}
//! # Ok::<(), Error>(())
//! ```
//!
//! [`is`](crate::Credentials::is) compares in a time that does not depend on the secret. Where passwords are
//! stored, store their hashes, by a crate such as `argon2`, and give it
//! [`Credentials::password`](crate::Credentials::password).
//!
//! # Log-in by cookie
//!
//! Use this when the clients are web pages. A page cannot add headers to its WebSocket, but the browser sends
//! the cookies of the host. Here a link with a code, such as one from an e-mail, sets the cookie. By default
//! [pages of other sites](super::http#pages-of-other-sites) cannot connect, so the cookie is of no use to them.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Arc, Mutex};
//!
//! use blocking_ws::http::{Request, Response, StatusCode, header};
//! use blocking_ws::{Opening, PathParams, Refusal, Server};
//!
//! #[derive(Clone)]
//! struct User(String);
//!
//! type Users = Mutex<HashMap<String, String>>;
//!
//! /// The page: takes a code, which is good for one time, and sets the cookie.
//! fn log_in(request: &Request<()>, codes: &Users, sessions: &Users) -> Response<&'static str> {
//!     let params = request.extensions().get::<PathParams>();
//!     let code = params.and_then(|params| params.get("code")).unwrap_or_default();
//!     let Some(user) = codes.lock().unwrap().remove(code) else {
//!         let answer = Response::builder().status(StatusCode::FORBIDDEN);
//!         return answer.body("this link was used already\n").expect("its parts are valid");
//!     };
//!     let random = || getrandom::u64().expect("the system has random numbers"); // a crate
//!     let session = format!("{:016x}{:016x}", random(), random());
//!     // Add `Secure` where the page comes by https://.
//!     let cookie = format!("session={session}; Path=/; HttpOnly; SameSite=Strict");
//!     sessions.lock().unwrap().insert(session, user);
//!     let answer = Response::builder().header(header::SET_COOKIE, cookie);
//!     answer.body("you are logged in\n").expect("its parts are valid")
//! }
//!
//! /// The hook: finds the cookie among others.
//! fn check(opening: &mut Opening, sessions: &Users) -> Result<(), Refusal> {
//!     let cookies = opening.request().headers().get(header::COOKIE);
//!     let cookies = cookies.and_then(|value| value.to_str().ok()).unwrap_or_default();
//!     let session = cookies.split("; ").find_map(|cookie| cookie.strip_prefix("session="));
//!     let user = session.and_then(|session| sessions.lock().unwrap().get(session).cloned());
//!     let user = user.ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "log in first\n"))?;
//!     opening.insert(User(user));
//!     Ok(())
//! }
//!
//! let codes = Mutex::new(HashMap::from([("c0ffee".to_owned(), "ali".to_owned())]));
//! let sessions = Arc::new(Users::default());
//! let for_hook = Arc::clone(&sessions);
//! let server = Server::bind("127.0.0.1:0")?
//!     .page("/login/{code}", move |request| log_in(request, &codes, &sessions))
//!     .on_upgrade(move |opening| check(opening, &for_hook))
//!     .route("/", |ws| {
//!         let User(name) = ws.request().extensions().get().cloned().expect("the hook inserted it");
//!         ws.send(format!("hello, {name}"))
//!     })
//!     .spawn_routes()?;
//! # use std::io::{Read, Write};
//! # let log_in = || {
//! #     let mut socket = std::net::TcpStream::connect(server.local_addr()?)?;
//! #     socket.write_all(b"GET /login/c0ffee HTTP/1.1\r\nHost: h\r\n\r\n")?;
//! #     let mut answer = String::new();
//! #     socket.read_to_string(&mut answer)?;
//! #     Ok::<_, blocking_ws::Error>(answer)
//! # };
//! # let answer = log_in()?;
//! # assert!(log_in()?.starts_with("HTTP/1.1 403 "));
//! # let (_, cookie) = answer.split_once("session=").expect("there is a cookie");
//! # let (session, _) = cookie.split_once(';').expect("it has attributes");
//! # let connect = |cookie: String| blocking_ws::Client::new().header("Cookie", &cookie).connect(server.url());
//! # assert!(matches!(connect("session=0".to_owned()), Err(blocking_ws::Error::Refused(r)) if r.status() == 401));
//! # let mut ws = connect(format!("theme=dark; session={session}"))?;
//! # assert_eq!(ws.recv()?, Some("hello, ali".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # JSON
//!
//! With the feature `json` and the crates `serde` (its feature `derive`) and `serde_json`, any type is a message:
//!
//! ```
//! # #[cfg(feature = "json")] fn main() -> blocking_ws::Result<()> {
//! use blocking_ws::{Error, Result, WebSocket, testing};
//! use serde_json::json;
//! #[derive(serde::Deserialize)]
//! struct Sum { a: i64, b: i64 }
//!
//! fn calculator(ws: &mut WebSocket) -> Result<()> {
//!     loop {
//!         let answer = match ws.recv_json::<Sum>() {
//!             Ok(Some(Sum { a, b })) => json!({ "sum": a.checked_add(b) }),
//!             Ok(None) => return Ok(()),
//!             Err(Error::Json(e)) => json!({ "error": e.to_string() }), // the connection goes on
//!             Err(e) => return Err(e),
//!         };
//!         ws.send_json(&answer)?;
//!     }
//! }
//!
//! let (mut client, handler) = testing::spawn(calculator);
//! client.send_json(&json!({ "a": 2, "b": 40 }))?;
//! assert_eq!(client.recv()?, Some(r#"{"sum":42}"#.into()));
//! client.send_json(&json!({ "a": 2 }))?;
//! assert_eq!(client.recv_json()?, Some(json!({ "error": "missing field `b` at line 1 column 7" })));
//! client.close(1000, "")?;
//! handler.join()
//! # }
//! # #[cfg(not(feature = "json"))] fn main() {}
//! ```
//!
//! With `?`, a handler ends at the first bad message, with code 1007. Events are read by `message.json()`; what
//! goes to a peer of theirs, or to a hub, is made by `Message::from_json(&value)?`.
//!
//! # Stop on Ctrl-C and SIGTERM
//!
//! Use this in every server that runs under a service manager or in a container: those send SIGTERM. The
//! library does not touch signals. On Unix the crate `signal-hook` catches them, and
//! [`shutdown`](crate::ServerHandle::shutdown) closes all connections.
//!
//! ```
//! # #[cfg(target_os = "linux")]
//! # fn main() -> blocking_ws::Result<()> {
//! use std::thread;
//! use std::time::Duration;
//!
//! use signal_hook::consts::{SIGINT, SIGTERM};
//! use signal_hook::iterator::Signals;
//!
//! let server = blocking_ws::Server::bind("127.0.0.1:0")?;
//! let handle = server.handle(); // before `serve`, which takes the server
//! let mut signals = Signals::new([SIGINT, SIGTERM])?;
//! thread::spawn(move || {
//!     if signals.forever().next().is_some() {
//!         handle.shutdown(Duration::from_secs(5));
//!     }
//! });
//! # signal_hook::low_level::raise(SIGTERM)?;
//! server.serve(|ws| ws.recv().map(drop))?; // returns when the shutdown is complete
//! println!("all connections are closed");
//! # Ok(())
//! # }
//! # #[cfg(not(target_os = "linux"))]
//! # fn main() {}
//! ```
//!
//! `serve` returns at most two seconds after the deadline, even if a handler stays: here 7 s after the signal.
//! The crate `ctrlc` does the same on Windows too: call `shutdown` in the function that you give to
//! `ctrlc::set_handler`. Its feature `termination` adds SIGTERM.
//!
//! # A game loop
//!
//! Use this when one thread owns a state that changes at a fixed rate. [`Events`](crate::Events) bring what the
//! players do to the loop, which takes what has come at each tick. A [`Hub`](crate::Hub) sends the new state to
//! all players. No slow client delays the loop. The example `game_server` measures that.
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::thread;
//! use std::time::{Duration, Instant};
//!
//! use blocking_ws::{Events, Hub, Overflow, PeerEvent, Result, Server};
//!
//! fn run(events: &Events) -> Result<()> {
//!     let mut places = BTreeMap::<u64, i64>::new();
//!     let mut tick = Instant::now();
//!     while !events.has_ended() {
//!         for event in events.try_iter() {
//!             match event {
//!                 PeerEvent::Opened(peer) => drop(places.insert(peer.id(), 0)),
//!                 PeerEvent::Message(peer, key) => {
//!                     let step = if key.as_text() == Some("right") { 1 } else { -1 };
//!                     *places.entry(peer.id()).or_default() += step;
//!                 }
//!                 PeerEvent::Closed(peer, _) => drop(places.remove(&peer.id())),
//!             }
//!         }
//!         let _ = events.hub().broadcast(format!("{places:?}")); // no memory: the next tick comes
//!         tick += Duration::from_secs(1) / 30;
//!         thread::sleep(tick.saturating_duration_since(Instant::now()));
//!     }
//!     Ok(())
//! }
//!
//! let hub = Hub::new().overflow(Overflow::DropOldest).max_queued_messages(2); // the latest states
//! let events = Events::with_hub(hub);
//! let server = Server::bind("127.0.0.1:0")?.spawn(events.handler())?;
//! # let clients = thread::spawn(move || -> Result<()> {
//! #     let mut clients = (0..20).map(|_| blocking_ws::connect(server.url())).collect::<Result<Vec<_>>>()?;
//! #     clients.iter_mut().try_for_each(|ws| ws.send("right"))?;
//! #     for ws in &mut clients {
//! #         while ws.recv()?.expect("the game goes on").to_string().matches(": 1").count() < 20 {}
//! #     }
//! #     drop((server, clients));
//! #     Ok(())
//! # });
//! run(&events)?; // until the server is shut down
//! # clients.join().unwrap()?;
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! A loop that owns its connections, such as those of a client to 20 servers, needs no channel:
//! [`try_recv`](super::threads#many-connections-in-one-thread) does not wait.
//!
//! # A page and its WebSocket
//!
//! Use this for a small service with its own page, like the example `chat_server`. Both have the same host, so
//! the default for [pages of other sites](super::http#pages-of-other-sites) is right. The `link` keeps the browser from
//! asking for `/favicon.ico`, which the server does not have. After a close, the page says so, and does not connect
//! again. With [TLS](super::tls), open the page by `https://`: [in a browser](super::tls#in-a-browser).
//!
//! ```
//! use blocking_ws::http::{Response, header};
//! use blocking_ws::{Result, Server, WebSocket};
//!
//! const PAGE: &str = r#"<!doctype html>
//! <meta charset="utf-8">
//! <title>Echo</title>
//! <link rel="icon" href="data:,">
//! <form><input id="text"><button>Send</button></form>
//! <pre id="log"></pre>
//! <script>
//!     const socket = new WebSocket(location.origin.replace(/^http/, "ws") + "/echo");
//!     socket.onmessage = event => { log.textContent += event.data + "\n"; };
//!     socket.onclose = event => { log.textContent += `closed: ${event.code} ${event.reason}\n`; };
//!     document.forms[0].onsubmit = () => { socket.send(text.value); return false; };
//! </script>
//! "#;
//!
//! fn echo(ws: &mut WebSocket) -> Result<()> {
//!     while let Some(message) = ws.recv()? {
//!         ws.send(message)?;
//!     }
//!     Ok(())
//! }
//!
//! let server = Server::bind("127.0.0.1:0")?
//!     .page("/", |_| {
//!         let answer = Response::builder().header(header::CONTENT_TYPE, "text/html; charset=utf-8");
//!         answer.body(PAGE).expect("its parts are valid")
//!     })
//!     .page("/health", |_| Response::new("ok\n"))
//!     .route("/echo", echo)
//!     .spawn_routes()?; // or `serve_routes`, which blocks
//! println!("open http://{}/", server.local_addr()?);
//! # use std::io::{Read, Write};
//! # let mut socket = std::net::TcpStream::connect(server.local_addr()?)?;
//! # socket.write_all(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")?;
//! # let mut answer = String::new();
//! # socket.read_to_string(&mut answer)?;
//! # assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(PAGE), "{answer}");
//! # let mut ws = blocking_ws::connect(&format!("{}echo", server.url()))?;
//! # ws.send("hello")?;
//! # assert_eq!(ws.recv()?, Some("hello".into()));
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! # Rooms with three places
//!
//! Use this when clients meet in rooms, and a room can be full. The path names the room. The hook gives each
//! client one of the room's places. The fourth client gets 409. A room without clients is forgotten.
//!
//! A client that comes back at once may be refused: see [`Opening::insert`](crate::Opening::insert).
//! [`Client::reconnecting`](crate::Client::reconnecting) gives up after a 409, and tries again after a 503.
//!
//! ```
//! use std::collections::HashMap;
//! use std::sync::{Arc, Mutex};
//!
//! use blocking_ws::http::StatusCode;
//! use blocking_ws::{Hub, Opening, Refusal, Result, Server, WebSocket};
//!
//! #[derive(Default)]
//! struct Room {
//!     hub: Hub,
//!     /// One in the map of rooms, and one in the request of each client.
//!     places: Arc<()>,
//! }
//!
//! #[derive(Default)]
//! struct Rooms(Mutex<HashMap<String, Room>>);
//!
//! impl Rooms {
//!     fn enter(&self, opening: &mut Opening) -> std::result::Result<(), Refusal> {
//!         let name = opening.param("room").unwrap_or_default().to_owned();
//!         let mut rooms = self.0.lock().expect("no thread panics with it");
//!         rooms.retain(|_, room| Arc::strong_count(&room.places) > 1);
//!         let room = rooms.entry(name).or_default();
//!         if Arc::strong_count(&room.places) > 3 {
//!             return Err(Refusal::new(StatusCode::CONFLICT, "the room is full\n"));
//!         }
//!         opening.insert(room.hub.clone());
//!         opening.insert(Arc::clone(&room.places)); // dropped when the connection ends
//!         Ok(())
//!     }
//! }
//!
//! fn chat(ws: &mut WebSocket) -> Result<()> {
//!     let hub = ws.request().extensions().get::<Hub>().cloned().expect("the hook inserted it");
//!     let _seat = hub.join(ws)?;
//!     while let Some(message) = ws.recv()? {
//!         hub.broadcast(message)?;
//!     }
//!     Ok(())
//! }
//!
//! let rooms = Rooms::default();
//! let server = Server::bind("127.0.0.1:0")?
//!     .on_upgrade(move |opening| rooms.enter(opening))
//!     .route("/rooms/{room}", chat)
//!     .spawn_routes()?;
//! # use blocking_ws::{Error, connect};
//! # let (blue, green) = (format!("{}rooms/blue", server.url()), format!("{}rooms/green", server.url()));
//! # let mut members = (0..3).map(|_| connect(&blue)).collect::<Result<Vec<_>>>()?;
//! # for _ in 0..2 { // a client that was refused has taken no place
//! #     assert!(matches!(connect(&blue), Err(Error::Refused(r)) if r.status() == 409));
//! # }
//! # let mut alone = connect(&green)?;
//! # alone.send("is it only me?")?;
//! # assert_eq!(alone.recv()?, Some("is it only me?".into()));
//! # members[0].send("hello")?;
//! # assert_eq!(members[0].recv()?, Some("hello".into()));
//! # drop(members.pop());
//! # while connect(&blue).is_err() {}
//! # Ok::<(), Error>(())
//! ```
