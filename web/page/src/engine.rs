//! The engines' workers: start, ask, end.

use crate::app::dispatch;
use crate::files;
use electra::protocol::{EngineKind, Reply, Request};
use electra_view::action::{Action, Files};
use js_sys::{Array, Object, Reflect};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, MessageEvent, Worker, WorkerOptions, WorkerType};

thread_local! {
    static WORKERS: RefCell<[Option<Running>; 2]> = const { RefCell::new([None, None]) };
}

/// A worker and what listens to it.
struct Running {
    worker: Worker,
    _heard: Closure<dyn FnMut(MessageEvent)>,
    _failed: Closure<dyn FnMut(web_sys::Event)>,
}

fn slot(kind: EngineKind) -> usize {
    usize::from(kind == EngineKind::Gpu)
}

/// Starts an engine; it speaks first.
pub(crate) fn start(kind: EngineKind, build: &str) {
    stop(kind);
    let name = if kind == EngineKind::Gpu { "gpu" } else { "cpu" };
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    let address = format!("worker.js?engine={name}&v={build}");
    let worker = match Worker::new_with_options(&address, &options) {
        Ok(worker) => worker,
        Err(reason) => {
            let message = format!("its worker cannot be started: {reason:?}");
            return spawn_local(async move { dispatch(Action::Crashed(kind, message)) });
        }
    };
    let heard = Closure::new(move |event: MessageEvent| hear(kind, &event));
    let failed = Closure::new(move |event: web_sys::Event| {
        event.prevent_default();
        let message = event.dyn_ref::<web_sys::ErrorEvent>().map(web_sys::ErrorEvent::message);
        let message = message.unwrap_or_else(|| "its worker could not be loaded".to_owned());
        dispatch(Action::Crashed(kind, message));
    });
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    worker.set_onerror(Some(failed.as_ref().unchecked_ref()));
    let running = Running { worker, _heard: heard, _failed: failed };
    WORKERS.with_borrow_mut(|workers| workers[slot(kind)] = Some(running));
}

/// Ends an engine, whatever it is doing.
pub(crate) fn stop(kind: EngineKind) {
    let running = WORKERS.with_borrow_mut(|workers| workers[slot(kind)].take());
    if let Some(running) = running {
        running.worker.set_onmessage(None);
        running.worker.set_onerror(None);
        running.worker.terminate();
        // This may be called by one of its own closures, which must outlive the call.
        spawn_local(async move { drop(running) });
    }
}

fn hear(kind: EngineKind, event: &MessageEvent) {
    let text = event.data().as_string().unwrap_or_default();
    let action = match serde_json::from_str::<Reply>(&text) {
        Ok(reply) => Action::Reply(kind, Box::new(reply)),
        Err(error) => {
            Action::Crashed(kind, format!("it speaks another language ({error}); reload the page"))
        }
    };
    dispatch(action);
}

/// Asks an engine; files are read first, and go along without being copied.
pub(crate) fn send(kind: EngineKind, request: Request, which: Files) {
    // While files are read, another worker may take this one's place: the request is not its.
    let Some(worker) = worker(kind) else { return };
    spawn_local(async move {
        let buffers = match files::buffers(which).await {
            Ok(buffers) => buffers,
            Err(_) if self::worker(kind).as_ref() != Some(&worker) => return,
            Err(reason) => return dispatch(Action::Crashed(kind, reason)),
        };
        let json = serde_json::to_string(&request).expect("requests are plain data");
        let (message, list, moved) = (Object::new(), Array::new(), Array::new());
        for (path, bytes) in buffers {
            let file = Object::new();
            set(&file, "path", &JsValue::from(path));
            set(&file, "bytes", &bytes);
            list.push(&file);
            moved.push(&bytes);
        }
        set(&message, "request", &JsValue::from(json));
        set(&message, "files", &list);
        let _ = worker.post_message_with_transfer(&message, &moved);
    });
}

/// The worker that runs an engine now.
fn worker(kind: EngineKind) -> Option<Worker> {
    WORKERS.with_borrow(|all| all[slot(kind)].as_ref().map(|running| running.worker.clone()))
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &JsValue::from(name), value);
}

/// The bytes of a blob, read without blocking.
pub(crate) async fn bytes(blob: &Blob) -> Result<JsValue, String> {
    JsFuture::from(blob.array_buffer())
        .await
        .map_err(|_| "a file cannot be read any more; open it again".to_owned())
}
