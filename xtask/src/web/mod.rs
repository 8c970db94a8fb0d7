//! Builds the page and its engines into `dist/`: a folder of static files for any server.

mod browser;
mod parts;
mod sizes;
mod style;
mod trees;

use crate::report::Report;
use crate::wasm::Toolchain;
use crate::workspace::Workspace;
use crate::{Result, process, tools};
pub(crate) use browser::test as test_in_browser;
use electra::protocol::Trace;
use electra_site::{Model, Site, model_files, records};
use parts::{PARTS, Part};
use std::fs;
use std::path::{Path, PathBuf};

/// Where the page is put.
const DIST: &str = "dist";
/// What is not compiled: path in the repository, path in the page.
const STATIC: [(&str, &str); 4] = [
    ("index.html", "index.html"),
    ("web/start.js", "start.js"),
    ("web/offline.js", "offline.js"),
    ("web/worker.js", "worker.js"),
];
/// Traces of the page's examples, made by `electra trace`.
const TRACES: &str = "web/traces.json";
/// Models that the page ships: name in links and folder; those whose folder is not there are left
/// out.
const MODELS: [(&str, &str); 2] = [("nano", "assets/demo"), ("tiny", "assets/demo-tiny")];

/// Builds everything and checks what must hold for it.
pub(crate) fn build(workspace: &Workspace, report: &mut Report) -> Result {
    build_parts(workspace, report, &PARTS)
}

/// Builds all but the GPU engine, which takes longest: for working on the page.
pub(crate) fn build_without_gpu(workspace: &Workspace, report: &mut Report) -> Result {
    build_parts(workspace, report, &PARTS[..2])
}

fn build_parts(workspace: &Workspace, report: &mut Report, parts: &[Part]) -> Result {
    report.step("what each part links", || trees::check(workspace))?;
    let mut site = report.step("page without engines", || still(workspace))?;
    compile(workspace, report, &mut site, parts)?;
    let build = site.stamp()?;
    site.list(&build)?;
    site.write(&workspace.root.join(DIST))?;
    report.step("sizes", || sizes::check(&site))?;
    println!("the page is in {DIST}/; show it with `electra serve {DIST}`");
    Ok(())
}

/// What Trunk leaves to be done: the engines, the models and the stamp, in the folder that it names.
///
/// Called by the hook in `Trunk.toml`.
pub(crate) fn finish_trunk(workspace: &Workspace, report: &mut Report) -> Result {
    let folder = std::env::var_os("TRUNK_STAGING_DIR")
        .map(PathBuf::from)
        .ok_or("TRUNK_STAGING_DIR is not set; this is for Trunk, use `cargo xtask web`")?;
    let mut site = still(workspace)?;
    let (page, engines) = PARTS.split_at(1);
    compile(workspace, report, &mut site, engines)?;
    // Trunk calls files after the package.
    for end in [".js", "_bg.wasm"] {
        let path = folder.join(format!("{}{end}", page[0].package));
        let bytes = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        site.put(&format!("{}{end}", page[0].name), bytes);
    }
    let build = site.stamp()?;
    site.list(&build)?;
    for (path, bytes) in site.files() {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(&folder);
        let written = fs::create_dir_all(parent).and_then(|()| fs::write(&path, bytes));
        written.map_err(|error| format!("cannot write a file: {error}: {}", path.display()))?;
    }
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> String {
    format!("cannot read a file: {error}: {}", path.display())
}

/// Everything that is not compiled.
fn still(workspace: &Workspace) -> Result<Site> {
    let mut site = Site::default();
    for (from, to) in STATIC {
        let path = workspace.root.join(from);
        site.put(to, fs::read(&path).map_err(|error| unreadable(&path, &error))?);
    }
    site.put("style.css", style::joined(&workspace.root.join(style::FOLDER))?);
    site.remove_trunk_lines()?;
    let path = workspace.root.join(TRACES);
    if path.is_file() {
        let text = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        let traces: Vec<Trace> = serde_json::from_slice(&text)
            .map_err(|error| format!("cannot use the traces: {error}: {}", path.display()))?;
        site.set_traces(&traces)?;
    }
    site.set_models(models(workspace)?)?;
    Ok(site)
}

fn models(workspace: &Workspace) -> Result<Vec<Model>> {
    let mut models = Vec::new();
    for (id, folder) in MODELS {
        let folder = workspace.root.join(folder);
        if !folder.is_dir() {
            println!("no model `{id}` to ship: {} is not there", folder.display());
            continue;
        }
        let path = folder.join("about.json");
        let about = fs::read(&path).map_err(|error| unreadable(&path, &error))?;
        let known = serde_json::from_slice(&about)
            .map_err(|error| format!("cannot use a model's card: {error}: {}", path.display()))?;
        let mut files = model_files(&folder)?;
        files.push(("about.json".to_owned(), about));
        let records = records(&folder)?;
        models.push(Model { id: id.to_owned(), about: known, files, records });
    }
    Ok(models)
}

/// Compiles parts and adds their wasm files and scripts.
fn compile(workspace: &Workspace, report: &mut Report, site: &mut Site, parts: &[Part]) -> Result {
    let toolchain = report.step("wasm32 compiler", || Toolchain::find(workspace))?;
    let bindgen = report.step("wasm-bindgen", || tools::wasm_bindgen(workspace))?;
    let scripts = workspace.target()?.join("scripts");
    for part in parts {
        report.step(part.step, || {
            let wasm = toolchain.build(workspace, part.package, part.features, part.profile)?;
            let mut command = workspace.command(&bindgen);
            command.args(["--target", "web", "--no-typescript", "--out-name", part.name]);
            command.args(["--remove-producers-section", "--remove-name-section"]);
            process::run(command.arg("--out-dir").arg(&scripts).arg(&wasm))?;
            for name in [format!("{}.js", part.name), format!("{}_bg.wasm", part.name)] {
                let path = scripts.join(&name);
                site.put(&name, fs::read(&path).map_err(|error| unreadable(&path, &error))?);
            }
            Ok(())
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_model_says_how_it_was_trained_and_what_may_be_done_with_it() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let folders = MODELS.map(|(_, folder)| root.join(folder));
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            let records = records(folder).unwrap();
            let names: Vec<&str> = records.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(names, ["config.toml", "metrics.jsonl", "LICENSE"], "{}", folder.display());
        }
    }
}
