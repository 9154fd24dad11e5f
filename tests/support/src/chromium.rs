//! A headless Chromium, driven by the `DevTools` protocol over this library's own client.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use blocking_ws::WebSocket;
use serde_json::{Value, json};

use crate::program::PATIENCE;

/// What a browser takes to start on a loaded machine.
const START: Duration = Duration::from_secs(30);

/// A browser of the test's own; it is killed when the test is over.
pub struct Chromium {
    devtools: WebSocket,
    url: String,
    calls: u64,
    _process: Process,
}

/// A page that is open in it.
pub struct Tab(String);

/// Its processes and what they have on disk.
struct Process {
    child: Child,
    profile: PathBuf,
}

impl Chromium {
    /// Starts the one that is installed, or `$CHROMIUM`; `None` where there is none.
    pub fn start() -> Option<Self> {
        Self::start_with(|_| {})
    }

    /// The same, with more options, or with another environment.
    pub fn start_with(adjust: impl Fn(&mut Command)) -> Option<Self> {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        // Not below `target`: the path of a socket in it must be short.
        let name = format!("chromium-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let profile = std::env::temp_dir().join(name);
        fs::create_dir_all(&profile).unwrap();
        let installed = ["chromium", "chromium-browser", "google-chrome"].map(str::to_owned);
        let own = std::env::var("CHROMIUM").ok();
        let programs = own.map_or(installed.to_vec(), |own| vec![own]);
        let child = programs.iter().find_map(|program| launch(program, &profile, &adjust));
        let Some(child) = child else {
            fs::remove_dir_all(&profile).unwrap();
            return None;
        };
        let mut process = Process { child, profile };
        let stderr = BufReader::new(process.child.stderr.take().unwrap());
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            // It is read to its end: a full pipe would stop the browser.
            for line in stderr.lines().map_while(Result::ok) {
                if let Some(url) = line.strip_prefix("DevTools listening on ") {
                    let _ = tell.send(url.to_owned());
                }
            }
        });
        let url = told.recv_timeout(START).expect("the address of its DevTools");
        let mut devtools = blocking_ws::connect(&url).unwrap();
        devtools.set_read_timeout(PATIENCE);
        Some(Self { devtools, url, calls: 0, _process: process })
    }

    /// Where its `DevTools` listen.
    pub fn devtools_url(&self) -> &str {
        &self.url
    }

    /// Takes any certificate from now on.
    pub fn accept_invalid_certificates(&mut self) {
        self.call(None, "Security.setIgnoreCertificateErrors", &json!({ "ignore": true })).unwrap();
    }

    /// Opens a page, and waits until it is there.
    pub fn open(&mut self, url: &str) -> Tab {
        let target = self.call(None, "Target.createTarget", &json!({ "url": url })).unwrap();
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = self.call(None, "Target.attachToTarget", &attach).unwrap();
        let tab = Tab(session["sessionId"].as_str().unwrap().to_owned());
        let is_there = format!("location.href === {url:?} && document.readyState === 'complete'");
        let deadline = Instant::now() + PATIENCE;
        // What is asked before may be lost with the empty page that is there first.
        while self.evaluate(&tab, &is_there) != Ok(json!(true)) {
            assert!(Instant::now() < deadline, "{url} does not load");
            thread::sleep(Duration::from_millis(10));
        }
        tab
    }

    /// The value of an expression, or what a promise brings.
    pub fn run(&mut self, tab: &Tab, expression: &str) -> Value {
        self.evaluate(tab, expression).unwrap_or_else(|e| panic!("{expression}: {e}"))
    }

    /// Waits until an expression is true.
    pub fn wait(&mut self, tab: &Tab, expression: &str) {
        let looks = format!(
            "new Promise((done, fail) => {{
                const end = Date.now() + {};
                (function look() {{
                    if ({expression}) done();
                    else if (Date.now() < end) setTimeout(look, 10);
                    else fail('never, but: ' + document.body.innerText);
                }})();
            }})",
            PATIENCE.as_millis() / 2
        );
        self.run(tab, &looks);
    }

    fn evaluate(&mut self, tab: &Tab, expression: &str) -> Result<Value, String> {
        let arguments =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.call(Some(tab), "Runtime.evaluate", &arguments)?;
        match answer.get("exceptionDetails") {
            Some(thrown) => Err(thrown["exception"].to_string()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    fn call(&mut self, tab: Option<&Tab>, method: &str, params: &Value) -> Result<Value, String> {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": params });
        if let Some(Tab(session)) = tab {
            call["sessionId"] = json!(session);
        }
        self.devtools.send_json(&call).unwrap();
        loop {
            let message = self.devtools.recv_json::<Value>().expect(method);
            let mut message = message.expect("DevTools that stay");
            // Others are events.
            if message["id"] == json!(self.calls) {
                let failed = message.get("error").map(Value::to_string);
                return failed.map_or_else(|| Ok(message["result"].take()), Err);
            }
        }
    }
}

fn launch(program: &str, profile: &Path, adjust: impl Fn(&mut Command)) -> Option<Child> {
    let mut command = Command::new(program);
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"])
        .args(["--no-first-run", "--disable-background-networking", "--disable-sync"])
        .args(["--disable-component-update", "--disable-dev-shm-usage"])
        .args(["--remote-debugging-port=0", "about:blank"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .env("TMPDIR", profile)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    // All its processes can be ended as one.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    adjust(&mut command);
    command.spawn().ok()
}

impl Drop for Process {
    fn drop(&mut self) {
        #[cfg(unix)]
        {
            let group = format!("-{}", self.child.id());
            let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        }
        // Some may have ended by themselves.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}
