//! Promises about task files: every layout is read, every fault is named with its place.

mod columns;
mod features;
mod forms;
mod glue;
mod own;
mod places;
mod predictions;
mod squad;

use super::{TaskRequest, read};
use electra::tasks::{LabelledText, Target, TaskData};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder of small made-up files.
struct Place(TempDir);

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            place.write(name, text.as_bytes());
        }
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    fn zip(&self, name: &str, files: &[(&str, &str)]) {
        let mut archive = zip::ZipWriter::new(fs::File::create(self.path(name)).unwrap());
        for (name, text) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
    }

    fn request(&self, task: &str) -> TaskRequest {
        TaskRequest {
            task: task.to_owned(),
            data: self.0.path().to_owned(),
            ..TaskRequest::default()
        }
    }

    fn read(&self, task: &str) -> TaskData {
        read(&self.request(task)).unwrap()
    }

    /// The one sentence about what is wrong.
    fn error(&self, task: &str) -> String {
        error(&self.request(task))
    }
}

fn error(request: &TaskRequest) -> String {
    let error = read(request).expect_err("these files are bad");
    let sentence = format!("{error:#}");
    assert!(!sentence.contains('\n'), "{sentence}");
    sentence
}

fn own(place: &Place, kind: &str, file: &str) -> TaskRequest {
    TaskRequest {
        task: "mine".to_owned(),
        data: place.path(file),
        kind: Some(kind.to_owned()),
        ..TaskRequest::default()
    }
}

fn targets(texts: &[LabelledText]) -> Vec<Target> {
    texts.iter().map(|text| text.target.clone()).collect()
}

fn gzip(path: &Path) {
    let text = fs::read(path).unwrap();
    let packed = PathBuf::from(format!("{}.gz", path.display()));
    let mut encoder = flate2::write::GzEncoder::new(
        fs::File::create(packed).unwrap(),
        flate2::Compression::fast(),
    );
    encoder.write_all(&text).unwrap();
    encoder.finish().unwrap();
    fs::remove_file(path).unwrap();
}
