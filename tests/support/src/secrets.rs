//! User names and passwords that must show nowhere.

use crate::journal::said;

/// `YWxpO` and `ZXZlO` are how Basic authentication writes the beginnings of `ali:` and `eve:`. A
/// random key has four such letters once in 700,000 times, and the log has many keys.
const SECRETS: [&str; 6] = ["ali:", "sesame", "YWxpO", "eve:", "simsim", "ZXZlO"];

/// Looks for secrets in what is shown, and in all that was logged.
pub fn assert_unseen(shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {shown}");
        let logged = said(secret);
        assert!(logged.is_empty(), "{secret} in {logged:?}");
    }
}
