//! Closes the door: what a worker gives up before it sees a stranger's bytes.

use crate::room::frames::Bounds;
use landlock::{ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetStatus, Scope};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;
use std::fmt;
use std::os::fd::{AsRawFd, BorrowedFd};

/// One thing that holds a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guard {
    /// Limits of memory, processor time, open files, file size, processes, core files.
    Limits,
    /// No program it could start has more rights than it (`no_new_privs`).
    NoNewPrivileges,
    /// Its memory cannot be read by other processes of the same user.
    NotDumpable,
    /// It dies with the process that started it.
    DiesWithParent,
    /// Landlock: no file, directory or device by name.
    Landlock,
    /// Seccomp: only the system calls that opening a message takes; any other kills the worker.
    Seccomp,
}

impl Guard {
    /// All guards.
    pub const ALL: [Self; 6] =
        [Self::Limits, Self::NoNewPrivileges, Self::NotDumpable, Self::DiesWithParent, Self::Landlock, Self::Seccomp];

    /// The word in the config and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Limits => "limits",
            Self::NoNewPrivileges => "no_new_privileges",
            Self::NotDumpable => "not_dumpable",
            Self::DiesWithParent => "dies_with_parent",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
        }
    }
}

/// What is in force in a worker, as it says itself before its first job.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SandboxReport {
    /// Guards that this kernel does not give; empty where all is well.
    pub missing: Vec<Guard>,
    /// Landlock denies the network too (Linux 6.7); on older kernels seccomp alone does.
    pub landlock_network: bool,
}

impl SandboxReport {
    /// The missing guards that `allowed` does not name.
    #[must_use]
    pub fn beyond(&self, allowed: &[Guard]) -> Vec<Guard> {
        self.missing.iter().copied().filter(|guard| !allowed.contains(guard)).collect()
    }
}

impl fmt::Display for SandboxReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_force = Guard::ALL.iter().filter(|guard| !self.missing.contains(guard));
        write!(f, "in force: {}", names(in_force))?;
        if !self.missing.is_empty() {
            write!(f, "; missing: {}", names(&self.missing))?;
        }
        Ok(())
    }
}

/// Names of guards with commas between.
pub(super) fn names<'a>(guards: impl IntoIterator<Item = &'a Guard>) -> String {
    guards.into_iter().map(|guard| guard.name()).collect::<Vec<_>>().join(", ")
}

/// Closes the door and says what holds. Called once, in a worker, on its only thread.
/// `tray` is what it will read messages from, beside their files.
pub(super) fn enter(bounds: &Bounds, socket: BorrowedFd<'_>, tray: Option<BorrowedFd<'_>>) -> SandboxReport {
    let mut missing = Vec::new();
    let mut keep = |guard: Guard, holds: bool| {
        if !holds {
            missing.push(guard);
        }
    };
    // A name for the process list, and first in line where the system runs out of memory. Neither guards anything.
    let _named = rustix::thread::set_name(c"exeat-room");
    let _first = std::fs::write("/proc/self/oom_score_adj", "1000");

    keep(Guard::DiesWithParent, rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).is_ok());
    keep(Guard::NotDumpable, rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable).is_ok());
    keep(Guard::NoNewPrivileges, rustix::thread::set_no_new_privs(true).is_ok());
    let spool = next_descriptor(socket);
    let (files, network) = landlock();
    keep(Guard::Landlock, files);
    keep(Guard::Limits, spool.is_some_and(|spool| limits(bounds, spool)));
    let tray = tray.map(|tray| tray.as_raw_fd());
    keep(Guard::Seccomp, spool.is_some_and(|spool| seccomp(spool, tray)));
    missing.sort_unstable();
    SandboxReport { missing, landlock_network: network }
}

/// The number that the next descriptor gets. A spool file is the only one that still comes, and is closed
/// before the next: so this is the one number, beside socket and tray, that the system call filter lets be read,
/// whatever else may have been left open by whoever started the main process.
fn next_descriptor(socket: BorrowedFd<'_>) -> Option<i32> {
    rustix::io::fcntl_dupfd_cloexec(socket, 0).ok().map(|probe| probe.as_raw_fd())
}

fn limits(bounds: &Bounds, spool: i32) -> bool {
    let files = u64::try_from(spool).unwrap_or(0).saturating_add(1);
    lower(&[
        (Resource::As, bounds.memory),
        (Resource::Data, bounds.memory),
        (Resource::Stack, 8 << 20),
        (Resource::Cpu, bounds.life),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, files),
    ])
}

/// Lowers limits of this process, for good; whether all are in force.
pub(super) fn lower(limits: &[(Resource, u64)]) -> bool {
    limits.iter().all(|&(resource, most)| {
        // Never raise what the system already keeps lower.
        let most = rustix::process::getrlimit(resource).maximum.map_or(most, |given| given.min(most));
        rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) }).is_ok()
    })
}

/// Denies everything Landlock knows, as far as this kernel's version of it goes. No rule allows anything.
/// Returns whether files are denied, and whether the network is.
fn landlock() -> (bool, bool) {
    let files = Ruleset::default().handle_access(AccessFs::from_all(ABI::V6));
    let status = files.and_then(Ruleset::create).and_then(landlock::RulesetCreated::restrict_self);
    let files = status.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced);
    // A second layer, so that the answer of each says what that one holds.
    let network = Ruleset::default()
        .handle_access(AccessNet::from_all(ABI::V6))
        .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
        .and_then(Ruleset::create)
        .and_then(landlock::RulesetCreated::restrict_self);
    (files, network.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced))
}

fn seccomp(spool: i32, tray: Option<i32>) -> bool {
    let Ok(architecture) = TargetArch::try_from(std::env::consts::ARCH) else { return false };
    let Ok(program) = filter(spool, tray, architecture) else { return false };
    seccompiler::apply_filter(&program).is_ok()
}

fn filter(spool: i32, tray: Option<i32>, architecture: TargetArch) -> Result<BpfProgram, BackendError> {
    let read: Vec<u64> =
        [Some(spool), tray].into_iter().flatten().map(|file| u64::try_from(file).unwrap_or(0)).collect();
    let rules = allowed(&read)?;
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, architecture)?.try_into()
}

/// The system calls that opening a message takes, with what their arguments may be. `read`: the files it may read.
fn allowed(read: &[u64]) -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
    let executable = u64::from(libc::PROT_EXEC.unsigned_abs());
    let not_executable = || is(2, SeccompCmpOp::MaskedEq(executable), 0);
    let this_process = u64::from(std::process::id());
    let mut rules = BTreeMap::new();
    for call in [
        // Memory.
        libc::SYS_brk,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_madvise,
        libc::SYS_futex,
        // Time and chance.
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_restart_syscall,
        // The end: an orderly one, a panic, an abort, a full stack.
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_close,
    ] {
        rules.insert(call, Vec::new());
    }
    rules.insert(libc::SYS_mmap, vec![not_executable()?]);
    rules.insert(libc::SYS_mprotect, vec![not_executable()?]);
    rules.insert(libc::SYS_read, vec![is(0, SeccompCmpOp::Eq, 0)?]);
    rules.insert(libc::SYS_recvmsg, vec![is(0, SeccompCmpOp::Eq, 0)?]);
    // The socket, and the two streams that lead nowhere (a dying program says something there).
    rules.insert(libc::SYS_write, vec![is(0, SeccompCmpOp::Le, 2)?]);
    let read = read.iter().map(|file| is(0, SeccompCmpOp::Eq, *file));
    rules.insert(libc::SYS_pread64, read.collect::<Result<_, _>>()?);
    // Debug builds ask whether a descriptor is open before they close it.
    let get_flags = u64::from(libc::F_GETFD.unsigned_abs());
    rules.insert(libc::SYS_fcntl, vec![is(1, SeccompCmpOp::Eq, get_flags)?]);
    rules.insert(libc::SYS_tgkill, vec![is(0, SeccompCmpOp::Eq, this_process)?]);
    // Those of a full stack and of an abort. Not SIGXCPU: the limit of processor time ends a worker.
    let fatal = [libc::SIGSEGV, libc::SIGBUS, libc::SIGABRT];
    let fatal = fatal.into_iter().map(|signal| is(0, SeccompCmpOp::Eq, u64::from(signal.unsigned_abs())));
    rules.insert(libc::SYS_rt_sigaction, fatal.collect::<Result<_, _>>()?);
    Ok(rules)
}

/// A rule on one argument. All arguments compared here are 32 bits wide.
pub(super) fn is(argument: u8, how: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, how, value)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_compiles_for_both_architectures() {
        for architecture in [TargetArch::x86_64, TargetArch::aarch64] {
            assert!(filter(4, Some(3), architecture).is_ok_and(|program| program.len() > 40));
        }
    }

    /// Landlock binds the thread that asks for it, so a thread of the test can try it without the other guards.
    #[test]
    fn landlock_alone_denies_files_and_network() {
        let tried = std::thread::spawn(|| {
            let held = landlock();
            let file = std::fs::File::open("/etc/passwd").map(drop);
            let made = std::fs::File::create("/tmp/exeat-landlock-probe").map(drop);
            let port = std::net::TcpListener::bind(("127.0.0.1", 0)).map(drop);
            let port = port.and_then(|()| std::net::TcpStream::connect(("127.0.0.1", 9)).map(drop));
            (held, [file, made].map(|result| result.map_err(|e| e.kind())), port.map_err(|e| e.kind()))
        });
        let ((files, network), results, port) = tried.join().unwrap();
        if !files {
            println!("skipped: this kernel has no Landlock");
            return;
        }
        assert_eq!(results, [Err(std::io::ErrorKind::PermissionDenied); 2]);
        if network {
            assert_eq!(port, Err(std::io::ErrorKind::PermissionDenied));
        }
    }

    #[test]
    fn a_missing_guard_is_named() {
        let report = SandboxReport { missing: vec![Guard::Landlock, Guard::Seccomp], landlock_network: false };
        assert_eq!(report.beyond(&[Guard::Landlock]), [Guard::Seccomp]);
        assert!(report.beyond(&Guard::ALL).is_empty());
        assert!(report.to_string().ends_with("missing: landlock, seccomp"));
    }
}
