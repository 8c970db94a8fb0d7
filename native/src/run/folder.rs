//! The run folder: where everything of one run lies, held by one process at a time.

mod claim;

use super::checkpoints::Checkpoints;
use crate::files::{remove_folder, write_atomically};
use anyhow::{Context, Result, bail};
use claim::{check_new, check_writable, lock, refuse_if_held};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const DISCRIMINATOR: &str = "discriminator";
const GENERATOR: &str = "generator";

/// The folder of one run, held for writing by this process alone.
#[derive(Debug)]
pub(crate) struct RunFolder {
    root: PathBuf,
    checkpoints: Checkpoints,
    /// Released by the system when the process ends, however it ends.
    _lock: File,
}

impl RunFolder {
    /// Makes `root` the folder of a new run that keeps the newest `keep` checkpoints.
    ///
    /// # Errors
    ///
    /// When it already holds a run: nothing of an older run is ever overwritten.
    pub(crate) fn create(root: &Path, keep: usize) -> Result<Self> {
        check_new(root)?;
        Self::hold(root, keep)
    }

    /// Refuses what [`Self::create`] would refuse, and leaves everything as it is: to be asked
    /// before text is read, which may take hours.
    ///
    /// # Errors
    ///
    /// When no new run can go into `root`; the message says why.
    pub(crate) fn check(root: &Path) -> Result<()> {
        check_new(root)?;
        check_writable(root)
    }

    /// The same for [`Self::create_default`].
    ///
    /// # Errors
    ///
    /// When nothing can be written into `runs`.
    pub(crate) fn check_default(runs: &Path) -> Result<()> {
        check_writable(runs)
    }

    /// Makes the folder `runs/<preset>-<n>` with the first free `n`.
    pub(crate) fn create_default(runs: &Path, preset: &str, keep: usize) -> Result<Self> {
        let failed =
            || format!("cannot make a run folder; choose one with `--out`: {}", runs.display());
        fs::create_dir_all(runs).with_context(failed)?;
        for number in 1_u32.. {
            let root = runs.join(format!("{preset}-{number}"));
            // Making the folder claims the number, also against a run that starts right now.
            match fs::create_dir(&root) {
                Ok(()) => return Self::hold(&root, keep),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error).with_context(failed),
            }
        }
        bail!("no number is free for a run folder; choose one with `--out`: {}", runs.display())
    }

    /// Opens the folder of a run to go on with it.
    pub(crate) fn open(root: &Path, keep: usize) -> Result<Self> {
        if !root.is_dir() {
            bail!("there is no run to resume; check the folder's name: {}", root.display());
        }
        refuse_if_held(root)?;
        if checkpoints_in(root, keep).latest().is_none() {
            bail!(
                "there is no checkpoint to resume from; `--resume` takes a run folder, the one that \
                 holds `checkpoints`: {}",
                root.display()
            );
        }
        Self::hold(root, keep)
    }

    fn hold(root: &Path, keep: usize) -> Result<Self> {
        let checkpoints = checkpoints_in(root, keep);
        fs::create_dir_all(checkpoints.folder())
            .with_context(|| format!("cannot make the run folder: {}", root.display()))?;
        let lock = lock(root)?;
        let folder = Self { root: root.to_owned(), checkpoints, _lock: lock };
        folder.remove_leftovers();
        Ok(folder)
    }

    /// The same folder, keeping the newest `keep` checkpoints.
    pub(crate) fn keeping(self, keep: usize) -> Self {
        let checkpoints = checkpoints_in(&self.root, keep);
        Self { checkpoints, ..self }
    }

    /// The folder itself.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The saved states.
    pub(crate) fn checkpoints(&self) -> &Checkpoints {
        &self.checkpoints
    }

    /// The log of metrics.
    pub(crate) fn metrics(&self) -> PathBuf {
        self.root.join("metrics.jsonl")
    }

    /// The page about the run.
    pub(crate) fn report(&self) -> PathBuf {
        self.root.join("report.html")
    }

    /// The finished discriminator, in Hugging Face form.
    pub(crate) fn discriminator(&self) -> PathBuf {
        self.root.join(DISCRIMINATOR)
    }

    /// The finished generator, in Hugging Face form.
    pub(crate) fn generator(&self) -> PathBuf {
        self.root.join(GENERATOR)
    }

    /// Removes both networks: the run has gone on since they were written.
    ///
    /// # Errors
    ///
    /// When a folder cannot be renamed; the message names it.
    pub(crate) fn remove_networks(&self) -> Result<()> {
        remove_folder(&self.discriminator())?;
        remove_folder(&self.generator())
    }

    /// Writes the file `name` of the run, completely or not at all.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<PathBuf> {
        let path = self.root.join(name);
        write_atomically(&path, bytes)?;
        Ok(path)
    }

    /// Removes temporary files that a killed process left; the lock proves that nobody writes them.
    fn remove_leftovers(&self) {
        for folder in [&*self.root, self.checkpoints.folder()] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                remove_leftover(&entry.path());
            }
        }
    }
}

/// Removes an unfinished file, or an unfinished folder of a network: other folders are not ours.
fn remove_leftover(path: &Path) {
    if path.extension().is_none_or(|extension| extension != "tmp") {
        return;
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let network = [DISCRIMINATOR, GENERATOR].iter().any(|network| name.starts_with(network));
    let _ = if path.is_dir() && network { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

fn checkpoints_in(root: &Path, keep: usize) -> Checkpoints {
    Checkpoints::new(root.join("checkpoints"), keep)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_killed_save_leaves_the_checkpoint_before_and_is_cleaned_up() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("run");
        let folder = RunFolder::create(&root, 3).unwrap();
        folder.checkpoints().save(500, b"whole").unwrap();
        fs::write(root.join("checkpoints/step-00001000.ckpt.17.tmp"), b"hal").unwrap();
        for name in ["discriminator.17.tmp", "notes.tmp"] {
            fs::create_dir(root.join(name)).unwrap();
            fs::write(root.join(name).join("file"), b"hal").unwrap();
        }
        drop(folder);
        let folder = RunFolder::open(&root, 3).unwrap();
        assert_eq!(fs::read(folder.checkpoints().latest().unwrap().path).unwrap(), b"whole");
        let left: BTreeSet<_> = fs::read_dir(root.join("checkpoints"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(left, BTreeSet::from(["step-00000500.ckpt".to_owned()]));
        assert!(!root.join("discriminator.17.tmp").exists() && root.join("notes.tmp").exists());
    }

    #[test]
    fn a_folder_that_holds_a_run_is_refused_and_resumed() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("run");
        let folder = RunFolder::create(&root, 3).unwrap();
        folder.checkpoints().save(40, b"state").unwrap();
        drop(folder);
        let refusal = RunFolder::create(&root, 3).unwrap_err().to_string();
        assert!(refusal.contains("step 40") && refusal.contains("--resume"), "{refusal}");
        assert!(refusal.ends_with(&root.display().to_string()), "{refusal}");
        assert_eq!(RunFolder::open(&root, 3).unwrap().checkpoints().latest().unwrap().step, 40);
    }

    #[test]
    fn a_configuration_of_ones_own_is_not_overwritten() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("config.toml"), "seed = 1").unwrap();
        let refusal = RunFolder::create(home.path(), 3).unwrap_err().to_string();
        assert!(refusal.contains("`config.toml`"), "{refusal}");
    }

    #[test]
    fn a_start_that_failed_early_can_be_repeated() {
        let home = tempfile::tempdir().unwrap();
        drop(RunFolder::create(home.path(), 3).unwrap());
        assert!(RunFolder::create(home.path(), 3).is_ok());
    }

    #[test]
    fn a_folder_without_checkpoints_is_not_resumed() {
        let home = tempfile::tempdir().unwrap();
        let refusal = RunFolder::open(home.path(), 3).unwrap_err().to_string();
        assert!(refusal.contains("no checkpoint"), "{refusal}");
        let refusal = RunFolder::open(&home.path().join("gone"), 3).unwrap_err().to_string();
        assert!(refusal.contains("no run"), "{refusal}");
    }

    #[test]
    fn two_processes_never_share_a_folder() {
        let home = tempfile::tempdir().unwrap();
        let held = RunFolder::create(home.path(), 3).unwrap();
        let refusal = RunFolder::create(home.path(), 3).unwrap_err().to_string();
        assert!(refusal.contains("another process"), "{refusal}");
        drop(held);
    }

    #[test]
    fn a_run_that_has_saved_nothing_yet_is_going_on_and_no_leftover() {
        let home = tempfile::tempdir().unwrap();
        let held = RunFolder::create(home.path(), 3).unwrap();
        held.write("config.toml", b"seed = 1").unwrap();
        let refusals = [
            RunFolder::create(home.path(), 3).map(|_| ()),
            RunFolder::check(home.path()),
            RunFolder::open(home.path(), 3).map(|_| ()),
        ];
        for refusal in refusals {
            let refusal = refusal.unwrap_err().to_string();
            assert!(refusal.contains("another process is training"), "{refusal}");
        }
        drop(held);
        let leftover = RunFolder::check(home.path()).unwrap_err().to_string();
        assert!(leftover.contains("`config.toml`"), "{leftover}");
    }

    #[test]
    fn a_check_leaves_nothing_behind() {
        let home = tempfile::tempdir().unwrap();
        RunFolder::check(&home.path().join("runs/new")).unwrap();
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
        fs::write(home.path().join("file"), "").unwrap();
        let refusal = RunFolder::check(&home.path().join("file/new")).unwrap_err().to_string();
        assert!(refusal.contains("cannot write into"), "{refusal}");
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_first_free_number_names_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let runs = home.path().join("runs");
        let first = RunFolder::create_default(&runs, "nano", 3).unwrap();
        fs::create_dir(runs.join("nano-2")).unwrap();
        let third = RunFolder::create_default(&runs, "nano", 3).unwrap();
        assert!(first.root().ends_with("nano-1") && third.root().ends_with("nano-3"));
    }
}
