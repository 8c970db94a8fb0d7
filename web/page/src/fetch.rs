//! Brings a shipped model here: from this device, or over the network with its progress.

use crate::app::{dispatch, with_state};
use crate::js::{call, reason, wait, window};
use crate::{files, store};
use electra::protocol::{ModelFile, ModelList, ShippedModel};
use electra_view::action::Action;
use electra_view::state::Kept;
use js_sys::{Array, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    AbortController, Blob, ReadableStreamDefaultReader, RequestCache, RequestInit, Response,
};

thread_local! {
    static RUNNING: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Stops what is being fetched.
pub(crate) fn stop() {
    if let Some(running) = RUNNING.take() {
        running.abort();
    }
}

/// Fetches a model of the list; a fetch before it is stopped.
pub(crate) fn start(id: &str) {
    stop();
    let wanted =
        with_state(|state| state.model.list.models.iter().find(|model| model.id == id).cloned());
    let (Some(model), Ok(controller)) = (wanted, AbortController::new()) else { return };
    RUNNING.set(Some(controller.clone()));
    spawn_local(async move {
        let fetched = fetch(&model, &controller).await;
        if controller.signal().aborted() {
            return;
        }
        match fetched {
            Ok(list) => {
                files::set_model(list);
                dispatch(Action::Fetched);
            }
            Err(reason) => dispatch(Action::FetchFailed(reason)),
        }
    });
}

async fn fetch(
    model: &ShippedModel,
    controller: &AbortController,
) -> Result<Vec<(String, Blob)>, String> {
    let total = model.files.iter().map(|file| file.bytes).sum();
    let mut done = 0;
    let mut list = Vec::new();
    let mut refused = None;
    for file in &model.files {
        let progress = |loaded: u64, kept: bool| {
            if !controller.signal().aborted() {
                dispatch(Action::Progress { loaded: done + loaded, total, kept });
            }
        };
        let blob = if let Some(blob) = store::get(&file.sha256).await {
            progress(file.bytes, true);
            blob
        } else {
            let blob = download(file, controller, &progress).await?;
            if let Err(reason) = store::put(&file.sha256, &blob).await {
                refused.get_or_insert(reason);
            }
            blob
        };
        done += file.bytes;
        list.push((file.path.clone(), blob));
    }
    store::keep_only(&listed()).await;
    let Kept { bytes, .. } = store::kept().await;
    dispatch(Action::Kept(Kept { bytes, refused }));
    Ok(list)
}

/// Hashes of all files of the list: what else is kept is of an earlier build, and nobody asks for it.
fn listed() -> Vec<String> {
    with_state(|state| {
        let files = state.model.list.models.iter().flat_map(|model| &model.files);
        files.map(|file| file.sha256.clone()).collect()
    })
}

async fn download(
    file: &ModelFile,
    controller: &AbortController,
    progress: &dyn Fn(u64, bool),
) -> Result<Blob, String> {
    let options = RequestInit::new();
    options.set_signal(Some(&controller.signal()));
    // Other weights may come to the same address: the browser's own cache would go on giving the old
    // ones, whoever tries again. What is kept here is kept under its hash.
    options.set_cache(RequestCache::NoStore);
    let response: Response =
        wait(window().fetch_with_str_and_init(&file.url, &options)).await?.unchecked_into();
    if !response.ok() {
        return Err(format!("the server answers {} to {}", response.status(), file.url));
    }
    let body = response.body().ok_or("the server sent nothing")?;
    let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
    let parts = Array::new();
    let mut loaded = 0;
    loop {
        let part = wait(reader.read()).await?;
        if crate::js::field(&part, "done").is_some_and(|done| done.is_truthy()) {
            break;
        }
        let bytes: Uint8Array =
            crate::js::field(&part, "value").ok_or("the network sent a hole")?.unchecked_into();
        loaded += u64::from(bytes.byte_length());
        if loaded > file.bytes {
            return Err(format!("{} is larger than the list of models says", file.url));
        }
        parts.push(&bytes);
        progress(loaded, false);
    }
    if loaded < file.bytes {
        return Err(format!("{} is shorter than the list of models says", file.url));
    }
    let blob = Blob::new_with_u8_array_sequence(&parts).map_err(|error| reason(&error))?;
    check(&blob, file).await?;
    Ok(blob)
}

/// Compares the hash, where the browser can compute one.
async fn check(blob: &Blob, file: &ModelFile) -> Result<(), String> {
    let crypto = crate::js::field(&window(), "crypto");
    let Some(subtle) = crypto.and_then(|crypto| crate::js::field(&crypto, "subtle")) else {
        return Ok(());
    };
    let bytes = wait(blob.array_buffer()).await?;
    let digest = call(&subtle, "digest", &[JsValue::from("SHA-256"), bytes])?;
    let digest = Uint8Array::new(&wait(digest.unchecked_into()).await?).to_vec();
    let hash = digest.iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"));
    if hash == file.sha256 {
        Ok(())
    } else {
        Err(format!("{} is not the file that the list of models names; reload the page", file.url))
    }
}

/// What the page ships.
pub(crate) async fn list(build: &str) -> Result<ModelList, String> {
    let address = format!("models.json?v={build}");
    let options = RequestInit::new();
    // The same program may come with other models.
    options.set_cache(RequestCache::NoCache);
    let response: Response =
        wait(window().fetch_with_str_and_init(&address, &options)).await?.unchecked_into();
    if !response.ok() {
        return Err(format!("the server answers {} to models.json", response.status()));
    }
    let text = wait(response.text().map_err(|error| reason(&error))?).await?;
    serde_json::from_str(&text.as_string().unwrap_or_default())
        .map_err(|error| format!("models.json cannot be read: {error}"))
}
