//! A bar on a terminal's standard error; nothing where that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Drawings a second: enough to see that it moves.
const DRAWINGS_PER_SECOND: u8 = 8;

/// How far a run has come.
pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Reading inputs of so many bytes; `None` if that is not known.
    pub(crate) fn reading(bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "reading {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "reading {spinner} {bytes} {bytes_per_sec}",
        };
        Self::new(bytes, template)
    }

    /// Then assembling so many heaps of events.
    pub(crate) fn assembling(self, heaps: usize) -> Self {
        self.end();
        Self::new(u64::try_from(heaps).ok(), "assembling charges {wide_bar} {percent} % {eta}")
    }

    fn new(length: Option<u64>, template: &str) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWINGS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(length, target);
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    pub(crate) fn step(&self, more: u64) {
        self.0.inc(more);
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.0.finish_and_clear();
    }
}
