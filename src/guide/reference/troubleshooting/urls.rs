//! A URL, a setting or an argument that can never work. Nothing was changed or sent.
//!
//! # URLs
//!
//! [`Error::Url`](crate::Error::Url). The texts show no user name, password, path or query.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `the URL cannot be used: "…" has no scheme: …`, `the URL cannot be used: it has no scheme: …`, `the URL cannot be used: there is no :// behind …: write …`, `the URL cannot be used: its scheme is …` | the URL has no scheme, or another | write what the text says |
//! | `the URL cannot be used: it is empty: …` | the variable or the file that it comes from has nothing in it | set it |
//! | `the URL cannot be used: it begins with …`, `the URL cannot be used: it ends in …` | the URL was read from a file or from standard input | `url.trim()` |
//! | `the URL cannot be used: it names no host: …` | nothing follows `://` | write a host |
//! | `the URL cannot be used: its port is not a number from 1 to 65535` | the port is 0, too large, or no number | write a port, or none: then it is 80, or 443 for `wss://` |
//! | `the URL cannot be used: it has a fragment (#...), …` | a `#` stands in it | remove the fragment; write `%23` for a `#` of the path |
//! | `the URL cannot be used: its user name has a colon in it, …`, `the URL cannot be used: its user name or password has a character that must be percent-encoded, …` | the user name or password cannot be sent as it is | percent-encode it, such as `%40` for `@`; HTTP allows no colon in a user name |
//! | `the URL cannot be used: its host or port has …, which belongs to neither`, `the URL cannot be used: its host has a bracket in it` | a character is in the wrong place | correct the host |
//! | `the URL cannot be used: its path or query has …; write it …` | a space or a control character stands there | percent-encode it |
//! | `the URL cannot be used: its host is not ASCII, and in brackets there may only be an IPv6 address`, `the URL cannot be used: what it has in brackets is no IPv6 address` | a name stands in brackets | write the name without them |
//! | `the URL cannot be used: its address in brackets has no closing bracket`, `the URL cannot be used: an IPv6 address stands in brackets, …`, `the URL cannot be used: a colon and the port, or nothing, follow an address in brackets` | an IPv6 address is not written as URLs have it | `ws://[::1]:9001/` |
//! | `the URL cannot be used: the zone of its address is not the name of a network interface (RFC 6874 2)` | what follows the `%` is no name | `ws://[fe80::1%25eth0]/` |
//! | `the URL cannot be used: it is longer than 65,534 bytes` | the path or the query is too long | send the data as a message |
//! | `the URL cannot be used: its host is longer than the 255 bytes that a SOCKS5 proxy can be told (RFC 1928 5)` | there is no such name | check the host |
//! | `the URL cannot be used: the scheme of a proxy's URL is …` | the scheme is none of those | write one of them |
//! | `the URL cannot be used: a proxy's URL is …` | the proxy's URL has another form | write it in this form |
//! | `the URL cannot be used: socks://, …` | the URL means a SOCKS4 proxy | `socks5h://` |
//!
//! | Message, without `idn` | Cause | What to do |
//! |---|---|---|
//! | `the URL cannot be used: its host is not ASCII; …` | the host has a letter such as `ü` | the feature [`idn`](crate::guide::http::connecting#names-that-are-not-ascii), or the name as DNS has it |
//!
//! | Message, with `idn` | Cause | What to do |
//! |---|---|---|
//! | `the URL cannot be used: its host is no name of IDNA (UTS 46): …` | no such name can be registered | check the spelling |
//!
//! # Settings of a client
//!
//! [`Error::Invalid`](crate::Error::Invalid), when the client connects.
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | ``the value of the header `…` has a line break …`` | [`Client::header`](crate::Client::header) was given a value that cannot be sent | correct it; a file's last line break is the usual cause |
//! | ``a header's name begins with `…` and goes on with …, which no name has (RFC 9110 5.1)``, `a header's name is empty (RFC 9110 5.1)`, `a header's name is too long` | [`Client::header`](crate::Client::header) was given another name than HTTP allows | letters, digits and `-` |
//! | `Connection, Upgrade and Sec-WebSocket-* headers belong to the handshake; …` | the library sets these headers by itself | use the setting that the text names |
//! | `a request has one Host and at most one Origin; …` | the header was added twice | set it once |
//! | `Proxy-Authorization would go to the server; …` | the header would tell the server a secret of the proxy | put user name and password into the proxy's URL |
//! | `a subprotocol is a token, such as chat.v1, and offered once (RFC 6455 4.1)` | a header `Sec-WebSocket-Protocol` is malformed | [`Client::subprotocol`](crate::Client::subprotocol) |
//! | `Client::connect_to takes a host and a port, and no user name`, `Client::connect_to takes a host and perhaps a port, such as …: …` | the text says what is wrong with the place | write `host` or `host:port` |
//! | `first_delay and max_delay cannot be zero; …` | a client would try again without a pause | a delay of some milliseconds at least |
//! | `max_attempts cannot be zero; None means no limit` | no attempt would be made | `None`, or a number from 1 on |
//! | `the request or response cannot be built: …` | the program made a request or header with the crate `http`, and that failed | correct what the end of the text names |
//!
//! # Settings of both sides
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `… cannot be zero; None turns it off` | a timeout or an interval of zero would end each call at once | `None`, or some time |
//! | `a timeout cannot be zero; None turns it off` | the same for one connection or stream | `None`, or some time |
//! | `max_message_size is 0, …`, `max_stream_size is 0, …`, `max_head_size is 0, …`, `max_headers is 0, …` | 0 does not mean "no limit" | the text names the default, or what means no limit |
//! | ``the subprotocol `…` is no token, such as chat.v1 (RFC 6455 4.1)``, ``the subprotocol `…` is named twice (RFC 6455 4.1)`` | [`Server::subprotocol`](crate::Server::subprotocol) or [`Client::subprotocol`](crate::Client::subprotocol) was given such a name | correct it |
//! | `` require_subprotocol needs the names of subprotocols: see `subprotocol` `` | there is no name that could be agreed on | add a name |
//! | `the level of compression is 0 to 9`, `the window bits of compression are 9 to 15` | [`Deflate`](crate::Deflate) was given another number | a number in this range |
//!
//! # Arguments
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `close code … may not be sent; …` | 1005, 1006 and 1015 are only reported | 1000, 1011, or 4000 to 4999 for a meaning of your own |
//! | `the reason of a Close frame has … bytes; at most … can be sent (RFC 6455 5.5)` | the reason is too long | shorten it; letters such as `é` have two bytes |
//! | `a ping or pong carries at most 125 bytes (RFC 6455 5.5)` | the payload is too long | shorten it |
//! | `JSON cannot express the value: …` | a map has keys that are no texts, for example | change the type |
//! | `the peer acknowledged message …, but the last message sent is …` | the server counts the messages of another sender, or of an earlier process | give [each process a name of its own](crate::guide::closing::reconnecting#so-that-no-message-is-lost) |
