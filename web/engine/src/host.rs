//! What the worker's script does for the engine.

use electra::protocol::{Event, Failure, FailureKind, Reply};
use std::sync::Arc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The script's object.
    pub type Host;

    /// Sends a reply to the page.
    #[wasm_bindgen(method)]
    fn post(this: &Host, reply: &str);

    /// Ends when the browser has handed over the messages that wait.
    #[wasm_bindgen(method)]
    pub(crate) async fn tick(this: &Host);

    /// Milliseconds since the worker began.
    #[wasm_bindgen(method)]
    pub(crate) fn now(this: &Host) -> f64;

    /// A line on the console, as an error.
    #[wasm_bindgen(method)]
    pub(crate) fn complain(this: &Host, line: &str);
}

impl Host {
    /// Sends an event that belongs to request `id`.
    pub(crate) fn send(&self, id: Option<u32>, event: Event) {
        // Replies are plain data with text keys: they always have a JSON form.
        self.post(&serde_json::to_string(&Reply { id, event }).unwrap_or_default());
    }
}

/// Makes a panic a reply and a line on the console, as complaints of libraries are.
pub(crate) fn report_panics(host: &Arc<Host>) {
    let reporting = host.clone();
    std::panic::set_hook(Box::new(move |info| {
        let what = info.payload_as_str().unwrap_or("no words");
        // Of the path, the file's name: where it was compiled is nobody's business.
        let at = info.location().map_or_else(String::new, |at| {
            let name = at.file().rsplit(['/', '\\']).next().unwrap_or_default();
            format!(" ({name}, line {})", at.line())
        });
        reporting.complain(&format!("the engine panicked: {what}{at}"));
        let message = format!("the engine hit a bug and has to start anew: {what}{at}");
        reporting.send(None, Event::Failed(Failure::new(FailureKind::Panic, message)));
    }));
    // A second engine in one worker would find the first one's logger, which does the same.
    if log::set_logger(Box::leak(Box::new(Complaints(host.clone())))).is_ok() {
        log::set_max_level(log::LevelFilter::Error);
    }
}

/// Libraries report refused shaders and lost devices here and nowhere else.
struct Complaints(Arc<Host>);

impl log::Log for Complaints {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Error
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.complain(&record.args().to_string());
        }
    }

    fn flush(&self) {}
}
