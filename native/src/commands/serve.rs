//! `electra serve`

use crate::args::ServeArgs;
use crate::print;
use anyhow::{Context, Result, anyhow, bail};
use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::percent_decode_str;
use std::collections::HashMap;
use std::io::Write;
use std::path::{Component, Path, PathBuf};
use std::sync::Mutex;
use tiny_http::{Header, Method, Request, Response, Server};

/// Requests answered at a time; browsers open six connections to one address.
const THREADS: usize = 6;

/// Shows a folder on the loopback address until the program is stopped.
pub(super) fn run(args: &ServeArgs) -> Result<()> {
    let folder = std::fs::canonicalize(&args.folder).ok().filter(|folder| folder.is_dir());
    let Some(folder) = folder else {
        bail!("there is no such folder; `electra page` writes one: {}", args.folder.display());
    };
    if !folder.join("index.html").is_file() {
        bail!(
            "there is no index.html in this folder; `electra page` writes one: {}",
            folder.display()
        );
    }
    let port = args.port;
    let server = Server::http(("127.0.0.1", port)).map_err(|error| {
        anyhow!("cannot listen on port {port} ({error}); choose another with `--port`, or 0")
    })?;
    let address = server.server_addr().to_ip().context("the server has no address")?;
    print::line(format_args!("http://{address}/  shows {}; Ctrl-C ends", args.folder.display()))?;
    let shown = Shown { folder, packed: Mutex::default() };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    // A browser that went away needs no answer.
                    let _ = shown.answer(request);
                }
            });
        }
    });
    Ok(())
}

struct Shown {
    folder: PathBuf,
    /// Files after gzip, as they were at their time of change.
    packed: Mutex<HashMap<PathBuf, (std::time::SystemTime, Vec<u8>)>>,
}

impl Shown {
    fn answer(&self, request: Request) -> std::io::Result<()> {
        if !matches!(request.method(), Method::Get | Method::Head) {
            return request.respond(Response::from_string("only GET").with_status_code(405));
        }
        let Some(path) = self.locate(request.url()) else {
            return request.respond(Response::from_string("not found").with_status_code(404));
        };
        let Ok(bytes) = std::fs::read(&path) else {
            return request.respond(Response::from_string("not readable").with_status_code(404));
        };
        let mut response_headers = vec![
            header("Content-Type", media_type(&path)),
            // A page built anew is seen at once.
            header("Cache-Control", "no-cache"),
            header("X-Content-Type-Options", "nosniff"),
        ];
        let bytes = if takes_gzip(&request) && is_worth_packing(&path) {
            response_headers.push(header("Content-Encoding", "gzip"));
            self.pack(&path, &bytes)?
        } else {
            bytes
        };
        let mut response = Response::from_data(bytes);
        for header in response_headers.into_iter().flatten() {
            response.add_header(header);
        }
        request.respond(response)
    }

    /// The file of an address, if it lies in the folder.
    fn locate(&self, url: &str) -> Option<PathBuf> {
        let path = url.split(['?', '#']).next().unwrap_or_default();
        let path = percent_decode_str(path).decode_utf8().ok()?;
        let path = Path::new(path.trim_start_matches('/'));
        if path.components().any(|part| !matches!(part, Component::Normal(_))) {
            return None;
        }
        let mut path = self.folder.join(path);
        if path.is_dir() {
            path = path.join("index.html");
        }
        // Links may lead out of the folder.
        let whole = std::fs::canonicalize(path).ok()?;
        (whole.starts_with(&self.folder) && whole.is_file()).then_some(whole)
    }

    fn pack(&self, path: &Path, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let changed = std::fs::metadata(path)?.modified()?;
        let lock = || self.packed.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((at, packed)) = lock().get(path)
            && *at == changed
        {
            return Ok(packed.clone());
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes)?;
        let packed = encoder.finish()?;
        lock().insert(path.to_owned(), (changed, packed.clone()));
        Ok(packed)
    }
}

fn header(name: &str, value: &str) -> Option<Header> {
    Header::from_bytes(name, value).ok()
}

fn takes_gzip(request: &Request) -> bool {
    let accepts = |header: &&Header| header.field.equiv("Accept-Encoding");
    request.headers().iter().find(accepts).is_some_and(|it| it.value.as_str().contains("gzip"))
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Weights hardly shrink.
fn is_worth_packing(path: &Path) -> bool {
    ["html", "css", "js", "json", "wasm", "svg", "txt", "toml"].contains(&extension(path))
}

/// Browsers compile wasm while it arrives only under its own type, and run no script under another.
fn media_type(path: &Path) -> &'static str {
    match extension(path) {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "txt" | "toml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(folder: &Path) -> Shown {
        Shown { folder: std::fs::canonicalize(folder).unwrap(), packed: Mutex::default() }
    }

    #[test]
    fn nothing_outside_the_folder_is_shown() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("page");
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(outer.path().join("secret.txt"), "").unwrap();
        std::fs::write(folder.join("index.html"), "").unwrap();
        let shown = shown(&folder);
        for address in
            ["/../secret.txt", "/%2e%2e/secret.txt", "/a/../../secret.txt", "//etc/passwd"]
        {
            assert_eq!(shown.locate(address), None, "{address}");
        }
        assert_eq!(shown.locate("/?engine=cpu#k=1"), shown.locate("/index.html"));
        assert!(shown.locate("/").is_some());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(outer.path(), folder.join("out")).unwrap();
            assert_eq!(shown.locate("/out/secret.txt"), None);
        }
    }

    #[test]
    fn wasm_and_scripts_have_the_types_that_browsers_insist_on() {
        assert_eq!(media_type(Path::new("a/page_bg.wasm")), "application/wasm");
        assert!(media_type(Path::new("worker.js")).starts_with("text/javascript"));
        assert_eq!(media_type(Path::new("model.safetensors")), "application/octet-stream");
    }
}
