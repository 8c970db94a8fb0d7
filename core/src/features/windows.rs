//! Overlapping windows over a long text, and which of them knows a token best.

use std::ops::Range;

/// Windows of at most `room` items over `items`, `stride` apart; where that leaves no overlap, half
/// a window apart. Together they cover everything; there is one even over nothing.
pub(super) fn windows(items: usize, room: usize, stride: usize) -> Vec<Range<usize>> {
    let step = if stride < room { stride } else { room / 2 }.max(1);
    let mut windows = Vec::new();
    let mut start = 0;
    loop {
        let end = items.min(start + room);
        windows.push(start..end);
        if end == items {
            return windows;
        }
        start += step;
    }
}

/// For each window the items that it speaks for: those that have most context in it, where context
/// is the smaller of what stands before and behind, and a hundredth of the window's length; the
/// first of equals. Every item belongs to exactly one window.
pub(super) fn best_of(windows: &[Range<usize>]) -> Vec<Range<usize>> {
    let items = windows.last().map_or(0, |window| window.end);
    let mut best: Vec<Range<usize>> = vec![0..0; windows.len()];
    let mut first = 0;
    for item in 0..items {
        while windows[first].end <= item {
            first += 1;
        }
        let holding = (first..windows.len()).take_while(|&at| windows[at].start <= item);
        let chosen = holding.reduce(|a, b| {
            if context(&windows[b], item) > context(&windows[a], item) { b } else { a }
        });
        if let Some(range) = chosen.map(|at| &mut best[at]) {
            if range.start == range.end {
                *range = item..item;
            }
            range.end = item + 1;
        }
    }
    best
}

/// In hundredths.
fn context(window: &Range<usize>, item: usize) -> usize {
    100 * (item - window.start).min(window.end - 1 - item) + window.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_everything_and_overlap() {
        assert_eq!(windows(10, 6, 3), [0..6, 3..9, 6..10]);
        assert_eq!(windows(10, 4, 128), [0..4, 2..6, 4..8, 6..10]);
        assert_eq!(windows(4, 4, 2), [0..4]);
        assert_eq!(windows(0, 4, 2), [0..0]);
        assert_eq!(windows(3, 1, 9), [0..1, 1..2, 2..3]);
    }

    #[test]
    fn every_item_belongs_to_the_window_that_knows_most_around_it() {
        assert_eq!(best_of(&windows(10, 6, 3)), [0..5, 5..7, 7..10]);
        for (items, room, stride) in [(1, 5, 2), (100, 7, 3), (64, 16, 128), (33, 8, 1)] {
            let windows = windows(items, room, stride);
            let best = best_of(&windows);
            let all: Vec<usize> = best.iter().cloned().flatten().collect();
            assert_eq!(all, (0..items).collect::<Vec<_>>());
            for (window, best) in windows.iter().zip(&best) {
                assert!(best.is_empty() || window.start <= best.start && best.end <= window.end);
            }
        }
    }
}
