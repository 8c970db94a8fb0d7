//! Models kept on this device, each file under the hash of its contents.

use crate::dom::document;
use crate::js::{reason, wait, window};
use electra_view::state::Kept;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, Cache, Request, Response, Url};

/// The name of the cache: pages in other folders of the origin have their own.
fn name() -> String {
    let here = document().base_uri().ok().flatten().unwrap_or_default();
    let folder = Url::new_with_base("./", &here).map_or(here, |url| url.href());
    format!("electra-models {folder}")
}

async fn open() -> Result<Cache, String> {
    // Insecure pages and some private windows have no caches at all: reading the field throws.
    let caches = window().caches().map_err(|error| reason(&error))?;
    let caches_are_here = !JsValue::from(caches.clone()).is_undefined();
    if !caches_are_here {
        return Err("this page has no storage; it must come over https".to_owned());
    }
    Ok(wait(caches.open(&name())).await?.unchecked_into())
}

fn key(sha256: &str) -> String {
    format!("kept/{sha256}")
}

/// A file that is kept; none if it is not, or nothing can be.
pub(crate) async fn get(sha256: &str) -> Option<Blob> {
    let found = wait(open().await.ok()?.match_with_str(&key(sha256))).await.ok()?;
    let response: Response = found.dyn_into().ok()?;
    wait(response.blob().ok()?).await.ok()?.dyn_into().ok()
}

/// Keeps a file; it is kept when this returns.
pub(crate) async fn put(sha256: &str, blob: &Blob) -> Result<(), String> {
    let cache = open().await?;
    let response = Response::new_with_opt_blob(Some(blob)).map_err(|error| reason(&error))?;
    wait(cache.put_with_str(&key(sha256), &response)).await?;
    Ok(())
}

/// Keeps only files of these hashes.
pub(crate) async fn keep_only(wanted: &[String]) {
    let Ok(cache) = open().await else { return };
    let Ok(keys) = wait(cache.keys()).await else { return };
    for key in keys.unchecked_into::<js_sys::Array>() {
        let request: Request = key.unchecked_into();
        let address = request.url();
        let hash = address.rsplit('/').next().unwrap_or_default();
        if wanted.iter().all(|listed| listed != hash) {
            let _ = wait(cache.delete_with_request(&request)).await;
        }
    }
}

/// What is kept, in bytes.
pub(crate) async fn kept() -> Kept {
    match measure().await {
        Ok(bytes) => Kept { bytes, refused: None },
        Err(_) => Kept::default(),
    }
}

async fn measure() -> Result<u64, String> {
    let cache = open().await?;
    let keys: js_sys::Array = wait(cache.keys()).await?.unchecked_into();
    let mut bytes = 0;
    for key in keys {
        let request: Request = key.unchecked_into();
        let found = wait(cache.match_with_request(&request)).await?;
        let Ok(response) = found.dyn_into::<Response>() else { continue };
        let blob = wait(response.blob().map_err(|error| reason(&error))?).await?;
        bytes += blob.unchecked_into::<Blob>().size() as u64;
    }
    Ok(bytes)
}

/// Keeps nothing any more.
pub(crate) async fn clear() {
    if let Ok(caches) = window().caches() {
        let _ = wait(caches.delete(&name())).await;
    }
}
