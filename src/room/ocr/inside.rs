//! What the process gives up before it becomes Tesseract: files beside Tesseract's own, the network, other programs
//! and processes, memory and time beyond its limits. All of it outlasts the change of program.

use super::PROGRAM;
use crate::room::Misdeed;
use crate::room::sandbox::{Guard, is, lower, names as listed};
use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetStatus, Scope,
    path_beneath_rules,
};
use rustix::process::{Resource, Rlimit, Signal};
use seccompiler::{BackendError, BpfProgram, SeccompAction, SeccompCmpOp, SeccompFilter, SeccompRule, TargetArch};
use std::collections::BTreeMap;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The hidden argument that makes the program the one that reads letters.
pub const ARGUMENT: &str = "room-ocr";
/// Reads the picture on standard input.
pub(super) const READ: &str = "read";
/// Says which languages there are.
pub(super) const LIST: &str = "list";
/// How the process ends where the kernel lacks a guard,
pub(super) const WEAKER: i32 = 71;
/// and where Tesseract does not start.
pub(super) const NOT_STARTED: i32 = 72;
/// How a try of a [`Misdeed`] ends that the system refused.
pub const REFUSED: u8 = 73;
/// A command line that exeat did not write.
const WRONGLY_CALLED: u8 = 64;

/// The guards of this process: a worker's, but for the one that a change of program takes away.
const GUARDS: [Guard; 5] =
    [Guard::Limits, Guard::NoNewPrivileges, Guard::DiesWithParent, Guard::Landlock, Guard::Seccomp];
/// What may be read: libraries, and the models of languages.
const READABLE: [&str; 8] = [
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
    "/usr/share/tesseract-ocr",
    "/usr/share/tessdata",
];
/// What may be run: Tesseract, and what the system loads it with.
const RUNNABLE: [&str; 3] = [PROGRAM, "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"];
/// Seconds between the end of processor time and the last one.
const BEHIND: u64 = 2;
/// Open files: three streams, and a library or model at a time.
const FILES: u64 = 32;

/// Guards as they stand on the command line.
pub(super) fn names(guards: &[Guard]) -> String {
    listed(guards)
}

/// Closes the door and becomes Tesseract. The arguments behind [`ARGUMENT`]: what to do, guards it may lack,
/// seconds of processor time, bytes of memory, languages (or the [`Misdeed`] that is tried).
pub fn run(mut arguments: impl Iterator<Item = String>) -> ExitCode {
    let mut next = || arguments.next().unwrap_or_default();
    let (mode, allowed, seconds, memory, what) = (next(), next(), next(), next(), next());
    let (Ok(seconds), Ok(memory)) = (seconds.parse(), memory.parse()) else {
        eprintln!("exeat {ARGUMENT}: exeat starts this by itself; it is not a command");
        return ExitCode::from(WRONGLY_CALLED);
    };
    let missing = enter(seconds, memory);
    if missing.iter().any(|guard| !allowed.split(", ").any(|name| name == guard.name())) {
        return end(WEAKER);
    }
    let mut program = Command::new(PROGRAM);
    program.env_clear().env("OMP_THREAD_LIMIT", "1").env("LC_ALL", "C.UTF-8");
    match mode.as_str() {
        READ => program.args(["stdin", "stdout", "--dpi", "150", "-l", &what]),
        LIST => program.arg("--list-langs"),
        _ => return attempt(&what),
    };
    // Comes back only where it failed.
    let _failed = program.exec();
    end(NOT_STARTED)
}

/// Tries what must not succeed, from behind the same walls.
fn attempt(what: &str) -> ExitCode {
    let Some(misdeed) = Misdeed::ALL.into_iter().find(|misdeed| misdeed.name() == what) else {
        return ExitCode::from(WRONGLY_CALLED);
    };
    match misdeed.commit(|| Ok(())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(REFUSED),
    }
}

fn end(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX))
}

/// Closes the door and says what does not hold.
fn enter(seconds: u64, memory: u64) -> Vec<Guard> {
    let _first = std::fs::write("/proc/self/oom_score_adj", "1000");
    let limits = [
        (Resource::As, memory),
        (Resource::Data, memory),
        (Resource::Stack, 8 << 20),
        (Resource::Cpu, seconds.saturating_add(BEHIND)),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nproc, 0),
        (Resource::Nofile, FILES),
    ];
    GUARDS
        .into_iter()
        .filter(|guard| !match guard {
            Guard::Limits => lower(&limits) && warn_after(seconds),
            Guard::NoNewPrivileges => rustix::thread::set_no_new_privs(true).is_ok(),
            Guard::DiesWithParent => rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).is_ok(),
            Guard::Landlock => landlock(),
            Guard::Seccomp => seccomp(),
            Guard::NotDumpable => true,
        })
        .collect()
}

/// The limit that the system tells by a signal of its own comes first: so it is known of what the process ended.
fn warn_after(seconds: u64) -> bool {
    let most = rustix::process::getrlimit(Resource::Cpu).maximum;
    let seconds = most.map_or(seconds, |most| most.min(seconds));
    rustix::process::setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: most }).is_ok()
}

/// Lets read and run what Tesseract is made of, and denies every other file, and the network.
fn landlock() -> bool {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(ABI::V6)))
        .and_then(|rules| rules.scope(Scope::from_all(ABI::V6)))
        .and_then(Ruleset::create)
        .and_then(|rules| rules.add_rules(path_beneath_rules(READABLE, read)))
        .and_then(|rules| rules.add_rules(path_beneath_rules(RUNNABLE, AccessFs::ReadFile | AccessFs::Execute)))
        .and_then(landlock::RulesetCreated::restrict_self);
    rules.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

fn seccomp() -> bool {
    let Ok(architecture) = TargetArch::try_from(std::env::consts::ARCH) else { return false };
    let Ok(program) = filter(architecture) else { return false };
    seccompiler::apply_filter(&program).is_ok()
}

/// What is not allowed does not exist: libraries ask for one thing or another, and do without.
fn filter(architecture: TargetArch) -> Result<BpfProgram, BackendError> {
    let missing = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    SeccompFilter::new(allowed()?, missing, SeccompAction::Allow, architecture)?.try_into()
}

/// The system calls that loading a program, reading a model and computing take. None makes a process, a thread or a
/// socket, and none writes to a file.
fn allowed() -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
    let mut rules = BTreeMap::new();
    for call in [
        // The program.
        libc::SYS_execve,
        libc::SYS_exit,
        libc::SYS_exit_group,
        libc::SYS_set_tid_address,
        libc::SYS_set_robust_list,
        libc::SYS_rseq,
        // Memory.
        libc::SYS_brk,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        // Files, as far as Landlock lets them be opened.
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_pread64,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_lseek,
        libc::SYS_close,
        libc::SYS_fstat,
        libc::SYS_newfstatat,
        libc::SYS_statx,
        libc::SYS_faccessat,
        libc::SYS_faccessat2,
        libc::SYS_readlinkat,
        libc::SYS_getdents64,
        libc::SYS_fcntl,
        libc::SYS_dup,
        libc::SYS_getcwd,
        libc::SYS_ppoll,
        // Time, chance, and who one is.
        libc::SYS_clock_gettime,
        libc::SYS_clock_getres,
        libc::SYS_gettimeofday,
        libc::SYS_nanosleep,
        libc::SYS_clock_nanosleep,
        libc::SYS_times,
        libc::SYS_getrusage,
        libc::SYS_getrandom,
        libc::SYS_getpid,
        libc::SYS_gettid,
        libc::SYS_getuid,
        libc::SYS_geteuid,
        libc::SYS_getgid,
        libc::SYS_getegid,
        libc::SYS_uname,
        libc::SYS_sysinfo,
        libc::SYS_sched_getaffinity,
        libc::SYS_sched_yield,
        libc::SYS_futex,
        // Signals.
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
    ] {
        rules.insert(call, Vec::new());
    }
    #[cfg(target_arch = "x86_64")]
    for call in [
        libc::SYS_arch_prctl,
        libc::SYS_access,
        libc::SYS_stat,
        libc::SYS_lstat,
        libc::SYS_readlink,
        libc::SYS_time,
        libc::SYS_poll,
        libc::SYS_dup2,
    ] {
        rules.insert(call, Vec::new());
    }
    let writing = libc::O_ACCMODE | libc::O_CREAT | libc::O_TRUNC;
    rules.insert(libc::SYS_openat, vec![is(2, SeccompCmpOp::MaskedEq(u64::from(writing.unsigned_abs())), 0)?]);
    // Its own limits, and its own end.
    rules.insert(libc::SYS_prlimit64, vec![is(0, SeccompCmpOp::Eq, 0)?]);
    rules.insert(libc::SYS_tgkill, vec![is(0, SeccompCmpOp::Eq, u64::from(std::process::id()))?]);
    rules.insert(libc::SYS_ioctl, vec![is(1, SeccompCmpOp::Eq, libc::TCGETS)?]);
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_compiles() {
        let architecture = TargetArch::try_from(std::env::consts::ARCH).unwrap();
        assert!(filter(architecture).is_ok_and(|program| program.len() > 40));
    }
}
