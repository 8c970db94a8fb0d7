//! TensorBoard event files: scalars and texts.
//!
//! An event file is a sequence of `TFRecord`s (length, checksum, bytes, checksum), each holding one
//! `Event` message of `tensorflow/core/util/event.proto`. The few messages needed are encoded by
//! hand: the crates for it pull a protobuf compiler and image codecs.

use anyhow::{Context, Result};
use electra::metrics::{Evaluation, StepMetrics};
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// `DT_STRING` of `tensorflow/core/framework/types.proto`.
const DT_STRING: u64 = 7;
/// `SessionLog.SessionStatus.START`.
const SESSION_START: u64 = 1;

/// An open event file. Times are seconds since 1970, given by the caller.
#[derive(Debug)]
pub(crate) struct EventWriter {
    file: File,
    path: PathBuf,
}

impl EventWriter {
    /// Begins an event file in `folder`; TensorBoard reads all of them as one run.
    pub(crate) fn create(folder: &Path, wall_time: f64) -> Result<Self> {
        let (file, path) = new_file(folder, wall_time)?;
        let mut writer = Self { file, path };
        let version = Message::default().text(3, b"brain.Event:2");
        writer.event(wall_time, 0, version)?;
        Ok(writer)
    }

    /// Begins an event file that replaces what earlier ones say about steps after `step`.
    pub(crate) fn resume(folder: &Path, wall_time: f64, step: usize) -> Result<Self> {
        let mut writer = Self::create(folder, wall_time)?;
        let session = Message::default().varint(1, SESSION_START);
        writer.event(wall_time, step + 1, Message::default().message(7, &session))?;
        Ok(writer)
    }

    /// Writes one line of the training log, under `train/`.
    pub(crate) fn train(
        &mut self,
        wall_time: f64,
        metrics: &StepMetrics,
        tokens_per_second: f64,
    ) -> Result<()> {
        let mut scalars = scalars_of("train", metrics)?;
        scalars.push(("train/tokens_per_second".to_owned(), tokens_per_second));
        self.scalars(wall_time, metrics.step, &scalars)
    }

    /// Writes one evaluation, under `eval/`.
    pub(crate) fn evaluation(
        &mut self,
        wall_time: f64,
        step: usize,
        metrics: &Evaluation,
    ) -> Result<()> {
        self.scalars(wall_time, step, &scalars_of("eval", metrics)?)
    }

    /// Writes named values of one step.
    pub(crate) fn scalars(
        &mut self,
        wall_time: f64,
        step: usize,
        values: &[(String, f64)],
    ) -> Result<()> {
        let summary = values.iter().fold(Message::default(), |summary, (tag, value)| {
            let value = Message::default().text(1, tag.as_bytes()).float(2, *value as f32);
            summary.message(1, &value)
        });
        self.event(wall_time, step, Message::default().message(5, &summary))
    }

    /// Writes a text for TensorBoard's text page, which reads it as Markdown.
    pub(crate) fn text(&mut self, wall_time: f64, tag: &str, text: &str) -> Result<()> {
        let plugin = Message::default().text(1, b"text");
        let metadata = Message::default().message(1, &plugin);
        let one_entry = Message::default().message(2, &Message::default().varint(1, 1));
        let tensor =
            Message::default().varint(1, DT_STRING).message(2, &one_entry).text(8, text.as_bytes());
        let value =
            Message::default().text(1, tag.as_bytes()).message(8, &tensor).message(9, &metadata);
        self.event(
            wall_time,
            0,
            Message::default().message(5, &Message::default().message(1, &value)),
        )
    }

    /// Writes one event with `content`, in a single write so that a kill can cut only the last one.
    fn event(&mut self, wall_time: f64, step: usize, content: Message) -> Result<()> {
        let mut event = Message::default().double(1, wall_time).varint(2, step as u64);
        event.0.extend(content.0);
        self.file
            .write_all(&record(&event.0))
            .with_context(|| format!("cannot write TensorBoard's events: {}", self.path.display()))
    }
}

/// A file that did not exist: `events.out.tfevents.<seconds>.electra`, numbered if needed.
fn new_file(folder: &Path, wall_time: f64) -> Result<(File, PathBuf)> {
    for number in 0_u32.. {
        let name = format!("events.out.tfevents.{:010}.electra.{number}", wall_time as u64);
        let path = folder.join(name);
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                let failed = format!("cannot begin TensorBoard's event file: {}", path.display());
                return Err(error).context(failed);
            }
        }
    }
    anyhow::bail!("no name is free for TensorBoard's event file: {}", folder.display())
}

/// Every numeric field of `metrics` but the step, as `prefix/field`; absent ones are left out.
fn scalars_of(prefix: &str, metrics: &impl Serialize) -> Result<Vec<(String, f64)>> {
    let fields = serde_json::to_value(metrics).context("cannot read metrics field by field")?;
    let fields = fields.as_object().into_iter().flatten();
    let named = fields.filter(|(name, _)| *name != "step");
    Ok(named
        .filter_map(|(name, value)| Some((format!("{prefix}/{name}"), value.as_f64()?)))
        .collect())
}

/// `TFRecord` framing of one message.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let mut framed = Vec::with_capacity(data.len() + 16);
    framed.extend(length);
    framed.extend(masked_crc(&length).to_le_bytes());
    framed.extend(data);
    framed.extend(masked_crc(data).to_le_bytes());
    framed
}

/// `TFRecord`'s checksum; masked because a checksum of data with checksums inside is weak.
fn masked_crc(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// A protobuf message under construction.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn key(mut self, field: u32, wire_type: u32) -> Self {
        self.push_varint(u64::from(field << 3 | wire_type));
        self
    }

    fn push_varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn varint(self, field: u32, value: u64) -> Self {
        let mut message = self.key(field, 0);
        message.push_varint(value);
        message
    }

    fn double(self, field: u32, value: f64) -> Self {
        let mut message = self.key(field, 1);
        message.0.extend(value.to_le_bytes());
        message
    }

    fn float(self, field: u32, value: f32) -> Self {
        let mut message = self.key(field, 5);
        message.0.extend(value.to_le_bytes());
        message
    }

    fn text(self, field: u32, bytes: &[u8]) -> Self {
        let mut message = self.key(field, 2);
        message.push_varint(bytes.len() as u64);
        message.0.extend(bytes);
        message
    }

    fn message(self, field: u32, inner: &Message) -> Self {
        self.text(field, &inner.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Field number, wire type and payload (varints little-endian) of every field of a message.
    fn fields(mut bytes: &[u8]) -> Vec<(u32, Vec<u8>)> {
        fn varint(bytes: &mut &[u8]) -> u64 {
            let mut value = 0;
            for shift in (0..).step_by(7) {
                let byte = bytes[0];
                *bytes = &bytes[1..];
                value |= u64::from(byte & 0x7f) << shift;
                if byte < 0x80 {
                    break;
                }
            }
            value
        }
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let length = match key & 7 {
                0 => {
                    found.push(((key >> 3) as u32, varint(&mut bytes).to_le_bytes().to_vec()));
                    continue;
                }
                1 => 8,
                5 => 4,
                _ => varint(&mut bytes) as usize,
            };
            found.push(((key >> 3) as u32, bytes[..length].to_vec()));
            bytes = &bytes[length..];
        }
        found
    }

    /// The messages in an event file; panics when a checksum is wrong.
    fn events(mut bytes: &[u8]) -> Vec<Vec<(u32, Vec<u8>)>> {
        let mut found = Vec::new();
        while !bytes.is_empty() {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            assert_eq!(bytes[8..12], masked_crc(&bytes[..8]).to_le_bytes());
            let data = &bytes[12..12 + length];
            assert_eq!(bytes[12 + length..16 + length], masked_crc(data).to_le_bytes());
            found.push(fields(data));
            bytes = &bytes[16 + length..];
        }
        found
    }

    #[test]
    fn checksums_are_masked_crc32c() {
        // RFC 3720, B.4: 32 bytes of zeros give 8a9136aa.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        // 8a9136aa rotated right by 15 is 6d551522; a282ead8 is added.
        assert_eq!(masked_crc(&[0; 32]), 0x0fd7_fffa);
    }

    #[test]
    fn scalars_are_read_back() {
        let home = tempfile::tempdir().unwrap();
        let mut writer = EventWriter::create(home.path(), 1.5).unwrap();
        writer.scalars(2.5, 300, &[("a/b".to_owned(), 0.25), ("c".to_owned(), -1.0)]).unwrap();
        let events = events(&std::fs::read(&writer.path).unwrap());
        assert_eq!(events[0][2], (3, b"brain.Event:2".to_vec()));
        assert_eq!(events[1][0], (1, 2.5_f64.to_le_bytes().to_vec()));
        assert_eq!(events[1][1], (2, 300_u64.to_le_bytes().to_vec()));
        let values = fields(&events[1][2].1);
        let first = fields(&values[0].1);
        assert_eq!(first, [(1, b"a/b".to_vec()), (2, 0.25_f32.to_le_bytes().to_vec())]);
        assert_eq!(fields(&values[1].1)[1].1, (-1.0_f32).to_le_bytes());
    }

    #[test]
    fn every_measured_number_becomes_a_scalar() {
        let metrics = StepMetrics { disc_auc: Some(0.5), ..StepMetrics::default() };
        let names: Vec<_> =
            scalars_of("train", &metrics).unwrap().into_iter().map(|s| s.0).collect();
        assert!(names.contains(&"train/generator_loss".to_owned()), "{names:?}");
        assert!(names.contains(&"train/disc_auc".to_owned()), "{names:?}");
        assert!(!names.contains(&"train/disc_recall".to_owned()), "{names:?}");
        assert!(!names.contains(&"train/step".to_owned()), "{names:?}");
    }

    #[test]
    fn resuming_adds_a_file_that_purges_the_steps_to_come() {
        let home = tempfile::tempdir().unwrap();
        let first = EventWriter::create(home.path(), 1.0).unwrap();
        let second = EventWriter::resume(home.path(), 1.0, 10).unwrap();
        assert_ne!(first.path, second.path);
        let events = events(&std::fs::read(&second.path).unwrap());
        assert_eq!(events[1][1], (2, 11_u64.to_le_bytes().to_vec()));
        assert_eq!(events[1][2], (7, vec![1 << 3, 1]));
    }
}
