//! What there is to run: cases, the compression they are run with, and how many they must be.
//!
//! The cases that test compression are the groups 12 and 13. Autobahn offers and accepts it in
//! those alone, so the others are the same with it and without, but for what the handshakes say.

use test_support::autobahn::Suite;

/// A row of what is run by default: Autobahn's patterns, the compression, the number of cases.
///
/// The number is written down so that a suite that quietly lost cases is noticed.
type Row = (&'static str, Compression, usize);

/// What runs where nothing is chosen; of compression a sample, since all of it takes long.
const DEFAULT: [Row; 2] = [
    ("1.*,2.*,3.*,4.*,5.*,6.*,7.*,8.*,9.*,10.*", Compression::Off, 301),
    // Every size and fragmentation of one text, small binary messages, every negotiation.
    (
        "12.1.*,12.5.1,12.5.2,12.5.3,12.5.4,12.5.5,12.5.6,\
         13.1.1,13.2.1,13.3.1,13.4.1,13.5.1,13.6.1,13.7.1",
        Compression::Deflate,
        31,
    ),
];

const FULL: (&str, usize) = ("*", 517);

/// What the example programs negotiate of permessage-deflate (RFC 7692), the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Compression {
    Off,
    /// Each message compressed by itself.
    Deflate,
    /// Messages may refer to those before them.
    DeflateTakeover,
}

impl Compression {
    /// Finds a compression by its option on the command line.
    pub(crate) fn of_option(option: &str) -> Option<Self> {
        [Self::Deflate, Self::DeflateTakeover]
            .into_iter()
            .find(|compression| compression.option() == Some(option))
    }

    /// Returns the option that asks for it, here and on the command lines of the examples.
    pub(crate) fn option(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Deflate => Some("--deflate"),
            Self::DeflateTakeover => Some("--deflate-takeover"),
        }
    }
}

/// The choice made on the command line.
pub(crate) enum Plan {
    Default,
    /// Of the default what is run without compression.
    Uncompressed,
    /// Every case of the suite.
    Full(Compression),
    /// Patterns with commas between.
    Listed(String, Compression),
}

impl Plan {
    /// Returns the parts that each mode is run with, one after the other.
    ///
    /// # Errors
    /// The suite does not know the patterns, or has other cases than it should.
    pub(crate) fn parts(&self, suite: &Suite) -> Result<Vec<Part>, String> {
        match self {
            Self::Default | Self::Uncompressed => DEFAULT
                .into_iter()
                .filter(|(_, compression, _)| {
                    matches!((self, compression), (Self::Default, _) | (_, Compression::Off))
                })
                .map(|(list, compression, size)| {
                    Part::counted(list, compression, suite)?.of_size(size)
                })
                .collect(),
            Self::Full(compression) => {
                let (list, size) = FULL;
                Ok(vec![Part::counted(list, *compression, suite)?.of_size(size)?])
            }
            Self::Listed(list, compression) => Ok(vec![Part::counted(list, *compression, suite)?]),
        }
    }
}

/// Cases that are run in one go, at least one.
pub(crate) struct Part {
    /// As the suite takes them.
    pub(crate) patterns: Vec<String>,
    pub(crate) compression: Compression,
    /// How many cases the patterns stand for.
    pub(crate) size: usize,
}

impl Part {
    fn counted(list: &str, compression: Compression, suite: &Suite) -> Result<Self, String> {
        let patterns: Vec<String> =
            list.split(',').map(|pattern| pattern.trim().to_owned()).collect();
        if patterns.iter().any(String::is_empty) {
            return Err(format!("there is an empty pattern in '{list}'"));
        }
        match suite.count(&patterns)? {
            0 => Err(format!("no case matches '{list}'")),
            size => Ok(Self { patterns, compression, size }),
        }
    }

    fn of_size(self, wanted: usize) -> Result<Self, String> {
        if self.size == wanted {
            return Ok(self);
        }
        let (size, list) = (self.size, self.patterns.join(","));
        Err(format!("the suite has {size} cases in '{list}', not {wanted}"))
    }
}
