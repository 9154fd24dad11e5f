//! HTML: a page with a long table, and now and then a character beyond ASCII.

use std::fmt::Write as _;

use super::random::Random;

/// The size that is aimed at.
pub(super) const SIZE: usize = 263_647;
/// Characters of 2, 3 and 4 bytes.
const BEYOND: &[&str] = &["é", "ß", "Ω", "ж", "€", "→", "漢", "ก", "😀", "𝄞", "🚲", "𐍈"];
/// The rows from one such character to the next. The first row has the first.
const ROWS: u32 = 12;
/// What a row is about.
const GOODS: &[&str] =
    &["Lantern", "Rope", "Kettle", "Compass", "Tent", "Blanket", "Oar", "Whistle", "Map case"];
const SHOPS: &[&str] = &["Riverside", "Station Road", "Market Square", "Hilltop"];

/// Makes a page in UTF-8.
pub(super) fn make() -> Vec<u8> {
    let mut random = Random::new(4);
    let mut page = String::with_capacity(SIZE + 1024);
    page.push_str(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n  <meta charset=\"utf-8\">\n  \
         <title>Stock list</title>\n</head>\n<body>\n<table class=\"stock\">\n",
    );
    let end = "</table>\n</body>\n</html>\n";
    for row in 1.. {
        let beyond = if row % ROWS == 1 { random.pick(BEYOND) } else { "-" };
        write_row(row, beyond, &mut random, &mut page);
        if page.len() + end.len() >= SIZE {
            break;
        }
    }
    page.push_str(end);
    page.into_bytes()
}

fn write_row(row: u32, beyond: &str, random: &mut Random, page: &mut String) {
    let name = random.pick(GOODS);
    let shop = random.pick(SHOPS);
    let (price, cents) = (random.below(200), random.below(100));
    let (stock, code) = (random.below(60), random.below(u32::MAX));
    // A String takes everything.
    let _ = write!(
        page,
        r#"  <tr class="item" id="item-{row}">
    <td class="name"><a href="/catalogue/items/{code:08x}" title="Show this item">{name}</a></td>
    <td class="mark">{beyond}</td>
    <td class="price"><span class="currency">EUR</span> {price}.{cents:02}</td>
    <td class="stock"><span class="badge badge-plain">{stock} in stock</span> at {shop}</td>
    <td class="actions"><button type="button" class="button" data-item="{row}">Reserve</button></td>
  </tr>
"#
    );
}
