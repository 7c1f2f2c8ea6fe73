//! A private Prometheus with the shipped config: another port, a quicker pace, nothing else changed.

use super::LONG;
use super::harness::{free_port, root, wait_until};
use serde_json::Value;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running Prometheus; stopped on drop.
pub struct Prometheus {
    port: u16,
    child: Child,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn replaced(text: &str, what: &str, with: &str) -> String {
    assert!(text.contains(what), "the shipped Prometheus config does not say {what}");
    text.replace(what, with)
}

impl Prometheus {
    /// Starts it; it scrapes what listens on a port of this machine.
    pub fn start(dir: &Path, http: u16) -> Self {
        let shipped = root().join("deploy/prometheus");
        let config = fs::read_to_string(shipped.join("prometheus.yml")).unwrap();
        let config = replaced(&config, "scrape_interval: 15s", "scrape_interval: 1s");
        let config = replaced(&config, "evaluation_interval: 30s", "evaluation_interval: 1s");
        let config = replaced(&config, "127.0.0.1:9464", &format!("127.0.0.1:{http}"));
        // Nobody listens there: its alerts go nowhere.
        let config = replaced(&config, "127.0.0.1:9093", "127.0.0.1:9");
        fs::write(dir.join("prometheus.yml"), config).unwrap();
        fs::copy(shipped.join("exeat.rules.yml"), dir.join("exeat.rules.yml")).unwrap();
        let port = free_port();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", dir.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", dir.join("prometheus").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(fs::File::create(dir.join("prometheus.log")).unwrap())
            .spawn()
            .unwrap();
        let prometheus = Self { port, child };
        let log = || fs::read_to_string(dir.join("prometheus.log")).unwrap();
        assert!(wait_until(LONG, || prometheus.get("/-/ready").is_some()), "Prometheus is not ready: {}", log());
        prometheus
    }

    /// A page; `None` unless it is there.
    fn get(&self, path: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(LONG)).ok()?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes()).ok()?;
        let mut text = String::new();
        stream.read_to_string(&mut text).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let code = head.split(' ').nth(1)?;
        (code == "200" || code == "400").then(|| body.to_owned())
    }

    fn api(&self, path: &str) -> Result<Value, String> {
        let text = self.get(path).ok_or("no answer")?;
        let answer: Value = serde_json::from_str(&text).map_err(|error| format!("{error}: {text}"))?;
        if answer["status"] == "success" { Ok(answer["data"].clone()) } else { Err(answer["error"].to_string()) }
    }

    /// What a query gives now: the numbers among its values.
    pub fn query(&self, query: &str) -> Result<Vec<f64>, String> {
        let encoded: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let data = self.api(&format!("/api/v1/query?query={encoded}"))?;
        let found = data["result"].as_array().ok_or("no result")?.iter();
        let number = |found: &Value| found["value"][1].as_str().and_then(|value| value.parse::<f64>().ok());
        Ok(found.filter_map(number).filter(|value| !value.is_nan()).collect())
    }

    /// Waits until a query gives a number.
    pub fn wait_for(&self, query: &str, whose: &str) {
        let mut last = Ok(Vec::new());
        let found = wait_until(LONG, || {
            last = self.query(query);
            last.as_ref().map_or(true, |values| !values.is_empty())
        });
        let values = last.unwrap_or_else(|error| panic!("{whose}: {query}: {error}"));
        assert!(found && !values.is_empty(), "{whose}: {query} gives nothing");
    }

    /// Name and expression of each alert; Prometheus has evaluated all of them without an error.
    pub fn rules(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let evaluated = wait_until(LONG, || {
            let data = self.api("/api/v1/rules").unwrap();
            let rules = data["groups"].as_array().unwrap().iter().flat_map(|group| group["rules"].as_array().unwrap());
            all = rules.cloned().collect();
            all.iter().all(|rule| rule["health"] != "unknown")
        });
        assert!(evaluated, "the rules are not evaluated");
        let one = |rule: &Value| {
            assert_eq!(rule["health"], "ok", "{rule}");
            (rule["name"].as_str().unwrap().to_owned(), rule["query"].as_str().unwrap().to_owned())
        };
        all.iter().map(one).collect()
    }
}
