//! The loop that answers: one request after the other, with a look at the messages in between.

use crate::host::Host;
use crate::inbox::Inbox;
use electra::explore::Session;
use electra::protocol::Event;
use std::rc::Rc;
use std::sync::Arc;
use wasm_bindgen_futures::spawn_local;

/// Answers for as long as the worker lives.
pub(crate) fn begin(mut session: Session, host: Arc<Host>, inbox: Rc<Inbox>) {
    spawn_local(async move {
        loop {
            inbox.filled().await;
            // What came at the same time is looked at together.
            host.tick().await;
            let (next, dropped) = inbox.next();
            for number in dropped {
                host.send(Some(number), Event::Cancelled);
            }
            let Some((request, files)) = next else { continue };
            let id = Some(request.id);
            let go_on = async |event| {
                host.send(id, event);
                host.tick().await;
                !inbox.gives_up(&request)
            };
            let clock = || host.now();
            let event = session.answer(request.command.clone(), files, clock, go_on).await;
            host.send(id, event);
        }
    });
}
