//! Certificates that are renewed while the server runs.
//!
//! A certificate of Let's Encrypt lasts 90 days or less.
//! [`ServerHandle::set_identity`](crate::ServerHandle::set_identity) shows another certificate from the next
//! handshake on. Open connections go on with the old one. A certificate or key that cannot be used is refused, and
//! the server goes on with what it had. Both TLS libraries can do this. [`tls`](crate::guide::tls) has all else
//! about certificates.
//!
//! # Watch the files
//!
//! A thread reads the files every minute, and hands them to the server when they have changed:
//!
//! ```
//! use std::path::Path;
//! use std::{fs, io, thread};
//! use std::time::Duration;
//!
//! use blocking_ws::{Identity, Result, ServerHandle};
//!
//! /// What the files hold: the certificate chain, and the key.
//! type Content = (Vec<u8>, Vec<u8>);
//!
//! fn read(folder: &Path) -> io::Result<Content> {
//!     Ok((fs::read(folder.join("fullchain.pem"))?, fs::read(folder.join("privkey.pem"))?))
//! }
//!
//! fn renew(server: &ServerHandle, folder: &Path, shown: &mut Content) -> Result<()> {
//!     let content = read(folder)?;
//!     if content != *shown {
//!         server.set_identity(&Identity::from_pem(&content.0, &content.1)?)?;
//!         *shown = content;
//!     }
//!     Ok(())
//! }
//!
//! fn watch(server: ServerHandle, folder: &'static Path, mut shown: Content) {
//!     thread::spawn(move || loop {
//!         thread::sleep(Duration::from_secs(60));
//!         if let Err(e) = renew(&server, folder, &mut shown) {
//!             eprintln!("the old certificate stays: {e}");
//!         }
//!     });
//! }
//! ```
//!
//! - The content is compared, not the date. `certbot` replaces links, and a link to an older file has an older
//!   date.
//! - Certificate and key are two files, and one is written before the other. In between they do not belong
//!   together, `set_identity` refuses them, and the next look finds both.
//! - The dates in the certificate are not checked. Let your monitoring connect and look:
//!   `openssl s_client -connect chat.example:443 < /dev/null | openssl x509 -noout -checkend 864000` fails if the
//!   certificate ends within ten days.
//!
//! The example `renewing_server` does the same, and looks at once after SIGHUP:
//!
//! ```sh
//! cargo run --example renewing_server -- --tls-cert fullchain.pem --tls-key privkey.pem
//! ```
//!
//! # certbot
//!
//! `certbot` gets certificates from Let's Encrypt and other authorities that speak ACME, and a timer renews
//! them. Its files belong to root. This script copies them for a group that the server belongs to, and tells the
//! server. Make it executable.
//!
//! ```sh
//! #!/bin/sh
//! # /usr/local/sbin/echo-certificate
//! # certbot says where the new files are.
//! set -eu
//! to=${TO:-/etc/echo}
//! for name in fullchain.pem privkey.pem; do
//!     # Moved at the end, so that the server never reads half a file.
//!     install -m 640 -g "${GROUP:-echo-tls}" "$RENEWED_LINEAGE/$name" "$to/$name.new"
//!     mv "$to/$name.new" "$to/$name"
//! done
//! systemctl kill --signal=HUP echo.service || true
//! ```
//!
//! Get the first certificate, and test the renewal. `certbot` remembers the script, and runs it after this and each
//! later renewal, but not in the test:
//!
//! ```sh
//! groupadd --system echo-tls
//! install -d -m 750 -g echo-tls /etc/echo
//! certbot certonly --standalone --domain chat.example --deploy-hook /usr/local/sbin/echo-certificate
//! certbot renew --dry-run
//! ```
//!
//! `--standalone` answers the authority at port 80 for a moment. If another program has that port, such as nginx,
//! use `--webroot`.
//!
//! - `SupplementaryGroups=echo-tls` in the unit puts the server into the group, also with `DynamicUser=yes`
//!   ([`systemd`](super::systemd)).
//! - A program that does not catch SIGHUP is ended by it. Leave the last line out if your program only watches.
//! - In a container, mount the folder, not the files: a mounted file stays the old one when it is replaced.
//!
//! # Or let a proxy do it
//!
//! A proxy such as Caddy gets and renews certificates by itself: see [`proxies`](super::proxies).
