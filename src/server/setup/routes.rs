//! The methods of [`Server`] for paths: handlers, and pages for methods.

use std::sync::Arc;

use http::{Method, Request, Response};

use super::super::server::Server;
use super::super::server_handle::ServerHandle;
use crate::connection::WebSocket;
use crate::error::{Error, Result};

impl Server {
    /// Runs `handler` for the clients whose request has a path like `pattern`, instead of the
    /// handler of [`serve`](Self::serve).
    ///
    /// | Pattern | Matches |
    /// |---|---|
    /// | `/chat` | this path |
    /// | `/chat/{room}` | one segment of the path, of any text |
    /// | `/files/{path..}` | all that follows, perhaps nothing |
    ///
    /// [`WebSocket::param`] returns the text for a name in braces, percent-decoded. If several
    /// patterns match, the one counts that is more exact in the first segment in which they differ:
    /// text before a parameter, and a parameter before the rest. A slash at the end makes another
    /// path. The query is not a part of the path.
    ///
    /// The text for a name is text of the client, and may contain `/`, `..` and NUL: check it
    /// before it becomes a part of a file's name.
    ///
    /// [`serve_routes`](Self::serve_routes) and [`spawn_routes`](Self::spawn_routes) answer all
    /// other paths with 404. [`serve`](Self::serve) and [`spawn`](Self::spawn) run their own
    /// handler for them. A pattern that can never work makes all four fail.
    ///
    /// ```
    /// use blocking_ws::{Result, Server, WebSocket};
    ///
    /// fn chat(ws: &mut WebSocket) -> Result<()> {
    ///     let room = ws.param("room").unwrap_or_default().to_owned();
    ///     ws.send(format!("this is the {room} room"))
    /// }
    ///
    /// let server = Server::bind("127.0.0.1:0")?
    ///     .route("/chat/{room}", chat)
    ///     .route("/time", |ws| ws.send("late"))
    ///     .spawn_routes()?;
    /// let mut ws = blocking_ws::connect(&format!("{}chat/blue%20green", server.url()))?;
    /// assert_eq!(ws.recv()?, Some("this is the blue green room".into()));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn route<H>(mut self, pattern: &str, handler: H) -> Self
    where
        H: Fn(&mut WebSocket) -> Result<()> + Send + Sync + 'static,
    {
        let number = self.settings.handlers.len();
        self.settings.handlers.push(Arc::new(handler));
        let added = self.settings.connection.rules.routes.add_handler(pattern, number);
        self.note(added)
    }

    /// Answers plain HTTP requests with the method GET or HEAD at the paths of `pattern`, which is
    /// a pattern as in [`route`](Self::route).
    ///
    /// A request with another method gets 405 with `Allow`. A page and a WebSocket may have the
    /// same path: a request with `Upgrade: websocket` is for the WebSocket. The page is limited
    /// like that of [`http`](Self::http), which answers the paths without a page.
    ///
    /// The request's extensions have a [`PathParams`](crate::PathParams).
    ///
    /// ```
    /// use blocking_ws::http::Response;
    /// use blocking_ws::{PathParams, Server};
    ///
    /// let server = Server::bind("127.0.0.1:0")?
    ///     .page("/health", |_| Response::new("ok\n"))
    ///     .page("/hello/{name}", |request| {
    ///         let params = request.extensions().get::<PathParams>();
    ///         let name = params.and_then(|params| params.get("name")).unwrap_or("you");
    ///         Response::new(format!("hello, {name}\n"))
    ///     })
    ///     .route("/", |ws| ws.send("hello"))
    ///     .spawn_routes()?;
    /// # use std::io::{Read, Write};
    /// # let mut socket = std::net::TcpStream::connect(server.local_addr()?)?;
    /// # socket.write_all(b"GET /hello/Ada HTTP/1.1\r\nHost: h\r\n\r\n")?;
    /// # let mut answer = String::new();
    /// # socket.read_to_string(&mut answer)?;
    /// # assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello, Ada\n"), "{answer}");
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn page<B: Into<Vec<u8>>>(
        self,
        pattern: &str,
        page: impl Fn(&Request<()>) -> Response<B> + Send + Sync + 'static,
    ) -> Self {
        self.page_for(Method::GET, pattern, page)
    }

    /// Answers plain HTTP requests like [`page`](Self::page), with another method.
    ///
    /// The body of the request is not read.
    ///
    /// ```
    /// use blocking_ws::Server;
    /// use blocking_ws::http::{Method, Response};
    ///
    /// let server = Server::bind("127.0.0.1:0")?
    ///     .page_for(Method::DELETE, "/session", |_| Response::new("you are logged out\n"));
    /// # Ok::<(), blocking_ws::Error>(())
    /// ```
    pub fn page_for<B: Into<Vec<u8>>>(
        mut self,
        method: Method,
        pattern: &str,
        page: impl Fn(&Request<()>) -> Response<B> + Send + Sync + 'static,
    ) -> Self {
        let page = Arc::new(move |request: &Request<()>| page(request).map(Into::into));
        let added = self.settings.connection.rules.routes.add_page(method, pattern, page);
        self.note(added)
    }

    /// Serves like [`serve`](Self::serve) the paths that [`route`](Self::route) and
    /// [`page`](Self::page) name. Other paths get 404.
    ///
    /// See [`route`](Self::route) for an example.
    ///
    /// # Errors
    /// There is no route. Otherwise as [`serve`](Self::serve).
    pub fn serve_routes(self) -> Result<()> {
        self.closed()?.serve(|_| Ok(()))
    }

    /// Serves like [`spawn`](Self::spawn) the paths that [`route`](Self::route) and
    /// [`page`](Self::page) name. Other paths get 404.
    ///
    /// See [`route`](Self::route) for an example.
    ///
    /// # Errors
    /// There is no route. Otherwise as [`spawn`](Self::spawn).
    pub fn spawn_routes(self) -> Result<ServerHandle> {
        self.closed()?.spawn(|_| Ok(()))
    }

    /// Has all paths without a route answered with 404. So the handler for them is never called.
    fn closed(mut self) -> Result<Self> {
        let routes = &mut self.settings.connection.rules.routes;
        routes.is_closed = true;
        if routes.has_handlers() || self.settings.invalid.is_some() {
            return Ok(self);
        }
        Err(Error::Invalid(
            "a server without a `route` has no WebSocket; `serve` takes all paths".into(),
        ))
    }

    /// Notes the first route that can never work, for `serve` and `spawn`.
    fn note(mut self, added: Result<(), String>) -> Self {
        if let (Err(invalid), None) = (added, &self.settings.invalid) {
            self.settings.invalid = Some(invalid);
        }
        self
    }
}
