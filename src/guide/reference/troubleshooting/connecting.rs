//! A client that cannot connect: the way to the server, proxies, and the server's answer.
//!
//! A URL that cannot be used is on the page [`urls`](super::urls), an answer such as `403 Forbidden` on the
//! page [`refusals`](super::refusals), and TLS on the page [`tls`](super::tls).
//!
//! # The way to the server
//!
//! [`Error::Connect`](crate::Error::Connect), or [`Error::Deadline`](crate::Error::Deadline) if the time is
//! up.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `cannot connect: …: Connection refused …` | no program listens at that address | start the server; check the port |
//! | `cannot connect: …: Connection refused …; …: Connection refused …`, `cannot connect: …; and … more` | the host has several addresses, and none answered; the text says why for each | check each; `localhost` is often both `::1` and `127.0.0.1` |
//! | `cannot connect: …: failed to lookup address information: …` | the name is not known; the words are the system's | check the spelling, and the network |
//! | `cannot connect: … has no address` | the system knows the name, and no address for it | check the records of the name |
//! | `cannot connect: …; if … is the port, write …` | the port stands in the brackets of an IPv6 address | put it behind them |
//! | `cannot connect: …: the local address …: …` | the machine does not have the address of [`Client::local_addr`](crate::Client::local_addr), or its port is in use | choose an address of this machine, and port 0 |
//! | `cannot connect: …: not tried, it is …, and the local address is …: …` | the server cannot be reached from that address | a local address of the other family |
//! | `cannot connect: Client::dial to …: the function panicked` | the program's own function panicked | correct it; the panic's message says where |
//! | `cannot connect: Client::dial to …: the tunnel is shut` | the program's own function failed; the end of the text is its error | see [`Client::dial`](crate::Client::dial) |
//! | `the connection was not open within connect_timeout` | a firewall drops packets, or the server accepts and does not answer | check address and firewall; raise [`connect_timeout`](crate::Client::connect_timeout) for slow networks |
//! | `cannot connect: …: No such file or directory …` | no server listens at the path of [`Client::unix_socket`](crate::Client::unix_socket) | start the server; check the path |
//! | `cannot connect: …: the path of a Unix socket has at most … bytes, and this has …; …` | the system has no room for such a path | a shorter path, such as one in `/run` |
//! | `cannot connect: "": it is no path of a file; …` | the path is empty, or has a NUL in it | write the path of a file |
//!
//! # Proxies
//!
//! [`Error::Proxy`](crate::Error::Proxy), after the proxy has answered.
//! [`ProxyError::is_authentication`](crate::ProxyError::is_authentication) tells a program whether another
//! user name and password may help.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `cannot connect: the proxy …:…: …:…: Connection refused …` | the proxy itself does not answer | check [`Client::proxy`](crate::Client::proxy), or the environment if you call [`proxy_from_env`](crate::Client::proxy_from_env) |
//! | `cannot connect: the proxy …:…: …:…: it did not answer in time; …:…: …` | a `socks5://` proxy is silent; the text has each address that it was asked for | check the proxy; `socks5h://` has the proxy resolve the name |
//! | `the proxy does not lead to the server: it refused: 407 Proxy Authentication Required…` | an HTTP proxy refused; 407 is about user name and password | put them into the proxy's URL; with another status, ask who runs the proxy |
//! | `the proxy does not lead to the server: it refused: … (SOCKS5 reply …, RFC 1928 6)` | a SOCKS5 proxy could not or would not connect | the text says why; reply 2 means that its rules forbid the server |
//! | `the proxy does not lead to the server: it wants another authentication than it was offered (RFC 1928 3)` | a SOCKS5 proxy wants a user name and password | put them into its URL |
//! | `the proxy does not lead to the server: it does not take the user name and password (RFC 1929 2)` | they are wrong | correct them in its URL |
//! | `the proxy does not lead to the server: its answer cannot be used: the head of the HTTP message is malformed: …` | the program at that port is no HTTP proxy, or makes a mistake | check the port and the scheme of the proxy's URL |
//! | `the proxy does not lead to the server: its answer cannot be used: …; raise max_head_size`, `the proxy does not lead to the server: its answer cannot be used: …; raise max_headers` | the proxy's answer exceeds the client's limit | [`Client::max_head_size`](crate::Client::max_head_size), [`max_headers`](crate::Client::max_headers) |
//! | `the proxy does not lead to the server: it breaks a rule: …` | the program at that port is no SOCKS5 proxy, or makes a mistake | check the port and the scheme of the proxy's URL |
//! | `the connection was lost: at the proxy: …` | the proxy hung up before it answered | check the port and the scheme of the proxy's URL; its log may say why |
//!
//! # The server's answer
//!
//! [`Error::Refused`](crate::Error::Refused) has the response.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `the server refused the connection: …` | the server answered with an error; the text has its status and the beginning of its body | [`refusals`](super::refusals) has those of this library; others are the server's own |
//! | `no WebSocket there: the server answered … to …; the redirect was not followed: Client::redirects is 0, …` | the server is elsewhere | use that URL, or [`Client::redirects`](crate::Client::redirects) |
//! | `no WebSocket there: …; the redirect was not followed: there were more redirects than Client::redirects allows` | the server redirects in a circle, or often | check the server; raise [`Client::redirects`](crate::Client::redirects) |
//! | `no WebSocket there: …; the redirect was not followed: its status is none that is followed (RFC 9110 15.4)`, `no WebSocket there: …; the redirect was not followed: it has no Location, or several`, `no WebSocket there: …; the redirect was not followed: its Location is empty`, `no WebSocket there: …; the redirect was not followed: its Location is no WebSocket URL` | the answer does not say where the server is | use the server's URL |
//! | `no WebSocket there: …; the redirect was not followed: it leads to another origin, and a Unix socket to one server` | a server at a Unix socket redirects to another server | use the URL of that server |
//! | `no WebSocket there: the server answered …, where 101 was expected` | a page is at that URL | check path and port |
//!
//! # The opening handshake
//!
//! [`Error::Handshake`](crate::Error::Handshake): the answer is not one of a WebSocket server, or breaks a
//! rule.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `cannot connect: this server does not speak HTTP/1: it sent "…"; check host and port` | another kind of server is there; the text quotes its first line | another host or port |
//! | `the connection was lost: the peer hung up before the head of its HTTP message; if this port speaks TLS, the URL begins with wss://` | the peer does not speak HTTP; often a `ws://` URL for a `wss://` server | `wss://` in place of `ws://`, or another port |
//! | `the connection was lost: the peer hung up within the head of its HTTP message` | the server broke off its answer | try again; look at the server's log |
//! | `the opening handshake failed: the head of the HTTP message is malformed: it is TLS, so the URL begins with wss:// and not ws://` | the server speaks TLS | `wss://` in place of `ws://` |
//! | `the opening handshake failed: the head of the HTTP message is malformed: it is not HTTP/1` | the server answers with another version of HTTP | another port |
//! | `the opening handshake failed: the head of the HTTP message is malformed: a header's name is malformed`, `the opening handshake failed: the head of the HTTP message is malformed: a header's value is malformed`, `the opening handshake failed: the head of the HTTP message is malformed: a header line is malformed`, `the opening handshake failed: the head of the HTTP message is malformed: a line of it is malformed`, `the opening handshake failed: the head of the HTTP message is malformed: a line ends in a bare LF`, `the opening handshake failed: the head of the HTTP message is malformed: its status is no status` | the server makes a mistake in HTTP | mend the server, or the proxy before it |
//! | `the opening handshake failed: …; raise max_head_size`, `the opening handshake failed: …; raise max_headers` | the server's answer exceeds the client's limit | [`Client::max_head_size`](crate::Client::max_head_size), [`max_headers`](crate::Client::max_headers) |
//! | `the opening handshake failed: the head of the HTTP message is malformed: it has too many headers` | the answer has more headers than any limit allows, about 24,000 | mend the server |
//! | `the opening handshake failed: Sec-WebSocket-Accept does not fit the key: …` | the answer came from something that is no WebSocket server, perhaps a cache | check the port, and the proxies on the way |
//! | `the opening handshake failed: the 101 response has no 'Upgrade: websocket' and 'Connection: Upgrade' (RFC 6455 4.1)` | a proxy on the way has removed these headers, or the server upgrades to another protocol | set the proxy's headers as in [`proxies`](crate::guide::deployment::proxies) |
//! | `the opening handshake failed: a WebSocket handshake needs HTTP/1.1 (RFC 6455 4.2.1); a proxy may have to be told so` | the answer is of HTTP/1.0 | `proxy_http_version 1.1` for nginx: see [`proxies`](crate::guide::deployment::proxies) |
//! | `the opening handshake failed: no common subprotocol: the client offered …, and the server chose none (RFC 6455 1.9)` | the client requires a subprotocol, and the server chose none | [`Server::subprotocol`](crate::Server::subprotocol), or check the URL |
//! | `the opening handshake failed: the server chose a subprotocol that was not offered (RFC 6455 4.1)` | the server chose a name that the client does not have | [`Client::subprotocol`](crate::Client::subprotocol) with that name, or mend the server |
//! | `the opening handshake failed: the server chose an extension that was not offered (RFC 6455 4.1)` | the server compresses, and the client has not offered that | [`Client::deflate`](crate::Client::deflate), or mend the server |
//!
//! | Message, with `deflate` | Cause | What to do |
//! |---|---|---|
//! | `the opening handshake failed: the server's answer to permessage-deflate is wrong: … (RFC 7692 7.1)` | the server agrees to compression in a form that is not legal | mend the server; without [`Client::deflate`](crate::Client::deflate) the client does not ask for it |
