//! What a visitor downloads, and how much it may be.

use super::parts::PARTS;
use crate::Result;
use electra::protocol::ModelList;
use electra_site::{LARGEST_FILE, Site};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// HTML, styles, scripts and the first example together, after gzip.
const BEFORE_WASM: usize = 60_000;
/// The first model over the wire, weights in f16: what every visitor waits for.
const FIRST_MODEL: usize = 4_000_000;
/// A model that is fetched when it is chosen.
const OTHER_MODEL: usize = 16_000_000;

/// Prints a table and fails where a budget is exceeded.
pub(super) fn check(site: &Site) -> Result {
    let mut wrong = Vec::new();
    let mut before = 0;
    println!("{:<44} {:>12} {:>12} {:>12}", "file", "bytes", "gzip", "budget");
    for (path, bytes) in site.files() {
        let packed = gzip(bytes);
        let part = PARTS.iter().find(|part| format!("{}_bg.wasm", part.name) == path);
        let budget = part.map(|part| part.budget);
        let shown = budget.map_or_else(String::new, |budget| budget.to_string());
        println!("{path:<44} {:>12} {packed:>12} {shown:>12}", bytes.len());
        if ["index.html", "style.css", "start.js", "page.js"].contains(&path) {
            before += packed;
        }
        if budget.is_some_and(|budget| packed > budget) {
            wrong
                .push(format!("{path} has {packed} bytes after gzip, at most {shown} are allowed"));
        }
    }
    for (path, size) in site.too_large() {
        wrong.push(format!("{path} has {size} bytes, hosts take {LARGEST_FILE}"));
    }
    if before > BEFORE_WASM {
        wrong.push(format!("the page before wasm has {before} bytes, allowed are {BEFORE_WASM}"));
    }
    wrong.extend(heavy_models(site)?);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

/// Models of which a visitor fetches too much; what lies beside them for people is not fetched.
fn heavy_models(site: &Site) -> Result<Vec<String>> {
    let list = site.get(electra_site::MODELS).ok_or("the page has no list of models")?;
    let list: ModelList = serde_json::from_slice(list).map_err(|error| error.to_string())?;
    let mut wrong = Vec::new();
    for model in &list.models {
        let id = model.id.as_str();
        let bytes = model.files.iter().map(|file| file.bytes as usize).sum::<usize>();
        println!("model {id}: {bytes} bytes");
        let budget = if id == super::MODELS[0].0 { FIRST_MODEL } else { OTHER_MODEL };
        if bytes > budget {
            wrong.push(format!("model {id} has {bytes} bytes, at most {budget} are allowed"));
        }
    }
    Ok(wrong)
}

fn gzip(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().map_or(usize::MAX, |packed| packed.len())
}
