//! Requests that wait, in the order in which they came.

use electra::explore::NamedFile;
use electra::protocol::{Command, Request, newest};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Requests that nobody has begun yet.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: RefCell<Vec<Request>>,
    files: RefCell<BTreeMap<u32, Vec<NamedFile>>>,
}

impl Inbox {
    /// Adds a request.
    pub(crate) fn put(&self, request: Request, files: Vec<NamedFile>) {
        if !files.is_empty() {
            self.files.borrow_mut().insert(request.id, files);
        }
        self.waiting.borrow_mut().push(request);
    }

    /// The oldest request worth doing with its files, and the numbers of those given up.
    pub(crate) fn next(&self) -> (Option<(Request, Vec<NamedFile>)>, Vec<u32>) {
        let (mut work, dropped) = newest(self.waiting.take());
        let first = (!work.is_empty()).then(|| work.remove(0));
        self.waiting.replace(work);
        let mut files = self.files.borrow_mut();
        for number in &dropped {
            files.remove(number);
        }
        let first = first.map(|request| {
            let files = files.remove(&request.id).unwrap_or_default();
            (request, files)
        });
        (first, dropped)
    }

    /// Whether a request that runs has become pointless.
    pub(crate) fn gives_up(&self, running: &Request) -> bool {
        self.waiting.borrow().iter().any(|newer| match newer.command {
            Command::Cancel { request } => request == running.id,
            ref command => running.command.is_superseded_by(command),
        })
    }
}
