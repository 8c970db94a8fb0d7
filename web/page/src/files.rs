//! The model's files, kept as blobs, so that a new worker can read them; and the visitor's own.

use crate::app::dispatch;
use crate::engine;
use crate::js::wait;
use electra::protocol::MODEL_FILES;
use electra_view::action::{Action, Files};
use electra_view::folders;
use electra_view::notice::Notice;
use js_sys::{Array, Promise};
use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    Blob, DataTransfer, File, FileList, FileSystemDirectoryEntry, FileSystemEntry,
    FileSystemFileEntry,
};

/// Entries of a dropped folder that are looked at.
const MOST_ENTRIES: usize = 2_000;
/// Folders inside folders that are looked at.
const DEEPEST: usize = 4;

type Named = Vec<(String, Blob)>;

thread_local! {
    static MODEL: RefCell<Named> = const { RefCell::new(Vec::new()) };
    static TRIED: RefCell<Named> = const { RefCell::new(Vec::new()) };
}

/// These are the model's files from now on.
pub(crate) fn set_model(files: Named) {
    MODEL.set(files);
}

/// The tried files are the model's from now on, or are not.
pub(crate) fn adopt(worked: bool) {
    let tried = TRIED.take();
    if worked {
        MODEL.set(tried);
    }
}

/// Files with their bytes, for a worker.
pub(crate) async fn buffers(which: Files) -> Result<Vec<(String, JsValue)>, String> {
    let files = match which {
        Files::None => Vec::new(),
        Files::Model => MODEL.with_borrow(Clone::clone),
        Files::Tried => TRIED.with_borrow(Clone::clone),
    };
    let mut read = Vec::with_capacity(files.len());
    for (path, blob) in files {
        read.push((path, engine::bytes(&blob).await?));
    }
    Ok(read)
}

/// Opens files that were chosen.
pub(crate) fn chosen(list: &FileList) {
    let files = (0..list.length()).filter_map(|at| list.get(at));
    let named = files.map(|file| (path_of(&file), file)).collect();
    try_these(named);
}

fn path_of(file: &File) -> String {
    let path = crate::js::words(file, "webkitRelativePath");
    if path.is_empty() { file.name() } else { path }
}

/// Opens what was dropped: files, or folders with files.
pub(crate) fn dropped(data: &DataTransfer) {
    let items = data.items();
    // Entries must be asked for before the event is over.
    let entries: Vec<FileSystemEntry> = (0..items.length())
        .filter_map(|at| items.get(at))
        .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
        .collect();
    if entries.is_empty() {
        if let Some(list) = data.files() {
            chosen(&list);
        }
        return;
    }
    spawn_local(async move {
        let mut files = Vec::new();
        for entry in entries {
            if let Err(message) = walk(entry, &mut files).await {
                return dispatch(Action::Say(Notice::BadFile { message }));
            }
        }
        try_these(files);
    });
}

async fn walk(first: FileSystemEntry, files: &mut Vec<(String, File)>) -> Result<(), String> {
    let mut waiting = vec![(first, 0)];
    let mut seen = 0;
    while let Some((entry, depth)) = waiting.pop() {
        seen += 1;
        if seen > MOST_ENTRIES {
            return Err(format!(
                "the folder has more than {MOST_ENTRIES} entries; drop the model's own folder"
            ));
        }
        if entry.is_directory() && depth < DEEPEST {
            let inner = entries_of(entry.unchecked_into()).await?;
            waiting.extend(inner.into_iter().map(|entry| (entry, depth + 1)));
        } else if entry.is_file() && wanted(&entry.name()) {
            let path = entry.full_path().trim_start_matches('/').to_owned();
            let entry: FileSystemFileEntry = entry.unchecked_into();
            let promise = Promise::new(&mut |done, failed| {
                entry.file_with_callback_and_callback(&done, &failed);
            });
            files.push((path, wait(promise).await?.unchecked_into()));
        }
    }
    Ok(())
}

async fn entries_of(folder: FileSystemDirectoryEntry) -> Result<Vec<FileSystemEntry>, String> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    loop {
        // A reader gives a hundred at a time, and nothing at the end.
        let promise = Promise::new(&mut |done, failed| {
            let _ = reader.read_entries_with_callback_and_callback(&done, &failed);
        });
        let part: Array = wait(promise).await?.unchecked_into();
        if part.length() == 0 || all.len() > MOST_ENTRIES {
            return Ok(all);
        }
        all.extend(part.iter().map(JsCast::unchecked_into));
    }
}

fn wanted(name: &str) -> bool {
    MODEL_FILES.contains(&name) || name == "about.json"
}

/// Hands files to an engine, under paths as it wants them.
fn try_these(files: Vec<(String, File)>) {
    let files: Vec<(String, File)> =
        files.into_iter().filter(|(path, _)| wanted(last(path))).collect();
    if files.is_empty() {
        let names = MODEL_FILES.join(", ");
        let message = format!("none of {names} is among them");
        return dispatch(Action::Say(Notice::BadFile { message }));
    }
    let (name, paths) =
        folders::placed(&files.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>());
    let blobs = files.into_iter().map(|(_, file)| file.unchecked_into::<Blob>());
    TRIED.set(paths.into_iter().zip(blobs).collect());
    dispatch(Action::Files(name));
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
