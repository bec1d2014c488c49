//! How far an import has come, on a terminal's standard error; nothing where that is no terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Drawings a second: enough to see that it moves.
const DRAWINGS_PER_SECOND: u8 = 8;

pub(crate) struct Progress(ProgressBar);

impl Progress {
    /// Reading so many bytes; `None` if that is not known.
    pub(crate) fn reading(bytes: Option<u64>) -> Self {
        let template = match bytes {
            Some(_) => "checking {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}",
            None => "checking {spinner} {bytes} {bytes_per_sec}",
        };
        let target = ProgressDrawTarget::stderr_with_hz(DRAWINGS_PER_SECOND);
        let bar = ProgressBar::with_draw_target(bytes, target);
        bar.set_style(style(template));
        bar.enable_steady_tick(Duration::from_millis(250));
        Self(bar)
    }

    pub(crate) fn at(&self, bytes: u64) {
        self.0.set_position(bytes);
    }

    /// The server is at work, and does not say how far it is.
    pub(crate) fn then(&self, doing: &'static str) {
        self.0.set_style(style("{msg} {spinner} {elapsed}"));
        self.0.set_message(doing);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
