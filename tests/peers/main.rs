//! Other programs at the other end or between the two. What is not installed is skipped.

mod browser;
mod dead_address;
mod embedded;
mod events;
mod faults_of_tungstenite;
mod pings;
mod proxies;
mod reverse_proxy;
mod secure;
mod secure_proxies;
mod shown_proxies;
mod trusting_browsers;
mod tungstenite;
