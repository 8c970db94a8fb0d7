//! The networks in a dedicated worker: takes requests, answers with events.
//!
//! Built twice: with the feature `cpu` for the processor, with `gpu` for WebGPU. All that is asked
//! is carried out by `electra::explore`; here are the border and the order of requests.

#[cfg(all(feature = "cpu", feature = "gpu"))]
compile_error!("build one engine with `cpu` and another with `gpu`");

mod device;
mod host;
mod inbox;
mod work;

use device::Adapter;
use electra::explore::{NamedFile, Session};
use electra::protocol::{Event, Failure, FailureKind, Hello, Request};
use host::Host;
use inbox::Inbox;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen::prelude::*;

/// An engine that has started.
#[wasm_bindgen]
pub struct Engine {
    host: Arc<Host>,
    inbox: Rc<Inbox>,
}

/// Starts the engine and says so, or why it cannot.
///
/// `adapter` describes the GPU, for the engine that uses one.
#[wasm_bindgen]
pub async fn start(host: Host, build: String, adapter: Adapter) -> Option<Engine> {
    let host = Arc::new(host);
    host::report_panics(&host);
    match device::open().await {
        Ok(opened) => {
            let adapter = device::describe(&adapter);
            let hello = Hello { engine: device::KIND, build, adapter };
            host.send(None, Event::Ready(hello));
            let inbox = Rc::new(Inbox::default());
            let session = Session::new(opened, device::SHAPES);
            work::begin(session, host.clone(), inbox.clone());
            Some(Engine { host, inbox })
        }
        Err(failure) => {
            host.send(None, Event::Failed(failure));
            None
        }
    }
}

#[wasm_bindgen]
impl Engine {
    /// Takes a request: its JSON, and the files that belong to it, paths and bytes side by side.
    #[wasm_bindgen]
    pub fn receive(&self, request: &str, paths: Vec<String>, bytes: js_sys::Array) {
        match serde_json::from_str::<Request>(request) {
            Ok(request) => {
                let bytes = bytes.iter().map(|file| js_sys::Uint8Array::new(&file).to_vec());
                let named = paths.into_iter().zip(bytes);
                let files = named.map(|(path, bytes)| NamedFile { path, bytes }).collect();
                self.inbox.put(request, files);
            }
            Err(error) => {
                let message = format!("this request cannot be read: {error}");
                let failure = Failure::new(FailureKind::BadRequest, message);
                self.host.send(None, Event::Failed(failure));
            }
        }
    }
}
