use super::*;

fn arrive(wire: &Wire, filled: usize) -> usize {
    let buffer = wire.lend_input();
    let len = buffer.len();
    wire.return_input(buffer, filled);
    let mut session = wire.clone();
    let mut taken = vec![0; filled];
    session.read_exact(&mut taken).unwrap();
    len
}

#[test]
fn appetite_grows_with_full_reads_and_shrinks_with_any_other() {
    let wire = Wire::new();
    for (rule, filled, offered) in [
        ("starts small", 4 * 1024, 4 * 1024),
        ("grows after a full read", 16 * 1024, 16 * 1024),
        ("grows again", 64 * 1024, 64 * 1024),
        ("has a limit", 64 * 1024, 64 * 1024),
        ("stays for the last", 100, 64 * 1024),
        ("is small when the socket is empty", 0, 4 * 1024),
        ("stays small", 4 * 1024 - 1, 4 * 1024),
        ("stays small", 1, 4 * 1024),
    ] {
        assert_eq!(arrive(&wire, filled), offered, "{rule}");
    }
}

#[test]
fn a_session_finds_nothing_while_the_buffer_is_lent() {
    let wire = Wire::new();
    arrive(&wire, 10);
    let buffer = wire.lend_input();
    let e = wire.clone().read(&mut [0]).unwrap_err();
    assert_eq!(e.kind(), io::ErrorKind::WouldBlock);
    wire.return_input(buffer, 2);
    assert_eq!(wire.clone().read(&mut [0; 4]).unwrap(), 2);
}

#[test]
fn only_a_small_output_buffer_is_kept() {
    let wire = Wire::new();
    for (size, kept) in [(100, true), (64 * 1024, false)] {
        wire.clone().write_all(&vec![7; size]).unwrap();
        let output = wire.take_output();
        assert_eq!(output.len(), size);
        assert!(!wire.has_output());
        wire.recycle_output(output);
        assert_eq!(wire.take_output().capacity() > 0, kept, "{size}");
    }
}
