use super::*;

/// A socket that returns this many bytes at once, and looks at the wire meanwhile.
struct Socket<'a>(&'a Wire, usize);

impl Read for Socket<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let e = self.0.clone().read(&mut [0]).unwrap_err();
        assert_eq!(e.kind(), io::ErrorKind::WouldBlock, "a session finds nothing meanwhile");
        if self.1 == 0 { Err(io::ErrorKind::WouldBlock.into()) } else { Ok(self.1.min(buf.len())) }
    }
}

#[test]
fn what_the_socket_brings_is_the_sessions() {
    let wire = Wire::new();
    for brought in [10, 100_000, 3] {
        let filled = wire.fill_from(&mut Socket(&wire, brought)).unwrap();
        assert!(wire.has_unseen());
        let mut taken = vec![1; filled + 1];
        assert_eq!(wire.clone().read(&mut taken).unwrap(), filled);
        assert_eq!((taken[0], wire.has_unseen()), (0, false));
    }
}

#[test]
fn a_part_of_a_record_may_stay_and_is_not_looked_at_again() {
    let wire = Wire::new();
    wire.fill_by(|space| Ok((&b"ab"[..]).read(space).unwrap())).unwrap();
    assert_eq!(wire.look(9), b"ab");
    wire.queues().all_seen();
    assert_eq!((wire.has_unseen(), wire.look(9)), (false, Vec::new()));
    let panics = || wire.fill_by(|_| panic!("a socket"));
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).unwrap_err();
    wire.fill_by(|space| Ok((&b"cd"[..]).read(space).unwrap())).unwrap();
    assert!(wire.has_unseen());
    assert_eq!((wire.look(1), wire.look(9)), (b"c".to_vec(), b"cd".to_vec()));
    assert_eq!(wire.queues().input.unread(), b"abcd", "a panic loses nothing");
    wire.queues().left();
    assert_eq!(wire.look(9), b"abcd");
}

#[test]
fn buffers_are_kept_until_nothing_comes_for_a_while() {
    let wire = Wire::new();
    for _ in 0..5 {
        wire.fill_from(&mut Socket(&wire, usize::MAX)).unwrap();
        while wire.clone().read(&mut [0; 4096]).is_ok() {}
    }
    wire.clone().write_all(&vec![7; 64 * 1024]).unwrap();
    let output = wire.take_output();
    assert!(wire.exchange_output(output).is_empty());
    let held = |wire: &Wire| {
        let queues = wire.queues();
        (queues.input.is_large(), queues.output.capacity() > 0)
    };
    assert_eq!(held(&wire), (true, true));
    wire.fill_from(&mut Socket(&wire, 0)).unwrap_err();
    assert_eq!(held(&wire), (false, false));
}

#[test]
fn only_an_output_buffer_of_usual_size_is_kept() {
    let wire = Wire::new();
    for (size, kept) in [(100, true), (64 * 1024, true), (256 * 1024, false)] {
        wire.clone().write_all(&vec![7; size]).unwrap();
        let output = wire.take_output();
        assert_eq!(output.len(), size);
        assert!(!wire.has_output());
        wire.clone().write_all(b"more").unwrap();
        assert_eq!(*wire.exchange_output(output), *b"more");
        assert!(!wire.has_output());
        assert_eq!(wire.take_output().capacity() > 0, kept, "{size}");
    }
}
