use ws_conformance::report::html;

use crate::sample::{self, passed};

#[test]
fn each_case_has_a_cell_that_leads_to_its_details() {
    let first = sample::report();
    let mut second = sample::of(vec![passed("5.3", "a title"), passed("11.1", "a new one")]);
    second.tested.agent = "Another <agent>".to_owned();
    let page = html(&[first.clone(), second.clone()]);
    for (at, report) in [first, second].iter().enumerate() {
        for case in &report.cases {
            let anchor = format!("a{at}-{}", case.id);
            assert_eq!(page.matches(&format!("href=\"#{anchor}\"")).count(), 1, "{anchor}");
            assert_eq!(page.matches(&format!("id=\"{anchor}\"")).count(), 1, "{anchor}");
        }
    }
    assert!(page.contains("Another &lt;agent&gt;"));
    assert_eq!(page.matches("not run").count(), 9);
}

#[test]
fn nothing_of_a_peer_is_a_tag_or_a_command() {
    let page = html(&[sample::report()]);
    assert!(!page.contains("<script"));
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains(|c: char| c.is_control() && c != '\n' || c == '\u{202e}'));
    assert!(!page.contains("http:") && !page.contains("https:") && !page.contains("src="));
}

#[test]
fn what_stands_out_has_the_colour_of_its_outcome() {
    let page = html(&[sample::report()]);
    for (class, count) in [("cell", 3), ("tag", 4), ("case", 3), ("why", 3)] {
        assert_eq!(page.matches(&format!("class=\"{class} fail\"")).count(), count, "{class}");
    }
    // Browsers ignore the second of two.
    let tags = page.split('<').filter(|tag| tag.matches(" class=").count() > 1);
    assert_eq!(tags.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn long_logs_are_cut_in_the_middle() {
    let mut long = passed("5.3", "a title");
    let entry = long.wire[2].clone();
    long.wire = vec![entry; 10_000];
    let page = html(&[sample::of(vec![long])]);
    assert_eq!(page.matches("-&gt; TEXT").count(), 60);
    assert!(page.contains("… 9940 entries are left out …"));
}

#[test]
fn a_page_of_all_cases_is_not_too_large() {
    let cases = (1..=517).map(|n| passed(&format!("5.{n}"), "a title")).collect();
    let len = html(&[sample::of(cases)]).len();
    assert!(len < 4 << 20, "{len} bytes");
}
