//! Why no worker process came to be, and what an administrator can do about it.

use crate::problem::in_words;
use crate::room::{Death, Guard, LEAST_MEMORY, ocr, sandbox};
use std::fmt;
use std::io;

/// The steps to a running process; the system says of each only that it may not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A thread that starts processes.
    Thread,
    /// The socket that a worker is spoken to on.
    Socket,
    /// `/dev/null`, which stands in for streams that lead nowhere.
    Null,
    /// The program itself.
    Program,
}

impl Step {
    /// What did not work.
    const fn what(self) -> &'static str {
        match self {
            Self::Thread => "no thread to start it from",
            Self::Socket => "no socket to speak to it on",
            Self::Null => "/dev/null cannot be opened for reading and writing",
            Self::Program => "its program, which is exeat's own, cannot be started",
        }
    }

    /// What to look at.
    const fn to_do(self, kind: io::ErrorKind) -> &'static str {
        match (self, kind) {
            (Self::Thread, _) => "raise the number of tasks (systemd: TasksMax, LimitNPROC)",
            (Self::Socket, _) => "raise the number of open files (systemd: LimitNOFILE)",
            (Self::Null, _) => {
                "`ls -l /dev/null` must show `crw-rw-rw-`: `chmod 666 /dev/null`, or on a container's /dev mount the device"
            }
            (Self::Program, io::ErrorKind::PermissionDenied) => {
                "the user that exeat runs as must be allowed to execute it: `chmod 755`, no `noexec` on its file \
                 system, no AppArmor or SELinux rule against it (`journalctl -k`)"
            }
            (Self::Program, io::ErrorKind::NotFound) => "install exeat again, and see that /proc is mounted",
            (Self::Program, io::ErrorKind::WouldBlock | io::ErrorKind::OutOfMemory) => {
                "raise the number of tasks and the memory (systemd: TasksMax, LimitNPROC, MemoryMax)"
            }
            (Self::Program, _) => "`exeat doctor`, run as the same user, tries it again",
        }
    }
}

/// A process that did not start: the step, and what the system said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotStarted(pub Step, pub io::ErrorKind);

impl NotStarted {
    /// What an error at this step is.
    pub(super) fn at(step: Step) -> impl FnOnce(io::Error) -> Self {
        move |error| Self(step, error.kind())
    }
}

/// Why a worker did not start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartError {
    /// `memory_bytes` is too small for any message.
    Memory,
    /// The process did not start.
    Process(NotStarted),
    /// It died before it was ready.
    Died(Death),
    /// It did not say that it was ready.
    Silent,
    /// The kernel lacks these guards and the config does not allow to do without them.
    Weaker(Vec<Guard>),
    /// Letters in pictures are to be read, and cannot be.
    Letters(ocr::Unready),
}

impl From<NotStarted> for StartError {
    fn from(not_started: NotStarted) -> Self {
        Self::Process(not_started)
    }
}

impl StartError {
    /// What is wrong.
    #[must_use]
    pub fn what(&self) -> String {
        match self {
            Self::Memory => format!("`memory_bytes` is less than {LEAST_MEMORY}"),
            Self::Process(NotStarted(step, kind)) => {
                format!("a worker process does not start: {}: {}", step.what(), in_words(*kind))
            }
            Self::Died(death) => format!("a worker process ended before it was ready ({})", death.name()),
            Self::Silent => "a worker process did not become ready in time".to_owned(),
            Self::Weaker(guards) => {
                format!("the system does not give a worker process: {}", sandbox::names(guards))
            }
            Self::Letters(why) => format!("ocr is enabled, and {why}"),
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn to_do(&self) -> String {
        let fixed = match self {
            Self::Letters(why) => return why.to_do(),
            Self::Memory => "write more, or leave the line out",
            Self::Process(NotStarted(step, kind)) => step.to_do(*kind),
            Self::Died(Death::Killed) => {
                "give exeat more memory (systemd: MemoryMax); `journalctl -k` names who killed it"
            }
            Self::Died(Death::Forbidden) => {
                "a system call filter around exeat is too narrow (systemd: SystemCallFilter; a container's seccomp profile)"
            }
            Self::Died(_) => {
                "limits around exeat may be too low (systemd: LimitAS, LimitNOFILE, LimitSTACK), \
                 or the program was replaced by another: start exeat again"
            }
            Self::Silent => {
                "the machine is overloaded, or something stops new processes; `exeat doctor` tries it again"
            }
            Self::Weaker(guards) if guards.contains(&Guard::Limits) => {
                "raise the hard limits around exeat (systemd: LimitNOFILE, LimitNPROC), or name it in \
                 `allow_weaker_sandbox` to run without"
            }
            Self::Weaker(_) => {
                "a kernel from 5.13 on, with landlock in its `lsm=` list and no container that forbids landlock and \
                 seccomp; to run without, name it in `allow_weaker_sandbox`"
            }
        };
        fixed.to_owned()
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what(), self.to_do())
    }
}

impl std::error::Error for StartError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_says_what_failed_and_what_to_do() {
        for (step, kind, what, to_do) in [
            (Step::Thread, io::ErrorKind::WouldBlock, "thread", "TasksMax"),
            (Step::Socket, io::ErrorKind::Other, "socket", "LimitNOFILE"),
            (Step::Null, io::ErrorKind::PermissionDenied, "/dev/null", "chmod 666 /dev/null"),
            (Step::Program, io::ErrorKind::PermissionDenied, "program", "noexec"),
            (Step::Program, io::ErrorKind::NotFound, "program", "install exeat again"),
            (Step::Program, io::ErrorKind::WouldBlock, "program", "LimitNPROC"),
            (Step::Program, io::ErrorKind::InvalidInput, "program", "exeat doctor"),
        ] {
            let error = StartError::from(NotStarted(step, kind));
            assert!(error.what().contains(what) && error.what().contains(&in_words(kind)), "{error}");
            assert!(error.to_do().contains(to_do), "{error}");
        }
    }
}
