//! What a stream of a test leaves to the stream inside it, or does not have.

/// Stands in an `impl Duplex`: the field with this name or number has the timeouts and the shutdown.
///
/// ```ignore
/// impl Duplex for Waits {
///     test_support::timeouts_and_shutdown_of!(0);
/// ```
#[macro_export]
macro_rules! timeouts_and_shutdown_of {
    ($field:tt) => {
        fn set_read_timeout(&self, timeout: Option<std::time::Duration>) -> std::io::Result<()> {
            self.$field.set_read_timeout(timeout)
        }

        fn set_write_timeout(&self, timeout: Option<std::time::Duration>) -> std::io::Result<()> {
            self.$field.set_write_timeout(timeout)
        }

        fn shutdown(&self, how: std::net::Shutdown) -> std::io::Result<()> {
            self.$field.shutdown(how)
        }
    };
}

/// Stands in an `impl Duplex`: the stream ignores timeouts and shutdowns.
#[macro_export]
macro_rules! timeouts_and_shutdown_ignored {
    () => {
        fn set_read_timeout(&self, _: Option<std::time::Duration>) -> std::io::Result<()> {
            Ok(())
        }

        fn set_write_timeout(&self, _: Option<std::time::Duration>) -> std::io::Result<()> {
            Ok(())
        }

        fn shutdown(&self, _: std::net::Shutdown) -> std::io::Result<()> {
            Ok(())
        }
    };
}
