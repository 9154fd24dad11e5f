//! JSON: a list of records that differ in a few numbers and words.

use std::fmt::Write as _;

use super::random::Random;

/// The size that is aimed at.
pub(super) const SIZE: usize = 194_056;
/// Words that records have.
const PLACES: &[&str] = &["harbour", "airport", "old town", "lighthouse", "north ridge", "mill"];
const STATES: &[&str] = &["ok", "ok", "ok", "calibrating", "offline"];

/// Makes a JSON array, ASCII only.
pub(super) fn make() -> Vec<u8> {
    let mut random = Random::new(1);
    let mut json = String::with_capacity(SIZE + 1024);
    json.push('[');
    for id in 1.. {
        record(id, &mut random, &mut json);
        if json.len() + 2 >= SIZE {
            break;
        }
        json.push(',');
    }
    json.push_str("\n]\n");
    json.into_bytes()
}

fn record(id: u32, random: &mut Random, json: &mut String) {
    let place = random.pick(PLACES);
    let state = random.pick(STATES);
    let (celsius, tenth) = (random.below(30), random.below(10));
    let pressure = 980 + random.below(50);
    let humidity = 5 * random.below(20);
    let (minute, second) = (random.below(60), random.below(60));
    let checksum = random.below(u32::MAX);
    // A String takes everything.
    let _ = write!(
        json,
        r#"
  {{
    "id": {id},
    "type": "measurement",
    "station": {{
      "place": "{place}",
      "country": "Nowhere",
      "owner": "Office of Weather and Tides",
      "position": {{ "latitude": 53.5413, "longitude": 9.9842, "altitude": null }}
    }},
    "state": "{state}",
    "time": {{ "hour": 12, "minute": {minute}, "second": {second} }},
    "values": [
      {{ "name": "temperature", "unit": "celsius", "value": {celsius}.{tenth} }},
      {{ "name": "pressure", "unit": "hectopascal", "value": {pressure} }},
      {{ "name": "humidity", "unit": "percent", "value": {humidity} }}
    ],
    "tags": ["public", "hourly", "unverified"],
    "corrected": false,
    "checksum": "{checksum:08x}"
  }}"#
    );
}
