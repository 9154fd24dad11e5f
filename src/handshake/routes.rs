//! [`Routes`]: what a server has at its paths: handlers, and pages for methods.

use std::fmt;

use http::{Method, Request};

use super::http_hook::HttpHook;
use crate::proto::http::{PathParams, PathPattern};

/// The paths of a server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Routes {
    /// In the order in which they are tried.
    routes: Vec<Route>,
    /// A path without a route gets 404. Otherwise the server's one handler takes it.
    pub(crate) is_closed: bool,
}

#[derive(Clone, Debug)]
struct Route {
    pattern: PathPattern,
    /// The number of the handler that takes requests for WebSocket.
    handler: Option<usize>,
    pages: Vec<Page>,
}

#[derive(Clone)]
struct Page {
    method: Method,
    hook: HttpHook,
}

/// What answers a request for plain HTTP.
pub(crate) enum Plain<'a> {
    /// A page.
    Page(&'a HttpHook, PathParams),
    /// There are pages at this path, for these methods only.
    OtherMethods(Vec<Method>),
    /// No page.
    Nothing,
}

impl Routes {
    /// Adds a handler. The error says what is wrong with the pattern.
    pub(crate) fn add_handler(&mut self, pattern: &str, number: usize) -> Result<(), String> {
        let route = self.route(pattern)?;
        match route.handler.replace(number) {
            None => Ok(()),
            Some(_) => Err(format!("the route {pattern:?} has a handler already; set one")),
        }
    }

    /// Adds a page for one method. The error says what is wrong with the pattern.
    pub(crate) fn add_page(
        &mut self,
        method: Method,
        pattern: &str,
        hook: HttpHook,
    ) -> Result<(), String> {
        let route = self.route(pattern)?;
        if route.pages.iter().any(|page| page.method == method) {
            return Err(format!("the route {pattern:?} has a page for {method} already; set one"));
        }
        route.pages.push(Page { method, hook });
        Ok(())
    }

    /// Returns the route with this pattern, which may be new.
    fn route(&mut self, pattern: &str) -> Result<&mut Route, String> {
        let parsed = PathPattern::parse(pattern)
            .map_err(|wrong| format!("the route {pattern:?} is no pattern of paths: {wrong}"))?;
        let at = match self.routes.binary_search_by(|other| other.pattern.before(&parsed)) {
            Ok(at) => at,
            Err(at) => {
                self.routes.insert(at, Route { pattern: parsed, handler: None, pages: vec![] });
                return Ok(&mut self.routes[at]);
            }
        };
        let same = self.routes[at].pattern.as_str();
        if same == pattern {
            return Ok(&mut self.routes[at]);
        }
        // A handler could not know by which of two names a parameter goes.
        Err(format!("the routes {pattern:?} and {same:?} take the same paths; use one pattern"))
    }

    /// Finds what answers a request for plain HTTP.
    pub(super) fn page(&self, request: &Request<()>) -> Plain<'_> {
        let path = request.uri().path();
        let mut with_pages = self.routes.iter().filter(|route| !route.pages.is_empty());
        let found = with_pages.find_map(|route| Some((route, route.pattern.params_of(path)?)));
        let Some((route, params)) = found else { return Plain::Nothing };
        match route.page(request.method()) {
            Some(page) => Plain::Page(&page.hook, params),
            None => Plain::OtherMethods(route.methods()),
        }
    }

    /// Finds the number of the handler at a path.
    pub(super) fn handler(&self, path: &str) -> Option<(usize, PathParams)> {
        self.routes.iter().find_map(|route| Some((route.handler?, route.pattern.params_of(path)?)))
    }

    /// Returns `true` if a request for WebSocket at this path gets 404.
    pub(super) fn lacks(&self, path: &str) -> bool {
        self.is_closed && self.handler(path).is_none()
    }

    pub(crate) fn has_handlers(&self) -> bool {
        self.routes.iter().any(|route| route.handler.is_some())
    }
}

impl Route {
    /// Returns the page for a method. The page for GET answers HEAD too (RFC 9110 §9.3.2).
    fn page(&self, method: &Method) -> Option<&Page> {
        let with = |method: &Method| self.pages.iter().find(|page| page.method == *method);
        with(method).or_else(|| with(&Method::GET).filter(|_| method == Method::HEAD))
    }

    /// The methods for which there are pages, as an Allow header lists them (RFC 9110 §10.2.1).
    fn methods(&self) -> Vec<Method> {
        let mut methods: Vec<_> = self.pages.iter().map(|page| page.method.clone()).collect();
        if methods.contains(&Method::GET) && !methods.contains(&Method::HEAD) {
            methods.push(Method::HEAD);
        }
        methods
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Page").field(&self.method).finish()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Response;

    use super::*;

    fn routes() -> Routes {
        let page = |text: &'static str| -> HttpHook { Arc::new(|_| Response::new(text.into())) };
        let mut routes = Routes::default();
        routes.add_handler("/chat/{room}", 0).unwrap();
        routes.add_handler("/chat/lobby", 1).unwrap();
        routes.add_handler("/", 2).unwrap();
        routes.add_page(Method::GET, "/", page("home")).unwrap();
        routes.add_page(Method::POST, "/login", page("login")).unwrap();
        routes.add_page(Method::GET, "/login", page("form")).unwrap();
        routes.add_page(Method::PUT, "/{any..}", page("put")).unwrap();
        routes.add_page(Method::GET, "/size", page("whole")).unwrap();
        routes.add_page(Method::HEAD, "/size", page("size")).unwrap();
        routes
    }

    /// What a request finds, in short.
    fn found(method: &str, path: &str) -> String {
        let routes = routes();
        if method == "WS" {
            let Some((number, params)) = routes.handler(path) else { return "nothing".to_owned() };
            let params: Vec<_> =
                params.iter().map(|(name, value)| [name, value].join("=")).collect();
            return format!("handler {number} {}", params.join(" "));
        }
        let request = Request::builder().method(method).uri(path).body(()).unwrap();
        match routes.page(&request) {
            Plain::Page(hook, _) => String::from_utf8(hook(&request).into_body()).unwrap(),
            Plain::OtherMethods(methods) => format!("{methods:?}"),
            Plain::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn a_request_finds_the_most_exact_route() {
        for (rule, method, path, want) in [
            ("a parameter", "WS", "/chat/red", "handler 0 room=red"),
            ("static before it", "WS", "/chat/lobby", "handler 1 "),
            ("a page beside a handler", "GET", "/", "home"),
            ("and the handler beside the page", "WS", "/", "handler 2 "),
            ("HEAD is like GET", "HEAD", "/login", "form"),
            ("a method of its own", "POST", "/login", "login"),
            ("only the most exact pattern has a say", "PUT", "/login", "[POST, GET, HEAD]"),
            ("the rest", "PUT", "/a/b", "put"),
            ("a page of its own for HEAD", "HEAD", "/size", "size"),
            ("and for GET", "GET", "/size", "whole"),
            ("each method once", "POST", "/size", "[GET, HEAD]"),
            ("other methods there", "GET", "/a/b", "[PUT]"),
            ("a page is no handler", "WS", "/login", "nothing"),
            ("no such path", "WS", "/else", "nothing"),
        ] {
            assert_eq!(found(method, path), want, "{rule}");
        }
    }

    #[test]
    fn routes_that_can_never_work_are_refused() {
        let mut routes = routes();
        let page: HttpHook = Arc::new(|_| Response::new(Vec::new()));
        for (wrong, want) in [
            (
                routes.add_handler("/chat/lobby", 9),
                "the route \"/chat/lobby\" has a handler already; set one",
            ),
            (
                routes.add_handler("/chat/{name}", 9),
                "the routes \"/chat/{name}\" and \"/chat/{room}\" take the same paths; use one pattern",
            ),
            (
                routes.add_page(Method::POST, "/login", page),
                "the route \"/login\" has a page for POST already; set one",
            ),
            (
                routes.add_handler("chat", 9),
                "the route \"chat\" is no pattern of paths: it does not begin with a slash",
            ),
        ] {
            assert_eq!(wrong.unwrap_err(), want);
        }
    }
}
