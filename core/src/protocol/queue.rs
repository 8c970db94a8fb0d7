//! Which of several waiting requests are worth doing.

use super::command::{Command, Request};

/// Splits waiting requests into those to do, oldest first, and the numbers of those given up:
/// superseded by a newer one of their kind, or cancelled.
///
/// A `cancel` is done with when it is here, so it is in neither part.
pub fn newest(waiting: Vec<Request>) -> (Vec<Request>, Vec<u32>) {
    let given_up = |at: usize, request: &Request| {
        waiting[at + 1..].iter().any(|newer| match newer.command {
            Command::Cancel { request: number } => number == request.id,
            ref command => request.command.is_superseded_by(command),
        })
    };
    let dropped: Vec<bool> =
        waiting.iter().enumerate().map(|(at, request)| given_up(at, request)).collect();
    let (mut work, mut numbers) = (Vec::new(), Vec::new());
    for (request, dropped) in waiting.into_iter().zip(dropped) {
        match request.command {
            Command::Cancel { .. } => {}
            _ if dropped => numbers.push(request.id),
            _ => work.push(request),
        }
    }
    (work, numbers)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Explore, Selection};

    fn explore(id: u32) -> Request {
        let command = Command::Explore(Explore {
            text: String::new(),
            selection: Selection::Rule,
            seed: 1,
            temperature: 1.0,
            replacements: Vec::new(),
        });
        Request { id, command }
    }

    #[test]
    fn the_latest_request_of_a_kind_wins() {
        let test = Request { id: 2, command: Command::SelfTest };
        let (work, dropped) = newest(vec![explore(1), test.clone(), explore(3), explore(4)]);
        assert_eq!(work, [test, explore(4)]);
        assert_eq!(dropped, [1, 3]);
    }

    #[test]
    fn a_cancelled_request_is_not_done_and_a_late_cancel_does_nothing() {
        let cancel = |request| Request { id: 9, command: Command::Cancel { request } };
        let (work, dropped) = newest(vec![explore(1), cancel(1), cancel(77)]);
        assert_eq!((work, dropped), (vec![], vec![1]));
    }
}
