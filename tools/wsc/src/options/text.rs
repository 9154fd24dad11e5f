//! What the help says below the options.

pub(super) const USAGE: &str = "wsc [OPTIONS] <URL>
       wsc --listen <ADDRESS> [--echo | --broadcast | --exec <COMMAND>] [OPTIONS]";

pub(super) const MORE: &str = "--help shows examples and the exit statuses.";

pub(super) const AFTER: &str = "\
Examples:
  Talk to a server; Ctrl-D closes the connection:
    wsc ws://127.0.0.1:9001/
  Send each line of a file and print the answers:
    wsc ws://127.0.0.1:9001/ < lines.txt
  Send one message and print the first answer:
    wsc -1 -x '{\"cmd\":\"time\"}' wss://example.com/api
  Print what a server sends, until it closes:
    wsc --wait forever wss://example.com/feed < /dev/null
  Log in, offer a subprotocol, show request and response:
    wsc -v --auth ali:sesame -s chat.v1 wss://example.com/chat
  An echo server, a chat room, and a program for each client:
    wsc --listen 9001 --echo
    wsc --listen 9001 --broadcast
    wsc --listen 9001 --exec 'bc -l'
  Record all frames, for a tool or for the developer tools of a browser:
    wsc --record session.jsonl ws://127.0.0.1:9001/
    wsc --record session.har ws://127.0.0.1:9001/
  Show how long each step took:
    wsc --time -1 -x hello wss://example.com/

On a terminal, lines that begin with / are commands: /help lists them.

Exit status:
    0  the connection was closed with 1000 or 1001, or as asked
    1  the command line, a file or the input cannot be used
    2  no connection: DNS, TCP, TLS or a proxy failed
    3  the server refused the connection
    4  the connection was closed with another code
    5  the connection was lost (1006)
    6  a time limit has passed
  130  Ctrl-C or another signal";
