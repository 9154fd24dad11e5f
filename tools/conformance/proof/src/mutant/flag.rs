//! [`Flag`]: a rule that a mutant breaks.

use std::fmt;
use std::str::FromStr;

use blocking_ws::Role;

/// A text that is not the name of a flag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not the name of a flag: `mutant list` shows all")]
pub struct UnknownFlag(String);

/// Makes the enum of rows: variant, name, roles, and the section with the rule that is broken.
macro_rules! flags {
    ($($flag:ident $name:literal $roles:ident $rule:literal)+) => {
        /// A rule that a [`Mutant`](super::Mutant) breaks. Each variant says the rule as it should
        /// be kept.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Flag {
            $(#[doc = $rule] $flag,)+
        }

        impl Flag {
            /// All flags.
            pub const ALL: &[Self] = &[$(Self::$flag),+];

            /// Returns the name, as the command line has it.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$flag => $name,)+ }
            }

            /// Returns the section of the RFC and the rule, in words, that is broken.
            #[must_use]
            pub fn rule(self) -> &'static str {
                match self { $(Self::$flag => $rule,)+ }
            }

            fn roles(self) -> &'static [Role] {
                match self { $(Self::$flag => $roles,)+ }
            }
        }
    };
}

const BOTH: &[Role] = &[Role::Server, Role::Client];
const SERVER: &[Role] = &[Role::Server];
const CLIENT: &[Role] = &[Role::Client];

flags! {
    // How a connection ends.
    NoDrop "no_drop" SERVER "RFC 6455 §7.1.1: after both Close frames the server ends TCP"
    FailNoDrop "fail_no_drop" SERVER "RFC 6455 §7.1.7: who fails a connection ends TCP"
    BareDrop "bare_drop" BOTH "RFC 6455 §7.1.7: a Close frame goes before the end of TCP"
    WrongCode "wrong_code" BOTH "RFC 6455 §7.4.1: a Close frame says the reason by its code"
    EchoClose "echo_close" BOTH "RFC 6455 §7.4: an illegal Close frame is answered with 1002"
    IgnoreClose "ignore_close" BOTH "RFC 6455 §5.5.1: a Close frame is answered"
    Close1005 "close_1005" BOTH "RFC 6455 §7.4.1: no Close frame has the code 1005"
    CloseCodeLost "close_code_lost" BOTH "RFC 6455 §5.5.1: the answer repeats the code"
    CloseOtherCode "close_other_code" BOTH "RFC 6455 §5.5.1: the answer has the code that came, not 1001"
    CloseTwice "close_twice" BOTH "RFC 6455 §5.5.1: nothing is sent after a Close frame"
    DataAfterClose "data_after_close" BOTH "RFC 6455 §5.5.1: no message is sent after a Close frame"
    GoesOnAfterClose "goes_on_after_close" BOTH "RFC 6455 §1.4: what follows a Close frame is ignored"
    CloseReset "close_reset" BOTH "RFC 6455 §7.1.1: the end of TCP destroys nothing that was sent"
    CloseInMessageFails "close_in_message_fails" BOTH "RFC 6455 §5.4: a Close may come in a message"
    CloseSendsPart "close_sends_part" BOTH "RFC 6455 §5.4: an unfinished message is no message"
    ShortCloseOk "short_close_ok" BOTH "RFC 6455 §5.5.1: a Close payload has no bytes, or two and more"
    BadReasonOk "bad_reason_ok" BOTH "RFC 6455 §5.5.1: the reason of a Close frame is UTF-8"
    AnyCloseCode "any_close_code" BOTH "RFC 6455 §7.4: 1004 to 1006, 1016 to 2999 and such are illegal"
    ReasonRefused "reason_refused" BOTH "RFC 6455 §5.5.1: a Close frame may have a reason"
    EmptyCloseRefused "empty_close_refused" BOTH "RFC 6455 §5.5.1: a Close frame may be empty"
    Close1000Only "close_1000_only" BOTH "RFC 6455 §7.4.1: there are more legal codes than 1000"
    PrivateCodesRefused "private_codes_refused" BOTH "RFC 6455 §7.4.2: 3000 to 4999 are legal"
    NewCodesRefused "new_codes_refused" BOTH "IANA: 1012, 1013 and 1014 are registered codes"

    FinIgnored "fin_ignored" BOTH "RFC 6455 §7.1.4: a connection is over when TCP has ended"
    EndSendsPart "end_sends_part" BOTH "RFC 6455 §5.4: what TCP has cut off is no message"
    HoldsOn "holds_on" BOTH "robustness: an end that nobody answers lets go"

    // Text.
    NoUtf8 "no_utf8" BOTH "RFC 6455 §8.1: text is UTF-8"
    LateUtf8 "late_utf8" BOTH "RFC 6455 §8.1: bad text fails before its message ends"
    Utf8AtFrameEnd "utf8_at_frame_end" BOTH "RFC 6455 §8.1: bad text fails before its frame ends"
    Utf8PerFragment "utf8_per_fragment" BOTH "RFC 6455 §5.6: a fragment may end within a character"
    SurrogatesOk "surrogates_ok" BOTH "RFC 3629 §3: surrogates are no characters"
    OverlongOk "overlong_ok" BOTH "RFC 3629 §3: a character has its shortest form only"
    BeyondUnicodeOk "beyond_unicode_ok" BOTH "RFC 3629 §3: U+10FFFF is the last character"
    CutCharacterOk "cut_character_ok" BOTH "RFC 6455 §5.6: a message ends at the end of a character"
    StrayByteOk "stray_byte_ok" BOTH "RFC 3629 §4: 80 to BF, C0, C1, FE and FF begin no character"
    AsciiOnly "ascii_only" BOTH "RFC 6455 §5.6: text has all of Unicode"
    PrintableOnly "printable_only" BOTH "RFC 6455 §5.6: text may have control characters"
    NoncharactersRefused "noncharacters_refused" BOTH "RFC 3629 §3: U+FFFF and its like are legal"
    SpecialsRefused "specials_refused" BOTH "RFC 3629 §3: U+FFF9 to U+FFFD are legal"
    FourBytesRefused "four_bytes_refused" BOTH "RFC 3629 §3: characters may have four bytes"
    EdgesRefused "edges_refused" BOTH "RFC 3629 §3: U+D7FF and U+E000, beside surrogates, are legal"

    // Frames that are received.
    AcceptRsv "accept_rsv" BOTH "RFC 6455 §5.2: reserved bits are zero"
    RsvControlAccept "rsv_control_accept" BOTH "RFC 6455 §5.2: reserved bits of control frames are zero"
    AcceptOp "accept_op" BOTH "RFC 6455 §5.2: reserved opcodes fail"
    LongControl "long_control" BOTH "RFC 6455 §5.5: control frames have at most 125 bytes, and FIN"
    ControlFragments "control_fragments" BOTH "RFC 6455 §5.4: control frames have no fragments"
    Control124 "control_124" BOTH "RFC 6455 §5.5: control frames may have 125 bytes"
    LoneCont "lone_cont" BOTH "RFC 6455 §5.4: a continuation continues a message"
    DataInsideOk "data_inside_ok" BOTH "RFC 6455 §5.4: a message ends before the next begins"
    NonminimalAccept "nonminimal_accept" BOTH "RFC 6455 §5.2: a length has its shortest form"
    TopBitAccept "top_bit_accept" BOTH "RFC 6455 §5.2: the top bit of a 64-bit length is zero"
    UnmaskedAccept "unmasked_accept" SERVER "RFC 6455 §5.1: frames of a client are masked"
    MaskedAccept "masked_accept" CLIENT "RFC 6455 §5.1: frames of a server are not masked"
    ZeroKeyRefused "zero_key_refused" SERVER "RFC 6455 §5.3: any key is legal"
    UnmasksWords "unmasks_words" SERVER "RFC 6455 §5.3: all bytes of a payload are masked"
    NeedsWholeFrames "needs_whole_frames" BOTH "RFC 6455 §5.4: TCP may cut a frame anywhere"
    ReadsAhead "reads_ahead" BOTH "RFC 6455 §7.1.7: a message before a bad frame is answered"
    FragmentsRefused "fragments_refused" BOTH "RFC 6455 §5.4: a message may have fragments"
    FragmentDropped "fragment_dropped" BOTH "RFC 6455 §5.4: a message is all of its fragments"
    FragmentsSwapped "fragments_swapped" BOTH "RFC 6455 §5.4: fragments stay in order"
    FragmentsApart "fragments_apart" BOTH "RFC 6455 §5.4: fragments are one message"
    ControlInsideRefused "control_inside_refused" BOTH "RFC 6455 §5.4: a ping may come in a message"
    ContTypeLost "cont_type_lost" BOTH "RFC 6455 §5.4: the first fragment says the type"

    // Pings and pongs.
    NoPong "no_pong" BOTH "RFC 6455 §5.5.2: a ping is answered"
    LatePong "late_pong" BOTH "RFC 6455 §5.5.2: a ping is answered as soon as possible"
    PongTwice "pong_twice" BOTH "RFC 6455 §5.5.3: a ping has one answer"
    OnePong "one_pong" BOTH "RFC 6455 §5.5.2: each ping is answered, or the last of several"
    EmptyPong "empty_pong" BOTH "RFC 6455 §5.5.3: a pong has the payload of its ping"
    PongAnswered "pong_answered" BOTH "RFC 6455 §5.5.3: a pong is not answered"
    PongFails "pong_fails" BOTH "RFC 6455 §5.5.3: a pong may come without a ping"

    // Frames that are sent.
    MaskAsServer "mask_as_server" SERVER "RFC 6455 §5.1: a server does not mask"
    NoMaskAsClient "no_mask_as_client" CLIENT "RFC 6455 §5.1: a client masks"
    SameKey "same_key" CLIENT "RFC 6455 §5.3: each frame has a fresh key"
    NonminimalSend "nonminimal_send" BOTH "RFC 6455 §5.2: a sender gives a length in its shortest form"

    // Messages as an echo should treat them.
    EchoBinaryAsText "echo_binary_as_text" BOTH "echo: binary comes back as binary"
    TextOnly "text_only" BOTH "echo: binary messages are taken"
    BinaryOnly "binary_only" BOTH "echo: text messages are taken"
    EmptyLost "empty_lost" BOTH "RFC 6455 §5.6: a message may be empty"
    Limit125 "limit_125" BOTH "RFC 6455 §5.2: lengths above 125 have 16 bits"
    Limit32k "limit_32k" BOTH "echo: messages above 32 KiB are taken"
    Limit1m "limit_1m" BOTH "echo: messages above 1 MiB are taken"
    Length16Bits "length_16_bits" BOTH "RFC 6455 §5.2: lengths above 65,535 have 64 bits"
    Limit100Fragments "limit_100_fragments" BOTH "echo: messages of more than 100 fragments are taken"
    Truncates16m "truncates_16m" BOTH "echo: messages of 16 MiB come back whole"
    Slow1s "slow_1s" BOTH "echo: the answer comes in less than a second"
    DiesAfter100 "dies_after_100" BOTH "echo: a connection bears more than 100 messages"

    // The opening handshake.
    Refuse "refuse" BOTH "RFC 6455 §4.2.2: a good opening handshake is accepted"
    CloseAtOnce "close_at_once" BOTH "RFC 6455 §4: an opening handshake is answered"
    NoAcceptCheck "no_accept_check" CLIENT "RFC 6455 §4.1: Sec-WebSocket-Accept is checked"
    CaseSensitiveHeaders "case_sensitive_headers" BOTH "RFC 6455 §4.2.1: names have no letter case"
    FirstConnectionLineOnly "first_connection_line_only" BOTH "RFC 9110 §5.3: a list may have lines"
    LosesGlued "loses_glued" BOTH "RFC 6455 §4.1: frames may come along with the handshake"
    OpensAnything "opens_anything" SERVER "RFC 6455 §4.2.1: a request that lacks something is refused"
    AnswersTwice "answers_twice" SERVER "RFC 9112 §9.2: a request has one answer"
    WrongVersionNoHeader "wrong_version_no_header" SERVER "RFC 6455 §4.4: a refusal says the version"
    AnySubprotocol "any_subprotocol" BOTH "RFC 6455 §4.1: a subprotocol is one of those offered"
    AnyStatus "any_status" CLIENT "RFC 6455 §4.1: an answer other than 101 opens nothing"
    AnyUpgrade "any_upgrade" CLIENT "RFC 6455 §4.1: the answer has Upgrade and Connection"
    BlanksRefused "blanks_refused" CLIENT "RFC 9110 §5.5: blanks around a value are no part of it"
    InterimRefused "interim_refused" CLIENT "RFC 9110 §15.2: a 1xx may come before the answer"
    WaitsForHead "waits_for_head" CLIENT "robustness: who waits for an answer lets go"
    FrameBeforeAnswer "frame_before_answer" CLIENT "RFC 6455 §4.1: a client waits for the answer"
    ClosesUnopened "closes_unopened" CLIENT "RFC 6455 §4.1: what is not open has no frames"
    SampleKey "sample_key" CLIENT "RFC 6455 §4.1: each connection has a random key"
    ShortKey "short_key" CLIENT "RFC 6455 §4.1: a key has 16 bytes"
    PostRequest "post_request" CLIENT "RFC 6455 §4.1: the method is GET"
    HostWithoutPort "host_without_port" CLIENT "RFC 6455 §4.1: the Host has the port"
    TwoHosts "two_hosts" CLIENT "RFC 9112 §3.2: a request has one Host"
    NoConnection "no_connection" CLIENT "RFC 6455 §4.1: the request has Connection: Upgrade"
    Version8 "version_8" CLIENT "RFC 6455 §4.1: the version is 13"
    FragmentSent "fragment_sent" CLIENT "RFC 6455 §3: a target has no fragment"
    AnyExtension "any_extension" BOTH "RFC 6455 §9.1: an extension must be known, and offered"

    // permessage-deflate.
    NoDeflate "no_deflate" BOTH "RFC 7692 §7: permessage-deflate is there"
    NoDeflateTakeoverOff "no_deflate_takeover_off" SERVER "RFC 7692 §7.1.1.1: takeover can be off"
    NoDeflateWindow "no_deflate_window" BOTH "RFC 7692 §7.1.2: windows may be smaller"
    NoDeflateWindow9 "no_deflate_window_9" SERVER "RFC 7692 §7.1.2.1: a window may have 9 bits"
    OfferBadOk "offer_bad_ok" BOTH "RFC 7692 §7.1: bad parameters are declined"
    WindowUnasked "window_unasked" SERVER "RFC 7692 §7.1.2.2: no window is set without an offer"
    WindowIgnored "window_ignored" BOTH "RFC 7692 §7.2.1: references stay within the window"
    TakeoverKept "takeover_kept" BOTH "RFC 7692 §7.1.1: without takeover each message stands alone"
    TakeoverLost "takeover_lost" BOTH "RFC 7692 §7.2.2: with takeover the window is kept"
    BfinalFails "bfinal_fails" BOTH "RFC 7692 §7.2.3.4: a block may be the final one"
    Rsv1EachFrame "rsv1_each_frame" BOTH "RFC 7692 §6.1: only the first frame has RSV1"
    Rsv1ContAccept "rsv1_cont_accept" BOTH "RFC 7692 §6.1: RSV1 on a continuation fails"
    CompressedFragmentsRefused "compressed_fragments_refused" BOTH "RFC 7692 §6.1: messages are cut"
    InflatesEachFrame "inflates_each_frame" BOTH "RFC 7692 §6.2: a message is inflated as a whole"
    PlainRefused "plain_refused" BOTH "RFC 7692 §6: a message may be uncompressed"
    BombOk "bomb_ok" BOTH "RFC 7692 §8: what is inflated has a limit"
    TailKept "tail_kept" BOTH "RFC 7692 §7.2.1: the bytes 00 00 FF FF at the end are left out"
}

impl Flag {
    /// Returns `true` if a mutant of this role breaks the rule. In the other role it is strict.
    #[must_use]
    pub fn shows_as(self, role: Role) -> bool {
        self.roles().contains(&role)
    }
}

impl FromStr for Flag {
    type Err = UnknownFlag;

    fn from_str(name: &str) -> Result<Self, UnknownFlag> {
        let known = Self::ALL.iter().find(|flag| flag.name() == name);
        known.copied().ok_or_else(|| UnknownFlag(name.to_owned()))
    }
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_is_of_one_flag() {
        for &flag in Flag::ALL {
            assert_eq!(flag.name().parse(), Ok(flag));
        }
        assert!("no".parse::<Flag>().is_err());
    }
}
