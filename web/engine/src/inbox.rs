//! Requests that wait, in the order in which they came.

use electra::explore::NamedFile;
use electra::protocol::{Command, Request, newest};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::{Poll, Waker};

/// Requests that nobody has begun yet.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: RefCell<Vec<Request>>,
    files: RefCell<BTreeMap<u32, Vec<NamedFile>>>,
    /// Who waits for a request.
    waker: Cell<Option<Waker>>,
}

impl Inbox {
    /// Adds a request.
    pub(crate) fn put(&self, request: Request, files: Vec<NamedFile>) {
        if !files.is_empty() {
            self.files.borrow_mut().insert(request.id, files);
        }
        self.waiting.borrow_mut().push(request);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    /// Ends when a request waits.
    pub(crate) async fn filled(&self) {
        poll_fn(|context| {
            if self.waiting.borrow().is_empty() {
                self.waker.set(Some(context.waker().clone()));
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
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
