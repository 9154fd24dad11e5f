//! Prose: words as German has them, with umlauts, in sentences and paragraphs that mean nothing.

use super::random::Random;

/// The size of the text.
pub(super) const SIZE: usize = 222_218;
/// The most characters of a line, or a word more.
const LINE: usize = 68;

/// Small words, the frequent ones first.
const SMALL: &[&str] = &[
    "und", "die", "der", "das", "in", "zu", "den", "nicht", "ist", "er", "sie", "es", "mit", "von",
    "auf", "ein", "sich", "dem", "im", "so", "auch", "war", "wie", "eine", "als", "an", "nach",
    "für", "aus", "noch", "nur", "hat", "bei", "über", "wir", "ihr", "aber", "oder", "wenn",
    "doch", "um", "schon", "kein", "durch", "mehr", "dann", "wo", "nun", "hier", "wohl", "bis",
    "gegen", "ohne", "sehr", "dort", "während", "früh", "zwar", "sogar", "außer", "jener",
];
/// Stems of which the other words are made.
const STEMS: &[&str] = &[
    "geh", "seh", "komm", "nehm", "stell", "leg", "bau", "fahr", "trag", "sprech", "schreib",
    "les", "halt", "wart", "such", "find", "dreh", "zieh", "schlag", "fall", "brech", "bieg",
    "heb", "lauf", "steig", "schließ", "öffn", "führ", "hör", "rühr", "blüh", "glüh", "träum",
    "lös", "stör", "zähl", "wähl", "fütter", "wander", "klapper", "flüster", "wasser", "feld",
    "berg", "haus", "baum", "garten", "brücke", "straße", "mühle", "dorf", "stadt", "wolke",
    "regen", "sommer", "winter", "abend", "morgen", "licht", "schatten", "stein", "holz", "eisen",
    "glas", "korn", "brot", "milch", "käse", "apfel", "wein", "vogel", "pferd", "hund", "fuchs",
    "grün", "blau", "rot", "weiß", "schwarz", "groß", "klein", "alt", "jung", "warm", "kühl",
    "hell", "dunkel", "leise", "laut", "schnell", "schwer", "leicht", "rund", "spitz", "müde",
];
/// What stands before and behind a stem. Nothing is the most frequent.
const BEFORE: &[&str] = &[
    "", "", "", "", "ge", "be", "ver", "ent", "auf", "an", "ein", "aus", "er", "vor", "zer", "un",
    "über", "unter", "hin", "her", "ab", "nach",
];
const BEHIND: &[&str] = &[
    "", "", "en", "t", "te", "er", "ung", "e", "lich", "es", "end", "keit", "los", "bar", "chen",
    "schaft", "ig", "isch", "est",
];

/// Makes a text in UTF-8.
pub(super) fn make() -> Vec<u8> {
    let mut random = Random::new(3);
    let mut text = String::with_capacity(SIZE + 1024);
    let mut line = 0;
    while text.len() < SIZE {
        let words = 4 + random.below(14);
        for at in 0..words {
            let begin = text.len();
            word(at == 0, &mut random, &mut text);
            let is_last = at + 1 == words;
            if is_last {
                text.push_str(random.pick_common(&[".", "!", "?"]));
            } else if random.once_in(9) {
                text.push(',');
            }
            line += text.len() - begin + 1;
            let is_paragraph = is_last && random.once_in(6);
            if is_paragraph || line > LINE {
                text.push_str(if is_paragraph { "\n\n" } else { "\n" });
                line = 0;
            } else {
                text.push(' ');
            }
        }
    }
    let mut bytes = text.into_bytes();
    // Binary data: it may end within a character.
    bytes.truncate(SIZE);
    bytes
}

/// Adds a word: one of two is small.
fn word(is_first: bool, random: &mut Random, text: &mut String) {
    let begin = text.len();
    let is_noun = if random.once_in(2) {
        text.push_str(random.pick_common(SMALL));
        false
    } else {
        text.push_str(random.pick_common(BEFORE));
        text.push_str(random.pick(STEMS));
        text.push_str(random.pick_common(BEHIND));
        random.once_in(2)
    };
    if is_first || is_noun {
        let word = text.split_off(begin);
        let mut characters = word.chars();
        text.extend(characters.next().into_iter().flat_map(char::to_uppercase));
        text.push_str(characters.as_str());
    }
}
