//! The same name without the tables of IDNA.

/// Fails, because the tables are not compiled in. The error says what to do.
pub(crate) fn to_ascii(_name: &str) -> Result<String, &'static str> {
    Err(
        "its host is not ASCII; write the name as DNS has it, as xn--..., or enable the feature `idn` of \
         blocking-ws",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_which_feature_is_missing() {
        assert!(to_ascii("b\u{fc}cher.example").is_err_and(|why| why.contains("`idn`")));
    }
}
