//! Plans of faults as text: `latency=50ms,chunk=1-3,cut@head+frame3+1`.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::time::Duration;

use blocking_ws::testing::{At, Fault, Faults};

/// Adds to a plan what a text says. The error says what is wrong with which part of it.
pub(crate) fn add(plan: Faults, text: &str) -> Result<Faults, String> {
    text.split(',')
        .try_fold(plan, |plan, item| add_item(plan, item).map_err(|e| format!("{item:?} {e}")))
}

fn add_item(plan: Faults, item: &str) -> Result<Faults, String> {
    let (what, place) = match item.split_once('@') {
        Some((what, place)) => (what, Some(place)),
        None => (item, None),
    };
    let (name, value) = match what.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (what, None),
    };
    let is_setting =
        ["latency", "jitter", "rate", "chunk", "slow-close", "connections"].contains(&name);
    if is_setting {
        if place.is_some() {
            return Err("takes no place".to_owned());
        }
        let value =
            value.ok_or_else(|| format!("needs a value, such as {name}={}", usual(name)))?;
        return set(plan, name, value);
    }
    let fault = match (name, value) {
        ("cut", None) => Fault::Cut,
        ("reset", None) => Fault::Reset,
        ("stall", None) => Fault::Stall,
        ("corrupt", Some(bits)) => match hex(bits)?[..] {
            [bits] => Fault::Corrupt(bits),
            _ => return Err("takes one byte, such as corrupt=ff".to_owned()),
        },
        ("insert", Some(bytes)) => Fault::Insert(hex(bytes)?),
        ("drop", Some(bytes)) => Fault::Drop(number(bytes)?),
        // A shorter way to say it.
        ("cut" | "reset" | "stall", Some(bytes)) if place.is_none() => {
            return add_item(plan, &format!("{name}@{bytes}"));
        }
        ("cut" | "reset" | "stall", Some(_)) => return Err("takes one place".to_owned()),
        ("corrupt" | "insert" | "drop", None) => {
            return Err(format!("needs a value, such as {name}={}", usual(name)));
        }
        _ => return Err("is no fault; --help has all of them".to_owned()),
    };
    let place = place.ok_or_else(|| format!("needs a place, such as {what}@1000"))?;
    Ok(plan.after(at(place)?, fault))
}

fn set(plan: Faults, name: &str, value: &str) -> Result<Faults, String> {
    Ok(match name {
        "latency" => plan.latency(time(value)?),
        "jitter" => plan.jitter(time(value)?),
        "slow-close" => plan.slow_close(time(value)?),
        "rate" => plan.rate(above_zero(number(value)?)?),
        "chunk" => plan.chunk(range(value)?),
        _ => plan.on_connections(range(value)?),
    })
}

/// A value for an error.
fn usual(name: &str) -> &str {
    match name {
        "latency" | "jitter" => "50ms",
        "slow-close" => "1s",
        "rate" => "64k",
        "chunk" => "1-3",
        "connections" => "1",
        "corrupt" => "ff",
        "insert" => "8100",
        _ => "3",
    }
}

fn at(text: &str) -> Result<At, String> {
    let mut parts = text.split('+').peekable();
    let mut at = At::start();
    if parts.next_if_eq(&"head").is_some() {
        at = At::head();
    }
    for part in parts {
        at = match part.strip_prefix("frame") {
            Some(n) => at.frame(above_zero(number(n)?)?),
            None if part == "head" => return Err("has the head behind something else".to_owned()),
            None => at.byte(number(part)?),
        };
    }
    Ok(at)
}

/// Such as `1000` or `64k`.
fn number(text: &str) -> Result<usize, String> {
    let (digits, unit) = match text.strip_suffix(['k', 'K']) {
        Some(digits) => (digits, 1 << 10),
        None => match text.strip_suffix(['m', 'M']) {
            Some(digits) => (digits, 1 << 20),
            None => (text, 1),
        },
    };
    let number = digits.parse::<usize>().ok().and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| format!("has {text:?} where a number such as 1000 or 64k must be"))
}

fn above_zero(number: usize) -> Result<usize, String> {
    NonZeroUsize::new(number).map(NonZeroUsize::get).ok_or_else(|| "must be above 0".to_owned())
}

/// Such as `3`, `1-3` or `2-`.
fn range(text: &str) -> Result<RangeInclusive<usize>, String> {
    let (first, last) = match text.split_once('-') {
        Some((first, "")) => (number(first)?, usize::MAX),
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    above_zero(first)?;
    if first > last {
        return Err("is a range that ends before it begins".to_owned());
    }
    Ok(first..=last)
}

/// Such as `50ms` or `1.5s`.
fn time(text: &str) -> Result<Duration, String> {
    let (digits, unit) = match text.strip_suffix("ms") {
        Some(digits) => (digits, 1e-3),
        None => match text.strip_suffix('s') {
            Some(digits) => (digits, 1.0),
            None => ("", 1.0),
        },
    };
    let seconds = digits.parse::<f64>().ok().map(|number| number * unit);
    let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    time.ok_or_else(|| format!("has {text:?} where a time such as 50ms or 1.5s must be"))
}

fn hex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("has {text:?} where bytes such as 8100 must be, two digits each");
    let is_hex = text.bytes().all(|digit| digit.is_ascii_hexdigit());
    if !is_hex || text.is_empty() || text.len() % 2 != 0 {
        return Err(wrong());
    }
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong());
    (0..text.len()).step_by(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plans are compared as they are printed, with one seed.
    fn shown(plan: Faults) -> String {
        format!("{:?}", plan.seed(0))
    }

    #[test]
    fn a_plan_is_what_it_says() {
        let (new, ms) = (Faults::new, Duration::from_millis);
        for (text, plan) in [
            ("latency=50ms", new().latency(ms(50))),
            ("latency=1.5s,jitter=5ms", new().latency(ms(1500)).jitter(ms(5))),
            ("rate=64k,chunk=1", new().rate(64 << 10).chunk(1..=1)),
            ("chunk=1-3,rate=2M", new().rate(2 << 20).chunk(1..=3)),
            ("chunk=2-,slow-close=1s", new().chunk(2..).slow_close(ms(1000))),
            ("connections=2", new().on_connections(2..=2)),
            ("connections=2-3", new().on_connections(2..=3)),
            ("cut@1000", new().after(1000, Fault::Cut)),
            ("cut=1000", new().after(1000, Fault::Cut)),
            ("reset=head", new().after(At::head(), Fault::Reset)),
            ("stall@0", new().after(0, Fault::Stall)),
            ("cut@head+frame3+1", new().after(At::head().frame(3).byte(1), Fault::Cut)),
            ("cut@frame2", new().after(At::start().frame(2), Fault::Cut)),
            ("cut@5+frame2", new().after(At::from(5).frame(2), Fault::Cut)),
            (
                "corrupt=f0@1,drop=3@1k",
                new().after(1, Fault::Corrupt(0xF0)).after(1024, Fault::Drop(3)),
            ),
            ("insert=8100@head", new().after(At::head(), Fault::Insert(vec![0x81, 0]))),
        ] {
            assert_eq!(add(new(), text).map(shown), Ok(shown(plan)), "{text}");
        }
    }

    #[test]
    fn a_mistake_is_named() {
        for (text, want) in [
            ("", "\"\" is no fault; --help has all of them"),
            ("explode@1", "\"explode@1\" is no fault; --help has all of them"),
            ("latency", "\"latency\" needs a value, such as latency=50ms"),
            ("latency=50", "\"latency=50\" has \"50\" where a time such as 50ms or 1.5s must be"),
            (
                "latency=-1s",
                "\"latency=-1s\" has \"-1s\" where a time such as 50ms or 1.5s must be",
            ),
            ("chunk=1@5", "\"chunk=1@5\" takes no place"),
            ("chunk=0", "\"chunk=0\" must be above 0"),
            ("chunk=3-1", "\"chunk=3-1\" is a range that ends before it begins"),
            ("rate=0", "\"rate=0\" must be above 0"),
            ("rate=fast", "\"rate=fast\" has \"fast\" where a number such as 1000 or 64k must be"),
            ("cut", "\"cut\" needs a place, such as cut@1000"),
            ("cut=1@2", "\"cut=1@2\" takes one place"),
            ("cut@", "\"cut@\" has \"\" where a number such as 1000 or 64k must be"),
            ("cut@frame0", "\"cut@frame0\" must be above 0"),
            ("cut@1+head", "\"cut@1+head\" has the head behind something else"),
            ("corrupt@1", "\"corrupt@1\" needs a value, such as corrupt=ff"),
            ("corrupt=ffff@1", "\"corrupt=ffff@1\" takes one byte, such as corrupt=ff"),
            (
                "insert=abc@1",
                "\"insert=abc@1\" has \"abc\" where bytes such as 8100 must be, two digits each",
            ),
            ("drop=3", "\"drop=3\" needs a place, such as drop=3@1000"),
            ("chunk=1,,cut@1", "\"\" is no fault; --help has all of them"),
            ("chunk=1,cut@x", "\"cut@x\" has \"x\" where a number such as 1000 or 64k must be"),
        ] {
            assert_eq!(add(Faults::new(), text).unwrap_err(), want, "{text}");
        }
    }
}
