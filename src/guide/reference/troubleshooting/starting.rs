//! A server that does not start, or does not run.
//!
//! An address or a socket that cannot be used is [`Error::Io`](crate::Error::Io), a setting is
//! [`Error::Invalid`](crate::Error::Invalid). Certificates are on the page [`tls`](super::tls).
//!
//! # Addresses
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `… is in use: another server listens there; …` | another program uses the port, perhaps an older run of this one | stop it, or use another port; 0 lets the system choose |
//! | `… is in use: this server listens on … already` | [`and_bind`](crate::Server::and_bind) was given an address that an earlier one includes | leave one out |
//! | `cannot listen on …: this machine does not have that address; …` | the address belongs to another machine, or to a router in front of this one | listen on `127.0.0.1`, or on `0.0.0.0` for all networks |
//! | `cannot listen on …: ports below 1024 need a permission …` | the system reserves these ports | use a higher port, behind a proxy, or let [systemd](crate::guide::deployment::systemd) pass on the socket |
//! | `cannot listen on …: the system does not let this program have that port; choose another port` | another rule of the system reserves it | another port, or change the rule |
//! | `cannot listen on …: this machine has no …; use another address` | IPv6 or IPv4 is turned off | an address of the other family |
//! | `cannot listen on "…": there is no host; …`, `cannot listen on "…": there is no port; …`, `cannot listen on "…": it is a URL; …`, `cannot listen on "…": …; write a host and a port up to 65535, …` | the text is not of the form `host:port` | write what the text says |
//! | `cannot listen on "…": …; the host must be an IP address of this machine or a name for one; …` | the name cannot be resolved | check the spelling, or write an address |
//! | `cannot listen on …: there is no address in it; give one at least` | the list of addresses is empty | add an address |
//! | `cannot listen on …: Too many open files …` | the process has as many files and connections open as the system allows; the words are the system's | raise the limit (`ulimit -n`), or look for what is not closed |
//!
//! # Unix sockets
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `…: a server listens there already; stop it, or choose another path` | another server uses that Unix socket | stop it, or use another path |
//! | `…: there is a file that is no socket; …` | the path is that of a file | another path, or remove the file |
//! | `…: there is a socket to which this program may not connect; …` | the socket is another user's | another path |
//! | `…: there is no directory …; …`, `…: … is no directory; …` | the folder of the path does not exist | create it, or another path |
//! | `…: this program may not create files in …; …` | the folder is another user's | give the program the right to write there, or another path |
//! | `…: …: another program locks it` | another server begins or ends at that path, or a program holds the lock beside it | try again; stop the other program |
//! | `…: the path of a Unix socket has at most … bytes, and this has …; …` | the system has no room for such a path | a shorter path, such as one in `/run` |
//! | `…: it is no path of a file; …` | the path is empty, or has a NUL in it | write the path of a file |
//!
//! # Settings of a server
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | `max_connections is 0; …` | there would be room for no client | a number from 1 on; without the setting the system's limits count |
//! | `max_connections_per_client cannot be zero; None turns it off` | there would be room for no client | `None`, or a number from 1 on |
//! | `stack_size is … bytes; …` | the library itself needs more | leave it out, or a larger [`Server::stack_size`](crate::Server::stack_size) |
//! | `the system has no thread with a stack_size of … bytes; …` | the stack does not fit into the address space or the memory | a smaller [`Server::stack_size`](crate::Server::stack_size) |
//! | `… is no origin of a page: …` | [`Server::origin`](crate::Server::origin) was given a URL or a name | write what the text says |
//! | `a trusted proxy is an address such as …` | [`Server::trusted_proxy`](crate::Server::trusted_proxy) was given something else | an address or a network |
//! | ``a server without a `route` has no WebSocket; …`` | `serve_routes` of a server that has only pages | add a [`route`](crate::Server::route), or call `serve` |
//! | `the route … is no pattern of paths: …` | a pattern such as `chat` or `/{a..}/b` | the text says what is wrong; [`route`](crate::Server::route) has a table |
//! | `the routes … and … take the same paths; use one pattern` | two patterns differ only in the names of their parameters | use one pattern |
//! | `the route … has a handler already; set one`, `the route … has a page for … already; set one` | the same pattern was added twice | remove one |
//!
//! # A server that does not run
//!
//! | Message | Cause | What to do |
//! |---|---|---|
//! | ``the server does not run: `serve` or `spawn` was not called, or it has been shut down`` | a client was handed to a server by [`adopt`](crate::ServerHandle::adopt) or [`Admission::serve`](crate::Admission::serve) too early or too late | call `spawn` before |
//! | ``…: this socket does not listen; call `listen` before`` | [`Server::from_listener`](crate::Server::from_listener) was given another socket | call `listen`, or `bind` |
//! | `… accepts no more clients: …` | the program has shut down the socket that it gave to the server | call [`shutdown`](crate::ServerHandle::shutdown) in place of that |
//! | `the server listens on …, which is no IP address`, `the server listens on no address` | `local_addr` of a server at a Unix socket, or of one that does not listen | [`Server::url`](crate::Server::url) |
