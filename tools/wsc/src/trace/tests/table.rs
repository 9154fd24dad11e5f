//! Frames of a server, and the lines that explain them.

/// A rule, bytes, and lines.
pub(super) const FRAMES: &[(&str, &[u8], &[&str])] = &[
    (
        "text",
        b"\x81\x05Hello",
        &[
            "S Text message, whole in one frame (5 bytes): \"Hello\" [RFC 6455 §5.6]",
            "  Header 81 05: FIN 1 (a whole message), opcode 0x1 (text), MASK 0, length 5 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "binary",
        b"\x82\x03\x00\xff\x10",
        &[
            "S Binary message, whole in one frame (3 bytes): 00 ff 10 [RFC 6455 §5.6]",
            "  Header 82 03: FIN 1 (a whole message), opcode 0x2 (binary), MASK 0, length 3 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "empty",
        b"\x81\x00",
        &[
            "S Text message, whole in one frame (0 bytes) [RFC 6455 §5.6]",
            "  Header 81 00: FIN 1 (a whole message), opcode 0x1 (text), MASK 0, length 0 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "fragments, and a ping between two of them",
        b"\x01\x03Hel\x89\x01p\x00\x01l\x80\x01o",
        &[
            "S First fragment of a text message (3 bytes): \"Hel\" [RFC 6455 §5.4]",
            "  Header 01 03: FIN 0 (more fragments follow), opcode 0x1 (text), MASK 0, length 3 (in 7 bits) [RFC 6455 §5.2]",
            "S Ping \"p\": are you there? The client must send it back in a pong. [RFC 6455 §5.5.2] It stands between two fragments, as only a control frame may. [RFC 6455 §5.4]",
            "  Header 89 01: FIN 1 (a control frame is always whole), opcode 0x9 (ping), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "S Fragment 2 of the text message (1 byte): \"l\" [RFC 6455 §5.4]",
            "  Header 00 01: FIN 0 (more fragments follow), opcode 0x0 (continuation), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "S Last fragment of the text message (1 byte): \"o\" The message is whole now: 3 fragments, 5 bytes. [RFC 6455 §5.4]",
            "  Header 80 01: FIN 1 (the last fragment), opcode 0x0 (continuation), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "a character that is cut",
        b"\x01\x01\xc3\x80\x01\xa9",
        &[
            "S First fragment of a text message (1 byte): \"\\xc3\" [RFC 6455 §5.4] It ends within a character: only the whole message must be UTF-8. [RFC 6455 §5.6]",
            "  Header 01 01: FIN 0 (more fragments follow), opcode 0x1 (text), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "S Last fragment of the text message (1 byte): \"\\xa9\" The message is whole now: 2 fragments, 2 bytes. [RFC 6455 §5.4]",
            "  Header 80 01: FIN 1 (the last fragment), opcode 0x0 (continuation), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "a pong without a ping",
        b"\x8a\x00",
        &[
            "S Pong that answers no ping above. That is allowed: it says that its sender is there. [RFC 6455 §5.5.3]",
            "  Header 8a 00: FIN 1 (a control frame is always whole), opcode 0xA (pong), MASK 0, length 0 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "a code and a reason",
        b"\x88\x05\x03\xe8bye",
        &[
            "S Close with the code 1000 (normal closure), reason \"bye\": all is done. The server sends no more messages; the client answers with a Close. [RFC 6455 §5.5.1, §7.4]",
            "  Header 88 05: FIN 1 (a control frame is always whole), opcode 0x8 (close), MASK 0, length 5 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "no code",
        b"\x88\x00",
        &[
            "S Close without a code. Programs report this as 1005. The server sends no more messages; the client answers with a Close. [RFC 6455 §5.5.1, §7.4]",
            "  Header 88 00: FIN 1 (a control frame is always whole), opcode 0x8 (close), MASK 0, length 0 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "half a code",
        b"\x88\x01\x03",
        &[
            "S Close with half a code \"\\u{3}\". The server sends no more messages; the client answers with a Close. [RFC 6455 §5.5.1, §7.4]",
            "  Header 88 01: FIN 1 (a control frame is always whole), opcode 0x8 (close), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.5.1: a close code has two bytes",
        ],
    ),
    (
        "a code that is never sent",
        b"\x88\x02\x03\xed",
        &[
            "S Close with the code 1005 (no code given): programs report this code, and no frame may carry it. The server sends no more messages; the client answers with a Close. [RFC 6455 §5.5.1, §7.4]",
            "  Header 88 02: FIN 1 (a control frame is always whole), opcode 0x8 (close), MASK 0, length 2 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §7.4: this close code may not be sent",
        ],
    ),
    (
        "a code of the program",
        b"\x88\x02\x0f\xa0",
        &[
            "S Close with the code 4000: a code of the program's own. The server sends no more messages; the client answers with a Close. [RFC 6455 §5.5.1, §7.4]",
            "  Header 88 02: FIN 1 (a control frame is always whole), opcode 0x8 (close), MASK 0, length 2 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "nothing controls the terminal",
        b"\x81\x02\x1b\n",
        &[
            "S Text message, whole in one frame (2 bytes): \"\\u{1b}\\n\" [RFC 6455 §5.6]",
            "  Header 81 02: FIN 1 (a whole message), opcode 0x1 (text), MASK 0, length 2 (in 7 bits) [RFC 6455 §5.2]",
        ],
    ),
    (
        "RSV2",
        b"\xa1\x01a",
        &[
            "S Text message, whole in one frame (1 byte): \"a\" [RFC 6455 §5.6]",
            "  Header a1 01: FIN 1 (a whole message), RSV2 1 (it has no meaning here), opcode 0x1 (text), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.2: a reserved bit that no extension uses",
        ],
    ),
    (
        "RSV1 of a ping",
        b"\xc9\x00",
        &[
            "S Ping: are you there? The client must send it back in a pong. [RFC 6455 §5.5.2]",
            "  Header c9 00: FIN 1 (a control frame is always whole), RSV1 1 (it has no meaning here), opcode 0x9 (ping), MASK 0, length 0 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 7692 §6.1: a control frame must not have RSV1",
        ],
    ),
    (
        "opcode 3",
        b"\x83\x01a",
        &[
            "S Opcode 3, which RFC 6455 does not define: 61 [RFC 6455 §11.8]",
            "  Header 83 01: FIN 1 (no fragment follows), opcode 0x3 (not defined), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.2: an opcode that is not defined",
        ],
    ),
    (
        "opcode 11",
        b"\x8b\x00",
        &[
            "S Opcode 11, which RFC 6455 does not define [RFC 6455 §11.8]",
            "  Header 8b 00: FIN 1 (a control frame is always whole), opcode 0xB (not defined), MASK 0, length 0 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.2: an opcode that is not defined",
        ],
    ),
    (
        "16 bits for 1",
        b"\x82\x7e\x00\x01a",
        &[
            "S Binary message, whole in one frame (1 byte): 61 [RFC 6455 §5.6]",
            "  Header 82 7e 00 01: FIN 1 (a whole message), opcode 0x2 (binary), MASK 0, length 1 (the 7 bits say 126: it follows in 16 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.2: the length is not in its shortest form",
        ],
    ),
    (
        "64 bits for 1",
        b"\x82\x7f\0\0\0\0\0\0\0\x01a",
        &[
            "S Binary message, whole in one frame (1 byte): 61 [RFC 6455 §5.6]",
            "  Header 82 7f 00 00 00 00 00 00 00 01: FIN 1 (a whole message), opcode 0x2 (binary), MASK 0, length 1 (the 7 bits say 127: it follows in 64 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.2: the length is not in its shortest form",
        ],
    ),
    (
        "nothing to continue",
        b"\x80\x01a",
        &[
            "S A fragment \"a\" of no message. [RFC 6455 §5.4]",
            "  Header 80 01: FIN 1 (the last fragment), opcode 0x0 (continuation), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.4: there is no message to continue",
        ],
    ),
    (
        "a ping in fragments",
        b"\x09\x01a",
        &[
            "S Ping \"a\": are you there? The client must send it back in a pong. [RFC 6455 §5.5.2]",
            "  Header 09 01: FIN 0 (more fragments follow), opcode 0x9 (ping), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.5: a control frame must not be in parts",
        ],
    ),
    (
        "a server that masks",
        b"\x81\x81\0\0\0\0a",
        &[
            "S Text message, whole in one frame (1 byte): \"a\" [RFC 6455 §5.6]",
            "  Header 81 81 00 00 00 00: FIN 1 (a whole message), opcode 0x1 (text), MASK 1 with the key 00 00 00 00, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  Masked: each byte is XORed with a byte of the key, which is random for each frame, so that no script can choose which bytes a proxy sees. The first byte on the wire is 61 = 61 XOR 00. [RFC 6455 §5.3, §10.3]",
            "  A RULE IS BROKEN: RFC 6455 §5.1: a server must not mask a frame",
        ],
    ),
    (
        "a text that is not UTF-8",
        b"\x81\x01\xff",
        &[
            "S Text message, whole in one frame (1 byte): \"\\xff\" [RFC 6455 §5.6]",
            "  Header 81 01: FIN 1 (a whole message), opcode 0x1 (text), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §8.1: the text is not UTF-8",
        ],
    ),
    (
        "a message behind a Close",
        b"\x88\x00\x81\x01a",
        &[
            "S Close without a code. Programs report this as 1005. The server sends no more messages; the client answers with a Close. [RFC 6455 §5.5.1, §7.4]",
            "  Header 88 00: FIN 1 (a control frame is always whole), opcode 0x8 (close), MASK 0, length 0 (in 7 bits) [RFC 6455 §5.2]",
            "S Text message, whole in one frame (1 byte): \"a\" [RFC 6455 §5.6]",
            "  Header 81 01: FIN 1 (a whole message), opcode 0x1 (text), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.5.1: no data may follow a Close frame",
        ],
    ),
    (
        "a message within a message",
        b"\x01\x01a\x81\x01b",
        &[
            "S First fragment of a text message (1 byte): \"a\" [RFC 6455 §5.4]",
            "  Header 01 01: FIN 0 (more fragments follow), opcode 0x1 (text), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "S Text message, whole in one frame (1 byte): \"b\" [RFC 6455 §5.6]",
            "  Header 81 01: FIN 1 (a whole message), opcode 0x1 (text), MASK 0, length 1 (in 7 bits) [RFC 6455 §5.2]",
            "  A RULE IS BROKEN: RFC 6455 §5.4: the message before it is not finished",
        ],
    ),
];
