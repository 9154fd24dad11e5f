use ws_conformance::cases;

#[test]
fn each_case_is_told_in_whole_sentences() {
    for case in cases::all() {
        let mut sentences = case.sends();
        assert!(sentences.len() >= 2, "{}: what is sent, and the timer", case.id);
        sentences.extend([case.wishes(), case.expected_end()]);
        sentences.extend(case.may_be_instead());
        for sentence in sentences {
            let starts = sentence.starts_with(|c: char| c.is_uppercase() || c == '…');
            let ends = sentence.ends_with(['.', '…']);
            let is_plain = !sentence.contains("  ") && !sentence.contains(char::is_control);
            assert!(starts && ends && is_plain, "{}: {sentence:?}", case.id);
        }
    }
}
