//! The setters that `Settings`, servers and clients have in common.

/// Defines the methods, for a type whose fields at these paths are `Timeouts`, `Limits` and `Taps`.
///
/// The texts: whose settings these are, what pings do by default, and the head that is limited.
macro_rules! connection_settings {
    (
        timeouts: $($timeouts:ident).+,
        limits: $($limits:ident).+,
        taps: $($taps:ident).+,
        of: $of:literal,
        ping_interval: $pings:literal,
        pong_timeout: $pongs:literal,
        head: $head:literal,
        too_long: $too_long:literal,
        too_many: $too_many:literal,
    ) => {
        #[doc = concat!("Sets [`WebSocket::set_write_timeout`](crate::WebSocket::set_write_timeout)", $of, "; 30 seconds by default.")]
        pub fn write_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.write = timeout.into();
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_close_timeout`](crate::WebSocket::set_close_timeout)", $of, "; 5 seconds by default.")]
        pub fn close_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.close = timeout.into();
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_stall_timeout`](crate::WebSocket::set_stall_timeout)", $of, "; 30 seconds by default.")]
        pub fn stall_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.stall = timeout.into();
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_ping_interval`](crate::WebSocket::set_ping_interval)", $of, "; ", $pings)]
        pub fn ping_interval(mut self, interval: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.pings = $crate::connection::Pings::Every(interval.into());
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_pong_timeout`](crate::WebSocket::set_pong_timeout)", $of, "; ", $pongs)]
        pub fn pong_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.pong = timeout.into();
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_idle_timeout`](crate::WebSocket::set_idle_timeout)", $of, "; off by default.")]
        pub fn idle_timeout(mut self, timeout: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.idle = timeout.into();
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_max_lifetime`](crate::WebSocket::set_max_lifetime)", $of, ", from when it is open; off by default.")]
        pub fn max_lifetime(mut self, lifetime: impl Into<Option<Duration>>) -> Self {
            self.$($timeouts).+.lifetime = lifetime.into();
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_max_message_size`](crate::WebSocket::set_max_message_size)", $of, "; 16 MiB by default.")]
        pub fn max_message_size(mut self, bytes: usize) -> Self {
            self.$($limits).+.message = bytes;
            self
        }

        #[doc = concat!("Sets [`WebSocket::set_max_stream_size`](crate::WebSocket::set_max_stream_size)", $of, "; 16 MiB by default.")]
        /// `None` means no limit.
        pub fn max_stream_size(mut self, bytes: impl Into<Option<u64>>) -> Self {
            self.$($limits).+.set_stream(bytes.into());
            self
        }

        #[doc = concat!("Limits the head of ", $head, ", in bytes; 16 KiB by default.", $too_long)]
        pub fn max_head_size(mut self, bytes: usize) -> Self {
            self.$($limits).+.head = bytes;
            self
        }

        #[doc = concat!("Limits the number of header lines in ", $head, "; 100 by default.", $too_many)]
        pub fn max_headers(mut self, lines: usize) -> Self {
            self.$($limits).+.headers = lines;
            self
        }

        /// Shows `tap` the bytes of each connection, with TLS removed. Call it once for each tap. See
        /// [`Tap`](crate::Tap) for an example.
        pub fn tap(mut self, tap: impl $crate::transport::Tap + 'static) -> Self {
            self.$($taps).+.add(tap);
            self
        }
    };
}
pub(crate) use connection_settings;
