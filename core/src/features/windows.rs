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

/// The window that knows most around the items from `first` to `last`: of those that hold them all,
/// the one with most context, which is the smaller of what stands before and behind, and a hundredth
/// of the window's length; the first of equals.
pub(super) fn best_for(windows: &[Range<usize>], first: usize, last: usize) -> Option<usize> {
    let context = |window: &Range<usize>| {
        100 * (first - window.start).min(window.end - 1 - last) + window.len()
    };
    (0..windows.len())
        .filter(|&at| windows[at].start <= first && last < windows[at].end)
        .reduce(|a, b| if context(&windows[b]) > context(&windows[a]) { b } else { a })
}

/// For each window the items that it speaks for. Every item belongs to exactly one window.
pub(super) fn best_of(windows: &[Range<usize>]) -> Vec<Range<usize>> {
    let items = windows.last().map_or(0, |window| window.end);
    let mut best: Vec<Range<usize>> = vec![0..0; windows.len()];
    for item in 0..items {
        if let Some(at) = best_for(windows, item, item) {
            let begun = best[at].start < best[at].end;
            best[at] = if begun { best[at].start..item + 1 } else { item..item + 1 };
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_everything_and_overlap() {
        assert_eq!(windows(10, 6, 3), [0..6, 3..9, 6..10]);
        assert_eq!(windows(10, 4, 128), [0..4, 2..6, 4..8, 6..10]);
        assert_eq!(windows(4, 4, 2), vec![0..4; 1]);
        assert_eq!(windows(0, 4, 2), vec![0..0; 1]);
        assert_eq!(windows(3, 1, 9), [0..1, 1..2, 2..3]);
    }

    #[test]
    fn a_span_belongs_to_a_window_that_holds_all_of_it() {
        let windows = windows(10, 6, 3);
        assert_eq!(best_for(&windows, 4, 4), Some(0));
        // The window that is best for its first item does not hold its last.
        assert_eq!(best_for(&windows, 4, 6), Some(1));
        assert_eq!(best_for(&windows, 1, 7), None);
    }

    #[test]
    fn every_item_belongs_to_the_window_that_knows_most_around_it() {
        assert_eq!(best_of(&windows(10, 6, 3)), [0..5, 5..8, 8..10]);
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
