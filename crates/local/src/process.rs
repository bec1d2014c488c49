//! One child process that never outlives us.
//!
//! Invariants: the kernel kills the child when this process ends, however it ends (`setpriv --pdeathsig`, of
//! util-linux); a signal is sent only to a child that has not been reaped, so never to a stranger with its number.

use std::fs::File;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

/// What to start, and where its output goes.
#[derive(Debug, Clone)]
pub struct Launch {
    /// Name for messages, e.g. `broker`.
    pub name: &'static str,
    /// Program.
    pub program: PathBuf,
    /// Arguments.
    pub args: Vec<String>,
    /// Further environment variables.
    pub env: Vec<(String, String)>,
    /// Standard output and error are appended here.
    pub log: PathBuf,
}

/// A started child. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    pid: Pid,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    exited: Mutex<Option<ExitStatus>>,
    changed: Condvar,
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Option<ExitStatus>> {
        self.exited.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Launch {
    /// Starts the child.
    ///
    /// # Errors
    /// If the log cannot be opened or the program cannot be started.
    pub fn start(&self) -> io::Result<Process> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]).arg(&self.program).args(&self.args);
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let child = spawn_from_keeper(command)?;
        let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw).ok_or(io::ErrorKind::InvalidData)?;
        let state = Arc::new(State::default());
        let seen = Arc::clone(&state);
        std::thread::Builder::new()
            .name(format!("wait-{}", self.name))
            .spawn(move || wait(child, pid, &seen))?;
        Ok(Process { name: self.name, pid, state })
    }
}

/// Waits until the child has ended, then reaps it under the lock that senders of signals hold.
fn wait(mut child: Child, pid: Pid, state: &State) {
    while let Err(rustix::io::Errno::INTR) =
        waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
    {}
    let mut exited = state.lock();
    *exited = Some(child.wait().unwrap_or_else(|_| ExitStatus::from_raw(-1)));
    drop(exited);
    state.changed.notify_all();
}

impl Process {
    /// Name for messages.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Process id.
    #[must_use]
    pub const fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Sends a signal; does nothing if the child has ended.
    pub fn signal(&self, signal: Signal) {
        let exited = self.state.lock();
        if exited.is_none() {
            // The child is there, at least as a zombie, as long as the lock is held.
            if let Err(errno) = kill_process(self.pid, signal) {
                tracing::warn!(child = self.name, %errno, "a signal could not be sent");
            }
        }
    }

    /// The exit status, if the child has ended.
    #[must_use]
    pub fn exited(&self) -> Option<ExitStatus> {
        *self.state.lock()
    }

    /// Waits until the child has ended, at most `limit`; `None` if it is still there.
    #[must_use]
    pub fn wait(&self, limit: Duration) -> Option<ExitStatus> {
        let exited = self.state.lock();
        let (exited, _) = self
            .state
            .changed
            .wait_timeout_while(exited, limit, |exited| exited.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        *exited
    }

    /// SIGKILL, and waits for the end.
    pub fn kill(&self) {
        self.signal(Signal::KILL);
        while self.wait(Duration::from_secs(60)).is_none() {}
    }

    /// SIGTERM; SIGKILL after `grace`. Returns the exit status.
    pub fn stop(&self, grace: Duration) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        let status = self.wait(grace);
        if status.is_none() {
            self.kill();
        }
        status.or_else(|| self.exited())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

type Request = (Command, SyncSender<io::Result<Child>>);

/// Starts the command from a thread that lives as long as this process: the death signal is tied to the *thread* that
/// forks, so that a child started from a short-lived thread would be killed when that thread ends.
fn spawn_from_keeper(command: Command) -> io::Result<Child> {
    static KEEPER: OnceLock<SyncSender<Request>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (sender, requests) = sync_channel::<Request>(16);
        let serve = move || {
            for (mut command, answer) in requests {
                drop(answer.send(command.spawn()));
            }
        };
        // If the thread cannot be made the receiver is gone, and every start fails with the error below.
        drop(std::thread::Builder::new().name("keeper".to_owned()).spawn(serve));
        sender
    });
    let gone = || io::Error::other("the thread that starts processes is gone");
    let (sender, answer) = sync_channel(1);
    keeper.send((command, sender)).map_err(|_gone| gone())?;
    answer.recv().map_err(|_gone| gone())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(name: &'static str, script: &str, log: &std::path::Path) -> Process {
        let args = vec!["-c".to_owned(), script.to_owned()];
        Launch { name, program: "/bin/sh".into(), args, env: Vec::new(), log: log.into() }.start().unwrap()
    }

    #[test]
    fn a_child_outlives_the_thread_that_asked_for_it_and_ends_with_its_handle() {
        let log = std::env::temp_dir().join(format!("wattledger-process-{}.log", std::process::id()));
        let path = log.clone();
        let process = std::thread::spawn(move || launch("sleeper", "exec sleep 600", &path)).join().unwrap();
        assert_eq!(process.exited(), None);
        let pid = Pid::from_raw(process.pid()).unwrap();
        assert!(rustix::process::test_kill_process(pid).is_ok());
        drop(process);
        assert!(rustix::process::test_kill_process(pid).is_err());
        std::fs::remove_file(log).unwrap();
    }

    #[test]
    fn a_polite_child_ends_on_its_own() {
        let log = std::env::temp_dir().join(format!("wattledger-polite-{}.log", std::process::id()));
        let process = launch("polite", "exit 3", &log);
        let status = process.wait(Duration::from_secs(30)).unwrap();
        assert_eq!(status.code(), Some(3));
        assert_eq!(process.stop(Duration::ZERO).unwrap().code(), Some(3));
        std::fs::remove_file(log).unwrap();
    }
}
