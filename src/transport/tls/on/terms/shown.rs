//! [`Shown`]: the identities that a server shows.

/// What a server shows to its clients. `I` is an identity, or its form in a library.
pub(crate) struct Shown<'a, I> {
    /// For clients that ask for no other name.
    pub(crate) identity: &'a I,
    /// For clients that ask for a name. It is in small letters, or begins with `*.`.
    pub(crate) named: Vec<(&'a str, &'a I)>,
}

impl<'a, I> Shown<'a, I> {
    /// The same in a library's own form, or why that cannot take an identity.
    pub(crate) fn by<J>(
        &self,
        form: impl Fn(&'a I) -> &'a Result<J, String>,
    ) -> Result<Shown<'a, J>, String> {
        let identity = form(self.identity).as_ref().map_err(Clone::clone)?;
        let of_name = |(name, identity): &(&'a str, &'a I)| match form(identity) {
            Ok(identity) => Ok((*name, identity)),
            Err(why) => Err(format!("{name}: {why}")),
        };
        Ok(Shown { identity, named: self.named.iter().map(of_name).collect::<Result<_, _>>()? })
    }
}
