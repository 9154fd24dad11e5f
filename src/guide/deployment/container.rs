//! A container: one static program and nothing else.
//!
//! With the feature `rustls` and the target `x86_64-unknown-linux-musl` a program needs no file of a system: no
//! libc, no OpenSSL, no shell. This makes an image of the example `container_server`, of 5 MB. In a project of
//! your own, leave out the options from `-p` to `--example`, and take `/src/target/…/release/NAME`.
//!
//! ```dockerfile
//! # Dockerfile
//! FROM rust:1-bookworm AS build
//! RUN apt-get update && apt-get install -y musl-tools && rustup target add x86_64-unknown-linux-musl
//! WORKDIR /src
//! COPY . .
//! RUN cargo build --release --locked --target x86_64-unknown-linux-musl -p blocking-ws-examples \
//!     --no-default-features --features rustls,deflate --example container_server
//!
//! FROM scratch
//! COPY --from=build /src/target/x86_64-unknown-linux-musl/release/examples/container_server /server
//! COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
//! USER 65534:65534
//! EXPOSE 9001
//! ENV RUST_LOG=info
//! STOPSIGNAL SIGTERM
//! HEALTHCHECK --interval=10s --timeout=3s --start-period=2s \
//!     CMD ["/server", "--check", "ws://127.0.0.1:9001/"]
//! ENTRYPOINT ["/server", "--addr", "0.0.0.0:9001", "--log", "json"]
//! ```
//!
//! Put `target` and `.git` into `.dockerignore`. Build the image, and run it:
//!
//! ```sh
//! docker build --tag echo .
//! docker run --detach --name echo --publish 9001:9001 --read-only --cap-drop ALL \
//!     --security-opt no-new-privileges --ulimit nofile=16384 --pids-limit 10100 \
//!     --memory 2g --stop-timeout 15 echo
//! docker inspect echo --format '{{.State.Health.Status}}'    # healthy
//! docker logs echo
//! docker stop echo                                           # exit code 0
//! ```
//!
//! # Signals
//!
//! The server is process 1 of the container. The kernel ignores SIGTERM and SIGINT for process 1 unless the program
//! has a handler for them. Without one, `docker stop` waits ten seconds and then kills the program. The example
//! has the handler of [`recipes`](crate::guide::recipes#stop-on-ctrl-c-and-sigterm): it shuts the server down and
//! exits with 0.
//!
//! - `--stop-timeout`, or `terminationGracePeriodSeconds` of Kubernetes, must be longer than the deadline of
//!   [`shutdown`](crate::ServerHandle::shutdown) and two seconds.
//! - Write `ENTRYPOINT` as a list. As a plain text it needs a shell, which `scratch` does not have, and which
//!   would not pass the signal on.
//! - The library starts no processes, so process 1 has no zombies to collect. A program that starts some needs
//!   `docker run --init`.
//!
//! # Addresses
//!
//! Listen on `0.0.0.0` or `[::]`. At `127.0.0.1` nobody outside the container reaches the server. Clients
//! of the published port come from the address of Docker's bridge or proxy, depending on its settings. So never
//! name that network with [`trusted_proxy`](crate::Server::trusted_proxy) while the port is published: clients could
//! then say who they are. If the proxy is a container, make a network for the two (`docker network create --subnet
//! 172.30.0.0/24 echo`), publish the proxy's port only, and call `trusted_proxy("172.30.0.0/24")`.
//!
//! # The health check
//!
//! There is no `curl` in the image, so the program checks itself: `--check` opens a connection, closes it and
//! exits with 0 or 1. It also finds a server that accepts and does not answer. Kubernetes can ask the page
//! `/health` with `httpGet`.
//!
//! # What is missing in `scratch`
//!
//! | Missing | Who needs it | What to do |
//! |---|---|---|
//! | CA certificates | clients of `wss://` | copy `ca-certificates.crt` as above. Without it a client says `TLS failed: connector: the system has no root certificates, …`. Or give it roots: [`root_certificate_pem`](crate::Client::root_certificate_pem) |
//! | `/etc/resolv.conf`, `/etc/hosts` | clients that connect to names | Docker and Kubernetes add them. Without a network, or without them, a client says `failed to lookup address information: Try again` |
//! | `/etc/nsswitch.conf`, `mDNS`, LDAP | names that are not in DNS | musl asks DNS and `/etc/hosts` only |
//! | `/etc/passwd` | `USER` with a name | give numbers |
//! | time zones | programs that show local times | the library uses none. Copy `/usr/share/zoneinfo`, or show UTC |
//! | `/tmp` | programs that make files | `--tmpfs /tmp` |
//! | a shell | you, when you look for a fault | `docker logs`; `nsenter`, or a second container with `--pid container:echo` |
//!
//! # musl
//!
//! - **Stacks.** A thread that C makes with musl has 128 KiB. Threads of Rust have 2 MiB there too, and those of
//!   connections what [`stack_size`](crate::Server::stack_size) says.
//! - **Memory.** With 10,000 open connections the process was smaller with musl than with glibc: 165 MB to 229 MB.
//! - **Speed.** The allocator and `memcpy` of musl are slow. A server that sent messages back took 6.6 µs of the
//!   processor for a message of 1,000 bytes in place of 5.6 µs, and 100 µs for one of 30,000 bytes in place of
//!   35 µs. If that matters to you, take `debian:bookworm-slim` in place of `scratch`, and build without
//!   `--target`.
//! - **Other allocators.** With `mimalloc` the messages of 30,000 bytes took 70 µs, but 10,000 connections took
//!   5.3 GB in place of 165 MB, because it keeps memory for each thread. Measure before you choose one.
//! - **TLS.** The feature `tls` needs OpenSSL for musl: use `rustls`, or `tls-vendored`.
