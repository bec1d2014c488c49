//! Keeps one child running: starts it again when it dies, with a growing pause, until it is told to stop.

use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::process::{Launch, Process};

/// First pause before a restart; doubled with each early death in a row.
const PAUSE_FIRST: Duration = Duration::from_millis(100);
/// Longest pause: a child that cannot start costs one attempt in this time.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// A child that lived this long had started well; its death is followed by the first pause.
const WELL_AFTER: Duration = Duration::from_secs(30);
/// How often the thread that waits for a child looks whether it has been told to stop.
const WAKE: Duration = Duration::from_millis(100);

/// A child that is kept running by a thread of its own.
#[derive(Debug)]
pub(crate) struct Kept {
    thread: JoinHandle<()>,
    stop: SyncSender<()>,
}

impl Kept {
    /// Takes over a child that is ready; `launch` starts it again. The child's number stands in `pid_file`.
    ///
    /// # Errors
    /// If no thread can be made.
    pub(crate) fn new(
        launch: Launch,
        process: Process,
        pid_file: PathBuf,
        grace: Duration,
    ) -> io::Result<Self> {
        let (stop, stopped) = sync_channel(1);
        let name = format!("keep-{}", launch.name);
        let thread = std::thread::Builder::new().name(name).spawn(move || {
            Keeper { launch, pid_file, stopped }.keep(process, grace);
        })?;
        Ok(Self { thread, stop })
    }

    /// Stops the child for good (SIGTERM, then SIGKILL after the grace) and waits for its end.
    pub(crate) fn stop(self) {
        drop(self.stop);
        if self.thread.join().is_err() {
            tracing::error!("a thread that keeps a child has panicked");
        }
    }
}

struct Keeper {
    launch: Launch,
    pid_file: PathBuf,
    stopped: Receiver<()>,
}

impl Keeper {
    fn keep(&self, process: Process, grace: Duration) {
        let mut running = Some(process);
        let mut pause = PAUSE_FIRST;
        loop {
            let started = Instant::now();
            if let Some(process) = &running {
                self.note(process);
                if !self.watch(process) {
                    process.stop(grace);
                    return;
                }
            }
            pause = if started.elapsed() > WELL_AFTER { PAUSE_FIRST } else { (pause * 2).min(PAUSE_MAX) };
            if !self.goes_on(pause) {
                return;
            }
            running = self.start();
        }
    }

    /// Until the child has ended (`true`) or we are told to stop (`false`).
    fn watch(&self, process: &Process) -> bool {
        while self.goes_on(Duration::ZERO) {
            if let Some(status) = process.wait(WAKE) {
                tracing::warn!(child = self.launch.name, %status, "a child ended; it is started again");
                return true;
            }
        }
        false
    }

    /// Waits `pause`; `false` as soon as we are told to stop.
    fn goes_on(&self, pause: Duration) -> bool {
        matches!(self.stopped.recv_timeout(pause), Err(RecvTimeoutError::Timeout))
    }

    fn start(&self) -> Option<Process> {
        self.launch
            .start()
            .inspect_err(
                |error| tracing::error!(child = self.launch.name, %error, "a child could not be started"),
            )
            .ok()
    }

    fn note(&self, process: &Process) {
        if let Err(error) = std::fs::write(&self.pid_file, process.pid().to_string()) {
            tracing::warn!(child = self.launch.name, %error, "the child's number could not be written");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_pid(file: &std::path::Path, other_than: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let pid = std::fs::read_to_string(file).unwrap_or_default();
            if !pid.is_empty() && pid != other_than {
                return pid;
            }
            assert!(Instant::now() < deadline, "no child with another number than {other_than:?}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_killed_child_is_started_again_and_a_stopped_one_is_not() {
        let folder = std::env::temp_dir().join(format!("wattledger-supervise-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let pid_file = folder.join("child.pid");
        let launch = Launch {
            name: "child",
            program: "/bin/sleep".into(),
            args: vec!["600".to_owned()],
            env: Vec::new(),
            log: folder.join("child.log"),
        };
        let process = launch.start().unwrap();
        let kept = Kept::new(launch, process, pid_file.clone(), Duration::from_secs(5)).unwrap();
        let first = read_pid(&pid_file, "");
        let raw = rustix::process::Pid::from_raw(first.parse().unwrap()).unwrap();
        rustix::process::kill_process(raw, rustix::process::Signal::KILL).unwrap();
        let second = read_pid(&pid_file, &first);
        kept.stop();
        let raw = rustix::process::Pid::from_raw(second.parse().unwrap()).unwrap();
        assert!(rustix::process::test_kill_process(raw).is_err());
        std::fs::remove_dir_all(folder).unwrap();
    }
}
