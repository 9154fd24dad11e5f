//! User names and passwords that must show nowhere.

use crate::journal::said;

/// `YWxp` and `ZXZl` are how Basic authentication writes the beginnings of `ali:` and `eve:`.
const SECRETS: [&str; 6] = ["ali:", "sesame", "YWxp", "eve:", "simsim", "ZXZl"];

/// Looks for secrets in what is shown, and in all that was logged.
pub fn assert_unseen(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        let logged = said(secret);
        assert!(logged.is_empty(), "{secret} in {logged:?}");
    }
}
