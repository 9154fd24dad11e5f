//! Messages of each kind of content.

use blocking_ws::Message;

use crate::noise::noise;

/// What is in a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Content {
    Binary,
    Ascii,
    /// Letters of two, three and four bytes.
    Letters,
}

impl Content {
    /// A message of this size in bytes.
    pub fn message(self, size: usize) -> Message {
        self.of(&noise(size))
    }

    /// Different messages of this size in bytes, which must not be 0.
    pub fn messages(self, size: usize, count: usize) -> Vec<Message> {
        noise(size * count).chunks_exact(size).map(|noise| self.of(noise)).collect()
    }

    /// A message as large as the noise.
    fn of(self, noise: &[u8]) -> Message {
        match self {
            Self::Binary => Message::Binary(noise.to_vec()),
            Self::Ascii => Message::Text(noise.iter().map(|n| char::from(b' ' + n % 95)).collect()),
            Self::Letters => {
                let size = noise.len();
                let mut text = String::with_capacity(size);
                for &n in noise {
                    if text.len() + 4 > size {
                        break;
                    }
                    let alphabet = [('б', 31), ('一', 4096), ('😀', 64)];
                    let (first, letters) = alphabet[usize::from(n % 3)];
                    text.extend(char::from_u32(u32::from(first) + u32::from(n) * 37 % letters));
                }
                text.extend(std::iter::repeat_n('.', size - text.len()));
                Message::Text(text)
            }
        }
    }
}
