//! A bitmap of 512 by 512 pixels in 256 greys: soft shapes with grain.

use super::random::Random;

/// The width and the height.
const SIDE: u32 = 512;
/// The headers of the file and of the bitmap, and the palette.
const HEADERS: u32 = 14 + 40 + 256 * 4;
/// The size of the file.
pub(super) const SIZE: usize = (HEADERS + SIDE * SIDE) as usize;
/// How many greys the grain of a pixel has.
const GRAIN: u32 = 64;

/// Makes a file in the BMP format.
pub(super) fn make() -> Vec<u8> {
    let mut random = Random::new(2);
    let mut file = Vec::with_capacity(SIZE);
    file.extend_from_slice(b"BM");
    // The file's size, a reserved word, where the pixels begin, and the size of the next header.
    let long = [HEADERS + SIDE * SIDE, 0, HEADERS, 40, SIDE, SIDE];
    file.extend(long.iter().flat_map(|n| n.to_le_bytes()));
    // One plane, 8 bits a pixel.
    file.extend([1_u16, 8].iter().flat_map(|n| n.to_le_bytes()));
    // No compression, the size of the pixels, pixels a metre (twice), colours, important ones.
    file.extend([0, SIDE * SIDE, 2835, 2835, 256, 0].iter().flat_map(|n| n.to_le_bytes()));
    file.extend((0..=255_u8).flat_map(|grey| [grey, grey, grey, 0]));
    for y in 0..SIDE {
        for x in 0..SIDE {
            let grey = shape(x, y) + random.below(GRAIN);
            file.push(u8::try_from(grey).unwrap_or(u8::MAX));
        }
    }
    file
}

/// The grey of a pixel without its grain: hills of light, less than 180.
fn shape(x: u32, y: u32) -> u32 {
    // A wave that goes up and down evenly, from 0 to 63.
    let wave = |at: u32| if at & 64 == 0 { at & 63 } else { 63 - (at & 63) };
    wave(x / 3) + wave((x + 2 * y) / 4) / 2 + wave(y / 2) / 2
}
