//! Runs Hyperscan over a text, where Debian's libhyperscan-dev and a C compiler are there.

use std::path::PathBuf;
use std::process::Command;

/// What one run says.
pub struct Scan {
    /// Words looked for.
    pub literals: usize,
    /// Processor time of compiling them, in seconds.
    pub compiled: f64,
    /// Processor time of the best scan, in seconds.
    pub scanned: f64,
    /// Words found.
    pub found: usize,
    /// Version, and what of the processor it uses.
    pub about: String,
}

/// Where text and words are handed over.
pub struct Hyperscan {
    folder: tempfile::TempDir,
}

impl Hyperscan {
    /// Compiles the program, or says why that cannot be.
    pub fn build() -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
        let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("benches/peers/hyperscan.c");
        let mut compiler = Command::new("cc");
        compiler.args(["-O2", "-o"]).arg(folder.path().join("hyperscan")).arg(source).arg("-lhs");
        match compiler.output() {
            Ok(output) if output.status.success() => Ok(Self { folder }),
            Ok(_) => Err("Hyperscan is not there (apt-get install libhyperscan-dev)".to_owned()),
            Err(_) => Err("there is no C compiler (apt-get install gcc libhyperscan-dev)".to_owned()),
        }
    }

    /// Looks for the words in the text.
    pub fn scan(&self, text: &str, words: &str, caseless: bool) -> Scan {
        let place = |name: &str| self.folder.path().join(name);
        std::fs::write(place("text"), text).unwrap();
        std::fs::write(place("words"), words).unwrap();
        let mut program = Command::new(place("hyperscan"));
        program.arg(place("text")).arg(place("words")).args(caseless.then_some("nocase"));
        let output = program.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut said = said.trim().splitn(6, ' ');
        let mut next = || said.next().expect("Hyperscan compiles and scans");
        let (literals, compiled, _, scanned) = (next(), next(), next(), next());
        Scan {
            literals: literals.parse().unwrap(),
            compiled: compiled.parse().unwrap(),
            scanned: scanned.parse().unwrap(),
            found: next().parse().unwrap(),
            about: next().to_owned(),
        }
    }
}
