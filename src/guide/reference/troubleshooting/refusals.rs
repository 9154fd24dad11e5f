//! What a server refuses by itself: each status with its text.
//!
//! A client of this library shows the text behind `the server refused the connection: `. A browser shows the status
//! alone: the console of Chromium has `Error during WebSocket handshake: Unexpected response code: 403`. The script
//! sees a close with the code 1006, as for every failure. The server's log has a line for each, at the level `info`; see
//! [the log](super#what-the-log-shows). On a server that calls [`Settings::accept`](crate::Settings::accept)
//! or [`WebSocket::accept`](crate::WebSocket::accept) itself, the call returns the text behind
//! `the opening handshake failed: `, as [`Error::Handshake`](crate::Error::Handshake). The program's own
//! refusals, from [`Server::on_upgrade`](crate::Server::on_upgrade), have the texts of the program.
//!
//! # 400 Bad Request
//!
//! | Status and text | Cause | What to do |
//! |---|---|---|
//! | `400 Bad Request: no common subprotocol: the server supports … (RFC 6455 1.9)`, `400 Bad Request: no common subprotocol: the client offers none that the server supports (RFC 6455 1.9)` | the server requires a subprotocol, and the client offers none of its own | [`Client::subprotocol`](crate::Client::subprotocol) with one of the names |
//! | `400 Bad Request: the client does not offer the subprotocol … (RFC 6455 1.9)` | the server's hook [chose](crate::Opening::choose_subprotocol) a name that the client does not have | choose one of [`Opening::subprotocols`](crate::Opening::subprotocols) |
//! | `400 Bad Request: the head of the HTTP message is malformed: it is TLS, which this port does not speak: the URL begins with ws://` | a `wss://` URL for a `ws://` server | `ws://` in place of `wss://`, or [`Server::tls`](crate::Server::tls) |
//! | `400 Bad Request: the head of the HTTP message is malformed: it does not begin like HTTP`, `400 Bad Request: the head of the HTTP message is malformed: its first line is not HTTP/1`, `400 Bad Request: the head of the HTTP message is malformed: it is not HTTP/1` | the client speaks another protocol | another port |
//! | `400 Bad Request: the head of the HTTP message is malformed: the request line is malformed`, `400 Bad Request: the head of the HTTP message is malformed: the request target is no path` | the first line is not `GET /path HTTP/1.1` | correct the client; a URL's fragment (`#…`) is not sent |
//! | `400 Bad Request: the head of the HTTP message is malformed: a header's name is malformed`, `400 Bad Request: the head of the HTTP message is malformed: a header's value is malformed`, `400 Bad Request: the head of the HTTP message is malformed: a header line is malformed`, `400 Bad Request: the head of the HTTP message is malformed: a line of it is malformed`, `400 Bad Request: the head of the HTTP message is malformed: a line ends in a bare LF` | the client makes a mistake in HTTP | lines end in CR LF, and a header is `name: value` |
//! | `400 Bad Request: the head of the HTTP message is malformed: it has too many headers` | the request has more headers than any limit allows, about 24,000 | fewer headers |
//! | `400 Bad Request: a request has exactly one Host header, a host and perhaps a port (RFC 9112 3.2)` | the header is missing, repeated or malformed | correct the client, or the proxy before the server |
//! | `400 Bad Request: a WebSocket handshake needs HTTP/1.1 (RFC 6455 4.2.1); a proxy may have to be told so` | a proxy before the server asks by HTTP/1.0 | `proxy_http_version 1.1` for nginx: see [`proxies`](crate::guide::deployment::proxies) |
//! | `400 Bad Request: a WebSocket handshake has no body` | the request has `Content-Length` or `Transfer-Encoding` | send data as a message |
//! | `400 Bad Request: the Connection header does not list 'Upgrade' (RFC 6455 4.2.1)` | a proxy did not pass the header on | set the proxy's headers as in [`proxies`](crate::guide::deployment::proxies) |
//! | `400 Bad Request: Sec-WebSocket-Key must be 16 bytes in base64, once (RFC 6455 4.2.1)` | the client was written by hand, or a proxy removed the header | send a key |
//! | `400 Bad Request: the proxy does not say clearly who the client is: …` | a [trusted proxy](crate::Server::trusted_proxy) passes on headers that contradict each other | have the proxy overwrite both headers, or remove one: see [`proxies`](crate::guide::deployment::proxies) |
//!
//! # 401 to 431
//!
//! | Status and text | Cause | What to do |
//! |---|---|---|
//! | `401 Unauthorized: a user name and a password are needed`, `401 Unauthorized: a token is needed` | the server's hook wants a log-in, by [`Opening::basic`](crate::Opening::basic) or [`bearer`](crate::Opening::bearer) | user name and password in the URL, or [`Client::header`](crate::Client::header) with a token |
//! | `401 Unauthorized: the user name or the password is wrong`, `401 Unauthorized: the token is wrong` | the server's hook does not accept them | correct them |
//! | `403 Forbidden: a page of … may not connect to …, which is another host; …` | the page is of another host than the server | [`Server::origin`](crate::Server::origin); behind a proxy, see [`proxies`](crate::guide::deployment::proxies) |
//! | `403 Forbidden: a page whose Origin is … may not connect to …, because that names no host; …` | the page is a file, or is in a sandbox | serve the page from a host, or [`Server::any_origin`](crate::Server::any_origin) |
//! | `404 Not Found: there is no WebSocket at the path …; check the path of the URL` | the server has [routes](crate::guide::http#routes-and-pages), and none for that path; a slash at the end makes another path | check the path |
//! | `404 Not Found: there is nothing at this path` | the same for a page | check the path, or add a [`page`](crate::Server::page) |
//! | `405 Method Not Allowed: the method of a WebSocket handshake is GET (RFC 6455 4.2.1)` | the client asks by `POST`, for example | `GET` |
//! | `405 Method Not Allowed: at this path, the methods are …` | the server has a page there, for other methods | use one of them, or add [`page_for`](crate::Server::page_for) |
//! | `408 Request Timeout: the head of the HTTP request did not arrive in time` | the request did not arrive within `handshake_timeout` | [`Server::handshake_timeout`](crate::Server::handshake_timeout) for slow networks |
//! | `426 Upgrade Required: this is a WebSocket endpoint: the request has no 'Upgrade: websocket' (RFC 6455 4.2.1)` | a proxy did not pass the upgrade on, or a browser opened the URL as a page | set the proxy's headers as in [`proxies`](crate::guide::deployment::proxies); for pages see [`Server::http`](crate::Server::http) |
//! | `426 Upgrade Required: Sec-WebSocket-Version must be 13, once (RFC 6455 4.4)` | the client is from before 2011, or was written by hand | send 13 |
//! | `429 Too Many Requests: there are too many connections from this address; …` | `max_connections_per_client` is reached | close connections that are not needed; raise [`max_connections_per_client`](crate::Server::max_connections_per_client) if many users share an address |
//! | `431 Request Header Fields Too Large: the head of the HTTP message is larger than … bytes`, `431 Request Header Fields Too Large: the HTTP message has more than … headers` | the request exceeds the server's limit | fewer or shorter headers; or the server raises [`max_head_size`](crate::Server::max_head_size) or [`max_headers`](crate::Server::max_headers) |
//!
//! # 500 and 503
//!
//! | Status and text | Cause | What to do |
//! |---|---|---|
//! | `500 Internal Server Error: the server failed` | a hook of the server panicked, or answered with a status of 1xx | look at the server's log |
//! | `503 Service Unavailable: the server has no room for another connection; …` | `max_connections` is reached, or the server shuts down | raise [`max_connections`](crate::Server::max_connections); look for handlers that do not return |
