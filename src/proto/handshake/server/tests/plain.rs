//! Requests that do not ask for a WebSocket, and the responses to them.

use super::*;

#[test]
fn rfc_9112_section_3_2_every_request_has_one_host() {
    let text = r"
the name and the port    | 1.1 | Host: h:80                   | good
none                     | 1.1 |                              | bad
two                      | 1.1 | Host: h\r\nHost: h           | bad
two words                | 1.1 | Host: a b                    | bad
an empty one             | 1.1 | Host:                        | bad
a health check's (1.0)   | 1.0 | Host: h                      | good
none, before 1.1         | 1.0 |                              | good
two, before 1.1          | 1.0 | Host: h\r\nHost: h           | bad
two words, before 1.1    | 1.0 | Host: a b                    | bad
";
    for [rule, version, host, want] in rows(text) {
        let lines = format!("OPTIONS / HTTP/{version}\r\n{host}");
        let head = lines.trim_end().replace(r"\r\n", "\r\n") + "\r\n\r\n";
        let request = parsed_request(head.as_bytes(), &Limits::default()).expect(rule);
        let want = (want == "good").then_some(()).ok_or(HandshakeError::Host);
        assert_eq!(check_host(&request), want, "{rule}");
    }
}

#[test]
fn section_4_2_1_who_asks_for_websocket() {
    let text = r"
as it should           | Upgrade | Upgrade: websocket           | asks
in any case            | Upgrade | upgrade: WEBSOCKET           | asks
in a list              | Upgrade | Upgrade: h2c, websocket      | asks
by another method      | GET     | POST / HTTP/1.1              | asks
by a version too old   | GET     | GET / HTTP/1.0               | asks
nothing                | Upgrade |                              | plain
an empty list          | Upgrade | Upgrade:                     | plain
another protocol       | Upgrade | Upgrade: h2c                 | plain
part of a word         | Upgrade | Upgrade: websocket2          | plain
";
    for [rule, line, other, want] in rows(text) {
        let head = with(line, other);
        let request = parsed_request(head.as_bytes(), &Limits::default()).expect(rule);
        assert_eq!(is_plain(&request), want == "plain", "{rule}");
    }
}

#[test]
fn rfc_9110_a_page_is_one_message() {
    let kind = r"Content-Type: text/plain; charset=utf-8\r\n";
    let text = r"
a page                        | 200 | x: y                       | 200 OK\r\nX: y\r\nContent-Length: 3\r\nCLOSE\r\nTYPE
a status without a name       | 299 | x: y                       | 299 Other\r\nX: y\r\nContent-Length: 3\r\nCLOSE\r\nTYPE
a type of its own             | 404 | content-type: text/html    | 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 3\r\nCLOSE\r\n
a length of its own           | 200 | content-length: 99         | 200 OK\r\nContent-Length: 3\r\nCLOSE\r\nTYPE
a coding of its own           | 200 | transfer-encoding: chunked | 200 OK\r\nContent-Length: 3\r\nCLOSE\r\nTYPE
a connection of its own       | 200 | connection: keep-alive     | 200 OK\r\nCLOSE\r\nContent-Length: 3\r\nTYPE
§7.8 an upgrade is listed     | 426 | upgrade: h2c               | 426 Upgrade Required\r\nUpgrade: h2c\r\nContent-Length: 3\r\nCLOSE, Upgrade\r\nTYPE
§15.3.5 nothing to say        | 204 | x: y                       | 204 No Content\r\nX: y\r\nCLOSE\r\n
§15.3.6 nothing to show       | 205 | x: y                       | 205 Reset Content\r\nX: y\r\nContent-Length: 0\r\nCLOSE\r\nTYPE
§15.4.5 nothing new           | 304 | etag: y                    | 304 Not Modified\r\nETag: y\r\nCLOSE\r\n
§8.6 no length of nothing     | 204 | content-length: 3          | 204 No Content\r\nCLOSE\r\n
";
    for [rule, status, header, want] in rows(text) {
        let (name, value) = header.split_once(": ").unwrap();
        let response = Response::builder().status(status).header(name, value);
        let response = response.body("né".into()).unwrap();
        let want = want.replace("CLOSE", "Connection: close").replace("TYPE", kind);
        let head = format!("HTTP/1.1 {want}\r\n").replace(r"\r\n", "\r\n");
        let body = if ["204", "205", "304"].contains(&status) { "" } else { "né" };
        for (method, body) in [(Method::GET, body), (Method::POST, body), (Method::HEAD, "")] {
            let got = String::from_utf8(write_page(&response, &method)).unwrap();
            assert_eq!(got, format!("{head}{body}"), "{rule}: {method}");
        }
    }
}
