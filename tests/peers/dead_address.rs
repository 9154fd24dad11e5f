//! A name whose first address is dead, in a network of its own, with curl beside us (RFC 8305).
//! Skipped where a program cannot have such a network.
#![cfg(target_os = "linux")]

use std::env;
use std::process::Command;
use std::time::{Duration, Instant};

use blocking_ws::{Client, Error, Server};

use test_support::daemon::Scratch;
use test_support::installed::{program, skipped};

/// Set for the process that this test starts of itself, in the new network.
const INSIDE: &str = "BLOCKING_WS_TEST_DEAD_ADDRESS";

/// Makes `2001:db8::2` an address that swallows all that it is sent: its neighbour is known and does not
/// exist. The file with the names is that of the new network alone.
const NETWORK: &str = "
    ip link set lo up || exit 9
    ip link add d0 type dummy || { ip link add d0 type veth peer name d1 && ip link set d1 up; } || exit 9
    ip link set d0 up || exit 9
    ip -6 addr add 2001:db8::1/64 dev d0 nodad || exit 9
    ip -6 neigh add 2001:db8::2 lladdr 02:00:00:00:00:02 dev d0 nud permanent || exit 9
    mount --bind \"$1\" /etc/hosts || exit 9
    exec \"$2\" --exact dead_address::rfc_8305_a_dead_address_costs_a_quarter_of_a_second --nocapture
";

#[test]
fn rfc_8305_a_dead_address_costs_a_quarter_of_a_second() {
    if env::var_os(INSIDE).is_some() {
        return inside();
    }
    let (Some(unshare), Some(_)) = (program("unshare"), program("ip")) else {
        return skipped("unshare or ip");
    };
    let files = Scratch::new();
    let hosts = files.write("hosts", "2001:db8::2 dead.test\n127.0.0.1 dead.test\n");
    let mut command = Command::new(unshare);
    command.args(["--map-root-user", "--net", "--mount", "sh", "-c", NETWORK, "sh"]);
    command.arg(hosts).arg(env::current_exe().unwrap()).env(INSIDE, "1");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let failed = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() && !said.contains("running 1 test") {
        return skipped(&format!("a network of one's own ({})", failed.trim()));
    }
    assert!(output.status.success() && said.contains("it took"), "{said}{failed}");
    print!("{said}");
}

fn inside() {
    let server = Server::bind("127.0.0.1:0").unwrap().spawn(|ws| ws.send("hello")).unwrap();
    let place = format!("dead.test:{}", server.local_addr().unwrap().port());
    // If one address after the other were tried, the system would give the first one up after two
    // minutes.
    let client = Client::new().connect_timeout(Duration::from_secs(60));
    for _ in 0..3 {
        let begun = Instant::now();
        let mut ws = client.connect(&format!("ws://{place}/")).unwrap();
        let took = begun.elapsed();
        assert_eq!(ws.recv().unwrap(), Some("hello".into()));
        println!("it took {took:.0?}");
        assert!(took >= Duration::from_millis(250), "the dead address comes first: {took:?}");
        assert!(took < Duration::from_secs(20), "{took:?}");
    }
    let begun = Instant::now();
    // The server is no proxy, and says so.
    let outcome = client.proxy(&format!("http://{place}")).connect("ws://h/");
    assert!(matches!(outcome, Err(Error::Proxy(_))), "{outcome:?}");
    println!("to a proxy it took {:.0?}", begun.elapsed());
    assert!(begun.elapsed() < Duration::from_secs(20), "{:?}", begun.elapsed());

    let client = Client::new().connect_timeout(Duration::from_millis(400));
    let text = client.connect("ws://dead.test:9/").unwrap_err().to_string();
    for fate in ["[2001:db8::2]:9: connection timed out", "127.0.0.1:9: Connection refused"] {
        assert!(text.contains(fate), "{text}");
    }

    let Some(curl) = program("curl") else { return skipped("curl") };
    let mut curl = Command::new(curl);
    curl.args(["-s", "-o", "/dev/null", "-w", "%{time_connect}", &format!("http://{place}/")]);
    println!("curl took {} s", String::from_utf8_lossy(&curl.output().unwrap().stdout));
}
