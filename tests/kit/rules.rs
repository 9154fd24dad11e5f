//! Replies without an order.

use std::time::Duration;

use blocking_ws::testing::{MockServer, Pattern, Peer, Pipe, RawFrame, Times};
use blocking_ws::{Client, CloseCode, Role};
use test_support::within;

use super::report;

#[test]
fn rules_reply_in_whatever_order_messages_come() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(|peer| {
            let mut logged = 0;
            peer.rules()
                .when("ping")
                .reply("pong")
                .times(1..)
                .when(Pattern::starts_with("sub "))
                .reply_with(|message| format!("{message}: done"))
                .times(2)
                .when([1, 2])
                .reply(vec![3])
                .when("log")
                .no_reply()
                .when(Pattern::contains("both"))
                .then(|peer| {
                    peer.send("one");
                    peer.send("two");
                    logged += 1;
                })
                .run();
            assert_eq!(logged, 1);
        });
        let mut ws = Client::new().connect(&mock.url()).unwrap();
        for message in ["sub a", "ping", "log", "sub b", "ping", "both?"] {
            ws.send(message).unwrap();
        }
        ws.send([1, 2]).unwrap();
        for reply in ["sub a: done", "pong", "sub b: done", "pong", "one", "two"] {
            assert_eq!(ws.recv().unwrap(), Some(reply.into()));
        }
        assert_eq!(ws.recv().unwrap(), Some(vec![3].into()));
        ws.close(4000, "enough").unwrap();
        assert_eq!(ws.close_status().unwrap().code(), CloseCode::from(4000));
        mock.verify();
    });
}

#[test]
fn a_rule_that_is_used_up_leaves_messages_to_the_next() {
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    for _ in 0..3 {
        ws.send("next").unwrap();
    }
    ws.sender().unwrap().close(1000, "").unwrap();
    peer.rules()
        .when("next")
        .reply("first")
        .times(1)
        .when("next")
        .reply("second")
        .times(..=1)
        .when("next")
        .reply("last")
        .run_until_close(1000);
    for reply in ["first", "second", "last"] {
        assert_eq!(ws.recv().unwrap(), Some(reply.into()));
    }
    assert_eq!(ws.recv().unwrap(), None);
}

#[test]
fn a_peer_that_closes_is_answered_and_answers_no_more() {
    let (near, far) = Pipe::new(4096);
    let mut near = Peer::over(near, Role::Client).unwrap();
    let mut far = Peer::over(far, Role::Server).unwrap();
    near.send("bye");
    near.close(4001, "");
    far.rules().when("bye").then(|peer| peer.close(4001, "")).run_until_close(4001);
    near.expect_close(4001);
    drop(far);
    near.expect_end();
}

#[test]
fn a_connection_may_end_in_any_way() {
    let leave: [fn(&mut Peer); 4] = [
        Peer::cut,
        Peer::reset,
        |peer| peer.close(1000, ""),
        |peer| peer.frame(RawFrame::close_raw("")),
    ];
    for leave in leave {
        let (near, far) = Pipe::new(1 << 16);
        let mut near = Peer::over(near, Role::Client).unwrap();
        let mut far = Peer::over(far, Role::Server).unwrap();
        leave(&mut near);
        far.rules().run();
    }
    // And by the peer's own doing.
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    ws.send("go").unwrap();
    peer.rules().when("go").then(Peer::cut).run();
    ws.recv().unwrap_err();
}

#[test]
fn what_no_rule_takes_is_a_failure_unless_it_is_ignored() {
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    for message in ["ping", "ping", "what?"] {
        ws.send(message).unwrap();
    }
    let line = line!() + 2;
    let text = report::of(|| {
        let rules = peer.rules().when("ping").reply("pong").times(1..3);
        let rules = rules.when(Pattern::starts_with("sub ")).no_reply();
        rules.run();
    });
    let [one, two, run] = [line, line + 1, line + 2];
    let want = format!(
        "\
the peer failed at tests/kit/rules.rs:{run}
  expected  a message that a rule takes, or the end. The rules:
            \"ping\" at tests/kit/rules.rs:{one}: used 2 times, to be used 1 to 2 times
            that starts with \"sub \" at tests/kit/rules.rs:{two}: used 0 times, to be used any number of times
  received  text \"what?\"
  before it
    +T <- text len=4 mask=MASK \"ping\"
    +T -> text len=4 \"pong\"
    +T <- text len=4 mask=MASK \"ping\"
    +T -> text len=4 \"pong\"
    +T <- text len=5 mask=MASK \"what?\""
    );
    assert_eq!(text, want);

    ws.send("what?").unwrap();
    ws.send("ping").unwrap();
    drop(ws);
    peer.rules().when("ping").no_reply().times(1).ignoring_the_rest().run();
}

#[test]
fn what_does_not_come_as_often_as_it_is_to_is_a_failure() {
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    ws.send("ping").unwrap();
    ws.sender().unwrap().close(1000, "").unwrap();
    let line = line!() + 1;
    let text = report::of(|| peer.rules().when("ping").reply("pong").times(2..).run());
    let want = format!(
        "\
the peer failed at tests/kit/rules.rs:{line}
  expected  message \"ping\" at least 2 times, by the rule at tests/kit/rules.rs:{line}
  received  1 time
  before it
    +T <- text len=4 mask=MASK \"ping\"
    +T -> text len=4 \"pong\"
    +T <- close len=2 mask=MASK 1000
    +T -> close len=2 1000"
    );
    assert_eq!(text, want);
}

#[test]
fn what_else_rules_say() {
    let (mut ws, mut peer) = Peer::pair(Role::Client);
    peer.within(Duration::from_millis(50));
    ws.send("ping").unwrap();
    let text = report::of(|| peer.rules().when("ping").no_reply().run());
    assert!(text.contains("\n  received  nothing in time\n"), "{text}");
    peer.within(Duration::from_secs(5));
    let text = report::of(|| drop(peer.rules().times(1)));
    assert!(text.contains("call `when` first"), "{text}");
    ws.sender().unwrap().close(4000, "why?").unwrap();
    let text = report::of(|| peer.rules().run_until_close(1000));
    let want = "\n  expected  close 1000\n  received  close 4000 \"why?\"\n";
    assert!(text.contains(want), "{text}");
    let (near, far) = Pipe::new(4096);
    let mut peer = Peer::over(near, Role::Client).unwrap();
    drop(far);
    let text = report::of(|| peer.rules().run_until_close(1000));
    assert!(text.contains("\n  received  the end of the stream\n"), "{text}");
}

#[test]
fn an_echo() {
    within(|| {
        let mock = MockServer::new().unwrap().on_connection(Peer::echo);
        let mut ws = Client::new().connect(&mock.url()).unwrap();
        ws.send("text").unwrap();
        ws.send([1, 2]).unwrap();
        assert_eq!(ws.recv().unwrap(), Some("text".into()));
        assert_eq!(ws.recv().unwrap(), Some([1, 2].into()));
        ws.close(1000, "").unwrap();
        mock.verify();
    });
}

#[test]
fn a_range_without_a_number_is_refused() {
    let (_ws, mut peer) = Peer::pair(Role::Client);
    let five = 5;
    for (times, range) in [
        (Times::from(five..5), "from 5 to 4"),
        (Times::from(five..=3), "from 5 to 3"),
        (Times::from(..0), "from 1 to 0"),
    ] {
        let text = report::of(|| drop(peer.rules().when("a").no_reply().times(times)));
        assert_eq!(text, format!("`times` has an empty range: {range}"));
    }
}
