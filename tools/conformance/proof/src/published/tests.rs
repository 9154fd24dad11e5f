use std::fs;
use std::path::Path;

use blocking_ws::Role;
use ws_conformance::report::{Behavior, BehaviorClose};

use super::*;

fn published(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../reports/published").join(name);
    // A checkout on Windows may have other ends of lines.
    fs::read_to_string(&path).unwrap().replace("\r\n", "\n")
}

fn published_index() -> Index {
    Index::parse(&published("index.json")).unwrap()
}

fn published_run() -> About {
    serde_json::from_str(&published("run.json")).unwrap()
}

fn of(behavior: &str, close: &str) -> Vec<u8> {
    format!(
        r#"{{"agent": {{"1.1.1": {{"behavior": "{behavior}", "behaviorClose": "{close}", "duration": 2,
            "remoteCloseCode": null, "reportfile": "x.json"}}}}}}"#
    )
    .into_bytes()
}

#[test]
fn the_page_is_made_of_the_index() {
    let page = page(&published_index(), &published_run());
    // Not `assert_eq`, which would print both.
    assert!(
        page == published("index.html"),
        "index.html is not what index.json and run.json make. Do not edit it; run \
         `cargo run --release -p ws-conformance-proof --bin published -- --render`"
    );
    assert!(page.len() < 300_000, "{}", page.len());
}

#[test]
fn the_index_has_all_cases_of_both_suites_and_is_as_it_is_written() {
    let (index, run) = (published_index(), published_run());
    for column in Column::ALL {
        let cases = index.cases(column);
        assert_eq!(cases.len(), 517, "{column}");
        let failed: Vec<_> = cases.iter().filter(|(_, entry)| !entry.passed()).collect();
        assert!(failed.is_empty(), "{column}: {failed:?}");
        assert!(run.runs.contains_key(&column.to_string()), "{column}");
    }
    assert_eq!(index.text().unwrap(), published("index.json"));
}

#[test]
fn runs_of_another_version_or_machine_do_not_stand_on_one_page() {
    let here = About::this_machine();
    assert_eq!(here.fits(&here), Ok(()));
    let older = About { version: "0.0.1".to_owned(), ..here.clone() };
    let elsewhere = About { machine: "a PDP-11".to_owned(), ..here.clone() };
    for (stored, name) in [(older, "0.0.1"), (elsewhere, "PDP-11")] {
        let why = stored.fits(&here).unwrap_err();
        assert!(why.contains(name) && why.contains("--only"), "{why}");
    }
}

#[test]
fn an_index_survives_its_text() {
    let mut index = Index::default();
    index.put_original(Role::Client, &of("NON-STRICT", "WRONG CODE")).unwrap();
    let entry = Entry {
        behavior: Behavior::NonStrict,
        behavior_close: BehaviorClose::WrongCode,
        duration: 2,
        remote_close_code: None,
    };
    let column = Column { by: By::Original, role: Role::Client };
    let id = "1.1.1".parse().unwrap();
    assert_eq!(index.cases(column), &Cases::from([(id, entry)]));
    assert_eq!(Index::parse(&index.text().unwrap()), Ok(index));
    assert!(Index::default().put_original(Role::Client, br#"{"a": {}, "b": {}}"#).is_err());
}

#[test]
fn what_has_not_passed_and_what_differs_is_shown() {
    let about = About::this_machine();
    let one = |ours: &[u8], original: &[u8]| {
        let mut index = Index::default();
        // The format of both is the same.
        index.put_original(Role::Server, ours).unwrap();
        let text = index.text().unwrap().replace("Autobahn", "ws-conformance");
        let mut index = Index::parse(&text).unwrap();
        index.put_original(Role::Server, original).unwrap();
        page(&index, &about)
    };
    let same = one(&of("OK", "OK"), &of("OK", "OK"));
    let other = one(&of("OK", "OK"), &of("FAILED", "UNCLEAN"));
    assert!(same.contains("<p>None: in both roles"));
    assert!(!other.contains("<p>None: in both roles"));
    assert!(
        other.contains("<td>OK / OK, no code</td><td>FAILED / UNCLEAN, no code</td>"),
        "{other}"
    );
    assert!(other.contains(r#"<td class="bad">FAILED / UNCLEAN</td>"#));
    assert!(!same.contains("FAILED"));
}
