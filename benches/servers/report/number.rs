//! How a number is shown to people.

/// A number with three or four digits, or with commas between thousands.
pub(crate) fn number(value: f64) -> String {
    match value.abs() {
        ..1.0 => format!("{value:.3}"),
        1.0..10.0 => format!("{value:.2}"),
        10.0..1000.0 => format!("{value:.1}"),
        _ => {
            let digits = format!("{value:.0}");
            let mut text = String::new();
            for (at, digit) in digits.chars().enumerate() {
                let left = digits.len() - at;
                if left % 3 == 0 && text.ends_with(|it: char| it.is_ascii_digit()) {
                    text.push(',');
                }
                text.push(digit);
            }
            text
        }
    }
}
