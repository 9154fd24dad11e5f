use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use serde_json::{Value, json};
use ws_conformance::report::{Report, autobahn};

use crate::golden::check;
use crate::sample;

/// The keys of a case file of autobahntestsuite 25.10.1.
const KEYS: &str = "agent behavior behaviorClose case closedByMe createStats createWirelog \
                    description droppedByMe duration expectation expected expectedClose failedByMe \
                    httpRequest httpResponse id isServer localCloseCode localCloseReason received \
                    remoteCloseCode remoteCloseReason reportCompressionRatio reportTime result \
                    resultClose rxFrameStats rxOctetStats started trafficStats txFrameStats \
                    txOctetStats wasClean wasCloseHandshakeTimeout wasNotCleanReason \
                    wasOpenHandshakeTimeout wasServerConnectionDropTimeout wirelog";

/// The keys of its `trafficStats`, if the case is about compression.
const TRAFFIC_KEYS: &str = "incomingCompressionRatio incomingOctetsAppLevel \
                            incomingOctetsWebSocketLevel incomingOctetsWireLevel \
                            incomingWebSocketFrames incomingWebSocketMessages \
                            incomingWebSocketOverhead outgoingCompressionRatio \
                            outgoingOctetsAppLevel outgoingOctetsWebSocketLevel \
                            outgoingOctetsWireLevel outgoingWebSocketFrames \
                            outgoingWebSocketMessages outgoingWebSocketOverhead \
                            preopenIncomingOctetsWireLevel preopenOutgoingOctetsWireLevel";

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("ws-conformance-{name}-{}", process::id());
        Self(env::temp_dir().join(name))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that stays harms nothing.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn write(reports: &[Report], folder: &Path) {
    autobahn::write(reports, folder).unwrap();
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn words(list: &str) -> BTreeSet<&str> {
    list.split_whitespace().collect()
}

#[test]
fn an_index_and_a_file_for_each_case() {
    let folder = Folder::new("index");
    write(&[sample::report()], &folder.0);
    check("index.json", &folder.read("index.json"));
    check("my_server_1_0_case_5_17.json", &folder.read("my_server_1_0_case_5_17.json"));
    let index = folder.json("index.json");
    for (id, case) in index["My Server/1.0"].as_object().unwrap() {
        let file = folder.json(case["reportfile"].as_str().unwrap());
        assert_eq!(keys(&file), words(KEYS), "{id}");
        assert_eq!(file["id"], *id);
        for same in ["behavior", "behaviorClose", "duration", "remoteCloseCode"] {
            assert_eq!(file[same], case[same], "{id} {same}");
        }
    }
}

#[test]
fn keys_that_not_each_case_has() {
    let folder = Folder::new("keys");
    write(&[sample::report()], &folder.0);
    let compressed = folder.json("my_server_1_0_case_12_1_2.json");
    assert_eq!(keys(&compressed["trafficStats"]), words(TRAFFIC_KEYS));
    assert_eq!(compressed["trafficStats"]["incomingCompressionRatio"], 0.773_265_625);
    assert_eq!(compressed["trafficStats"]["incomingWebSocketOverhead"], 6_000.0 / 49_489.0);
    assert_eq!(compressed["reportCompressionRatio"], true);
    let plain = folder.json("my_server_1_0_case_5_3.json");
    assert_eq!(plain["trafficStats"], Value::Null);
    let close = words("closedByMe closeCode requireClean");
    assert_eq!(keys(&plain["expectedClose"]), close);
    let fatal = folder.json("my_server_1_0_case_6_4_1.json");
    let all = words("closedByMe closeCode requireClean closedByWrongEndpointIsFatal");
    assert_eq!(keys(&fatal["expectedClose"]), all);
    assert_eq!(fatal["received"], json!([["timeout", "A"], ["timeout", "B"]]));
    let expected = json!({
        "OK": [["timeout", "A"]],
        "NON-STRICT": [["timeout", "A"], ["timeout", "B"]],
    });
    assert_eq!(fatal["expected"], expected);
    assert_eq!(compressed["expected"], json!({}));
    let odd = folder.json("my_server_1_0_case_2_5.json");
    assert_eq!(odd["received"][1][1].as_str().unwrap().len(), 64 + " ...".len());
    assert_eq!(odd["received"][1][2], true);
    let unanswered = folder.json("my_server_1_0_case_1_1_1.json");
    assert_eq!(unanswered["httpResponse"], "");
    assert_eq!(unanswered["remoteCloseCode"], Value::Null);
}

#[test]
fn agents_that_are_there_are_kept() {
    let folder = Folder::new("agents");
    let mut report = sample::of(vec![sample::passed("5.3", "a"), sample::passed("5.4", "b")]);
    write(std::slice::from_ref(&report), &folder.0);
    report.tested.agent = "second".to_owned();
    let mut third = report.clone();
    third.tested.agent = "Third".to_owned();
    write(&[report, third], &folder.0);
    let index = folder.json("index.json");
    assert_eq!(keys(&index), words_of(&["My Server/1.0", "Third", "second"]));
    // An agent that is tested again is replaced.
    write(&[sample::of(vec![sample::passed("5.3", "a")])], &folder.0);
    let index = folder.json("index.json");
    assert_eq!(keys(&index), words_of(&["My Server/1.0", "Third", "second"]));
    assert_eq!(keys(&index["My Server/1.0"]), words_of(&["5.3"]));
    assert_eq!(keys(&index["second"]), words_of(&["5.3", "5.4"]));
}

fn words_of<'a>(words: &[&'a str]) -> BTreeSet<&'a str> {
    words.iter().copied().collect()
}

#[test]
fn a_folder_with_another_index_is_left_alone() {
    let folder = Folder::new("other");
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("index.json"), "[1, 2]").unwrap();
    let error = autobahn::write(&[sample::report()], &folder.0).unwrap_err();
    assert!(error.to_string().contains("choose another folder"), "{error}");
    assert_eq!(folder.read("index.json"), "[1, 2]");
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 1);
}
