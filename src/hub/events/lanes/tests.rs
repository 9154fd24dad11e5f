use super::*;

/// Connections by letter. What waits and who is shut, after some steps.
struct Script {
    lanes: Lanes<char>,
    gates: HashMap<char, Arc<Gate>>,
    taken: Vec<String>,
}

fn bounds(messages: usize, bytes: usize) -> Bounds {
    Bounds { messages, bytes }
}

fn message(text: &str) -> Message {
    Message::Text(text.to_owned())
}

fn grant() -> Grant {
    Grant::new(None)
}

impl Script {
    fn new(all: Bounds, each: Bounds) -> Self {
        let lanes = Lanes::new(Limits { all, each });
        Self { lanes, gates: HashMap::new(), taken: Vec::new() }
    }

    /// `+a` opens, `a` pushes a message of one byte, `a!` one of ten, `a?` one without a grant,
    /// `-a` closes, `.` takes.
    fn run(&mut self, steps: &str) {
        for step in steps.split_whitespace() {
            let mut letters = step.chars();
            let (first, second) = (letters.next().unwrap(), letters.next());
            match (first, second) {
                ('+', Some(peer)) => {
                    let gate = Arc::clone(self.gates.entry(peer).or_default());
                    self.lanes.open(u64::from(peer), peer, &gate);
                }
                ('-', Some(peer)) => {
                    self.lanes.close(u64::from(peer), CloseStatus::lost(String::new()));
                }
                ('.', None) => self.take(),
                (peer, None) => self.lanes.push(u64::from(peer), message("1"), Some(grant())),
                (peer, Some('!')) => {
                    self.lanes.push(u64::from(peer), message("1234567890"), Some(grant()));
                }
                (peer, _) => self.lanes.push(u64::from(peer), message("1"), None),
            }
        }
    }

    fn take(&mut self) {
        let taken = self.lanes.take();
        let text = taken.map_or("nothing".to_owned(), |Taken { peer, what, gates }| {
            gates.iter().flatten().for_each(|gate| gate.open());
            let what = match what {
                What::Opened => '+',
                What::Message(_) => 'm',
                What::Closed(_) => '-',
            };
            format!("{what}{peer}")
        });
        self.taken.push(text);
    }

    fn may_read(&mut self, peer: char) -> bool {
        self.lanes.may_read(u64::from(peer))
    }
}

#[test]
fn opened_is_first_closed_is_last_and_connections_take_turns() {
    for (rule, steps, want) in [
        ("nothing", ".", "nothing"),
        ("in order", "+a a a -a . . . . .", "+a ma ma -a nothing"),
        ("closed before it was taken", "+a -a . . .", "+a -a nothing"),
        ("closed once", "+a -a -a . . .", "+a -a nothing"),
        ("after the end", "+a -a . . a -a .", "+a -a nothing"),
        ("turns", "+a +b a a a b . . . . . .", "+a +b ma mb ma ma"),
        ("a flood and a word", "+a . a a a a +b . . . b . .", "+a ma +b ma ma mb"),
        ("an end among others", "+a +b a -a b b . . . . . .", "+a +b ma mb -a mb"),
        ("one that comes again is at the end", "+a +b . . a . b a b . . .", "+a +b ma mb ma mb"),
    ] {
        let mut script = Script::new(bounds(100, 100), bounds(100, 100));
        script.run(steps);
        assert_eq!(script.taken.join(" "), want, "{rule}");
    }
}

#[test]
fn a_connection_is_read_while_it_and_all_have_room() {
    let (wide, large) = (bounds(100, 1000), bounds(100, 1000));
    for (rule, all, each, steps, a, b) in [
        ("nothing waits", bounds(1, 1), bounds(1, 1), "+a +b", true, true),
        ("one may always wait", bounds(0, 0), bounds(0, 0), "+a +b b", true, false),
        ("its messages", wide, bounds(2, 1000), "+a +b a a b", false, true),
        ("its bytes", wide, bounds(100, 10), "+a +b a! b", false, true),
        ("all messages", bounds(5, 1000), large, "+a +b a a b", false, false),
        ("one fewer", bounds(6, 1000), large, "+a +b a a b", true, true),
        ("all bytes", bounds(100, 11), large, "+a +b a! b", false, false),
        ("what was taken is gone", bounds(5, 1000), large, "+a +b a a b .", true, true),
        ("who has nothing may read", bounds(2, 2), large, "+a +b a! a! .", false, true),
        ("no memory left", wide, large, "+a +b a? b", false, true),
        ("memory again", wide, large, "+a +b a? . . . b", true, true),
        ("an unknown one", wide, large, "", true, true),
    ] {
        let mut script = Script::new(all, each);
        script.run(steps);
        assert_eq!((script.may_read('a'), script.may_read('b')), (a, b), "{rule}");
    }
}

#[test]
fn a_connection_that_waited_goes_on_when_its_lane_is_half_empty() {
    for (rule, all, each, before, takes) in [
        ("its own bound", bounds(100, 100), bounds(4, 100), "+a . a a a a", 2),
        ("an odd one", bounds(100, 100), bounds(3, 100), "+a . a a a", 2),
        ("one", bounds(100, 100), bounds(1, 100), "+a . a", 1),
        ("bytes", bounds(100, 100), bounds(100, 20), "+a . a! a!", 1),
        ("the bound of all", bounds(4, 100), bounds(100, 100), "+a . a a a a", 1),
        ("others fill it", bounds(4, 100), bounds(100, 100), "+a . +b b b b b a a", 4),
    ] {
        let mut script = Script::new(all, each);
        script.run(before);
        assert!(!script.may_read('a'), "{rule}");
        for take in 1.. {
            let Taken { gates: [gate, _], .. } = script.lanes.take().expect("it goes on");
            if gate.is_some_and(|gate| Arc::ptr_eq(&gate, &script.gates[&'a'])) {
                assert_eq!(take, takes, "{rule}");
                break;
            }
        }
        assert!(script.may_read('a'), "{rule}");
    }
}

#[test]
fn newcomers_are_let_in_one_for_each_event_that_is_taken() {
    let mut script = Script::new(bounds(3, 100), bounds(100, 100));
    script.run("+a a -a");
    let gates: Vec<Arc<Gate>> = (0..3).map(|_| Arc::default()).collect();
    assert!(gates.iter().all(|gate| !script.lanes.may_open(gate)), "there is no room");
    for (number, gate) in gates.iter().enumerate() {
        let Taken { gates: [_, newcomer], .. } = script.lanes.take().unwrap();
        assert!(newcomer.is_some_and(|newcomer| Arc::ptr_eq(&newcomer, gate)), "{number}");
        let peer = char::from(b'b' + u8::try_from(number).unwrap());
        script.lanes.open(u64::from(peer), peer, gate);
    }
    assert_eq!(script.lanes.len(), 3);
    script.run(". . . .");
    assert_eq!(script.taken.join(" "), "-a +c +d nothing");
    assert!(script.lanes.may_open(&gates[0]), "and now there is room");
}

#[test]
fn a_newcomer_that_did_not_wait_to_the_end_takes_nothing_from_others() {
    let mut script = Script::new(bounds(1, 100), bounds(100, 100));
    script.run("+a");
    let [hasty, patient]: [Arc<Gate>; 2] = Default::default();
    assert!(!script.lanes.may_open(&hasty) && !script.lanes.may_open(&patient));
    script.lanes.waits_no_more(&hasty);
    script.lanes.open(u64::from('b'), 'b', &hasty);
    script.take();
    assert!(script.lanes.newcomers.len() == 1, "no room yet");
    let Taken { gates: [_, newcomer], .. } = script.lanes.take().unwrap();
    assert!(newcomer.is_some_and(|newcomer| Arc::ptr_eq(&newcomer, &patient)));
}

#[test]
fn nothing_waits_after_the_end() {
    let mut script = Script::new(bounds(2, 100), bounds(1, 100));
    script.run("+a a");
    let newcomer = Arc::default();
    assert!(!script.may_read('a') && !script.lanes.may_open(&newcomer));
    assert_eq!(script.lanes.end(), ['a']);
    for gate in [&newcomer, &script.gates[&'a']] {
        assert!(!gate.wait(), "open for good");
        gate.shut();
        assert!(!gate.wait(), "and not shut again");
    }
    script.run("a -a .");
    assert_eq!((script.taken.join(" ").as_str(), script.lanes.len()), ("nothing", 0));
}
