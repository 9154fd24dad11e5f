//! Lesson 6: how a connection ends.
//!
//! Each end sends a _Close frame_ as its last frame (§5.5.1, §7.1). When an end has received a Close frame and has
//! not sent one, it answers with one. When both have passed, the server ends TCP. Both ends may also begin at the
//! same time: then two Close frames _cross_, and no answers are needed.
//!
//! That is how an end _closes_. After a broken rule an end _fails_ the connection instead (§7.1.7). It sends a
//! Close frame, does not wait for an answer, drops what still comes, and ends TCP. A client does so as well as a
//! server. Lessons 2 to 5 show it for a server, and the last part below for a client.
//!
//! A Close frame can have a code, which is a number in two bytes, and a reason, which is a short text (§7.4).
//!
//! # Why it is like that
//!
//! TCP has an end of its own, FIN. It does not say why, and a proxy or a system that ends a connection sends it as
//! well. After a FIN alone, an end cannot know whether the last messages have arrived. A Close frame says that its
//! sender has sent all. When the _answer_ has come, the library at the other end has received all of it. Its
//! program may not have read or handled all. A Close frame that has crossed mine is not an answer, and so shows
//! nothing about my messages: its sender may stop reading.
//!
//! **The server ends TCP first** (§7.1.1). The end that closes first must remember the connection for a while, one
//! to four minutes, in a state that is called `TIME_WAIT`. A client that does so cannot open the same connection
//! (the same two addresses with the same two ports) again in that time. A server that does so can accept it again
//! at once.
//!
//! | Code | Means | Who sends it |
//! |---|---|---|
//! | 1000 | all is done | a program |
//! | 1001 | a server stops, or a browser leaves the page | a program, a browser |
//! | 1002 | the other end has broken a rule of the protocol | a library |
//! | 1003 | this kind of data is not accepted | a program |
//! | 1007 | a text is not UTF-8 | a library |
//! | 1008 | a message is against the rules of the program | a program |
//! | 1009 | a message is too large | a library |
//! | 1010 | the client needs an extension that the server does not have | a client |
//! | 1011 | the program has met an error | a server |
//! | 1012 | the server restarts | a program |
//! | 1013 | the server has too much to do: try again later | a program |
//! | 1014 | a gateway got a wrong answer from the server behind it | a gateway |
//! | 3000 to 3999 | what a framework has registered | a framework |
//! | 4000 to 4999 | what the two programs have agreed on | a program |
//! | 1005, 1006, 1015 | see the questions | no frame carries them |
//!
//! # The program
//!
//! `cargo run --example lesson_6_closing` is the program `examples/lessons/closing.rs`. It ends a connection in five
//! ways. In four of them a [`MockServer`] is the server. This is its script for "It only ends TCP":
//!
//! ```
//! # use blocking_ws::testing::MockServer;
//! # let mock = MockServer::new()?
//! .on_connection(|peer| {
//!     peer.expect_text("go on");
//!     peer.send("only a part of what ");
//!     peer.cut(); // the end of TCP without a Close frame
//! })
//! # ;
//! # let mut ws = blocking_ws::connect(&mock.url())?;
//! # ws.send("go on")?;
//! # assert!(ws.recv().is_ok() && ws.recv().is_err());
//! # mock.verify();
//! # Ok::<(), blocking_ws::Error>(())
//! ```
//!
//! It prints:
//!
//! ```text
//! The client closes:
//!   -> TEXT   fin len=16 mask=f51eeeda "the last message"
//!   -> CLOSE  fin len=13 mask=b8edbe06 1000 "all is said"
//!   <- CLOSE  fin len=13 1000 "all is said"
//!   <- FIN
//!   -> FIN
//!   close_status: this side closed the connection: 1000 (normal closure): all is said
//!
//! The server closes:
//!   -> TEXT   fin len=5 mask=4257f5bd "go on"
//!   <- CLOSE  fin len=21 1001 "the server restarts"
//!   -> CLOSE  fin len=21 mask=ada1529d 1001 "the server restarts"
//!   <- FIN
//!   -> FIN
//!   recv: None
//!   close_status: the peer closed the connection: 1001 (going away): the server restarts
//!
//! It closes without a code:
//!   -> TEXT   fin len=5 mask=a43b2187 "go on"
//!   <- CLOSE  fin len=0
//!   -> CLOSE  fin len=0 mask=037dac99
//!   <- FIN
//!   -> FIN
//!   recv: None
//!   close_status: the peer closed the connection: 1005 (no code given)
//!
//! It only ends TCP:
//!   -> TEXT   fin len=5 mask=c0e6665d "go on"
//!   <- TEXT   fin len=20 "only a part of what "
//!   <- FIN  (RFC 6455 §7.1.5: the end without a Close frame)
//!   -> FIN  (RFC 6455 §7.1.5: the end without a Close frame)
//!   recv: the connection was lost: the peer ended it without a Close frame (RFC 6455 7.1.5)
//!   close_status: the connection was lost (code 1006): the peer ended it without a Close frame (RFC 6455 7.1.5)
//!
//! It breaks a rule:
//!   -> TEXT   fin len=5 mask=63dd1f27 "go on"
//!   <- OPCODE 3 fin len=0  (RFC 6455 §5.2: an opcode that is not defined)
//!   -> CLOSE  fin len=39 mask=6027b322 1002 "opcode 0x3 is reserved (RFC 6455 5.2)"
//!   -> FIN
//!   <- FIN  (RFC 6455 §7.1.5: the end without a Close frame)
//!   recv: the connection was failed: opcode 0x3 is reserved (RFC 6455 5.2)
//!   close_status: this side closed the connection: 1002 (protocol error): opcode 0x3 is reserved (RFC 6455 5.2); no Close frame of the peer came
//! ```
//!
//! In the first part the client closes. `<- FIN` comes before `-> FIN`: the server ends TCP first. In the fourth part
//! both `FIN` have the remark, because neither end has sent a Close frame. In the last part the client fails the
//! connection, so `-> FIN` comes first. The mock server does not answer, because the client would not read it.
//!
//! # Try this
//!
//! 1. Close with `4000` instead of `1000`. The server answers with the same code. What it means is up to the two
//!    programs.
//! 2. Close with `1005`. `close` returns an error, and the program ends with it: this code may not be sent.
//! 3. Let the handler of the server fail after the first message: `ws.recv()?;` and then
//!    `Err(blocking_ws::Error::other("the disk is full"))`. The client receives a Close frame with 1011, and
//!    `close_status` says that the peer has closed. The text of the error does not leave the server. Here the two
//!    Close frames cross: the Close with 1011 comes after the client's own, and is not its answer.
//!
//! # Questions
//!
//! **Who closes TCP first, and why?** The server, so that `TIME_WAIT` stays with the server. A client closes TCP
//! itself if the server does not do it in time; in this library
//! [`set_close_timeout`](crate::WebSocket::set_close_timeout) sets that time.
//!
//! **What do 1005, 1006 and 1015 mean?** No frame carries them. A library reports them to its program (§7.4.1):
//! 1005 if a Close frame had no code, 1006 if the connection ended without a Close frame, and 1015 if the TLS
//! handshake failed. In a browser all failures to connect are 1006, too, so that a script cannot find out which
//! ports of a network are open.
//!
//! **What does an end report after it has failed the connection?** Not 1006, but what it has sent itself. In the last
//! part `recv` returns an error with the rule, and the `close_status` is 1002 by this side
//! ([`ClosedBy::Local`](crate::ClosedBy::Local)). The other end receives that Close frame, and reports 1002 by its
//! peer. The RFC counts only a Close frame that has been _received_ (§7.1.5), so a browser that fails the connection
//! reports 1006 to its script.
//!
//! **After 1006, has the other end received my last message?** The program cannot know. The other end may have
//! received all, a part or nothing. The same holds after Close frames that have crossed, and after a failure. A
//! program that must know has to number its messages, and the other end has to acknowledge them:
//! [reconnecting](crate::guide::closing::reconnecting).
//!
//! [`MockServer`]: ../../../testing/struct.MockServer.html
//!
//! Back: [texts are UTF-8](super::utf8). Next: [pings and pongs](super::pings).
