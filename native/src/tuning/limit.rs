//! `--limit`: fewer training texts.

use crate::tasks;
use anyhow::{Result, bail};
use electra::tasks::{LabelledText, Target, TaskData};
use std::collections::BTreeSet;

/// The data with at most `limit` training texts.
pub(super) fn limited(mut data: TaskData, limit: Option<usize>) -> Result<TaskData> {
    if limit == Some(0) {
        bail!("`--limit 0` leaves nothing to train on; write a number of texts");
    }
    if let Some(limit) = limit {
        data.train = thinned(data.train, limit);
    }
    tasks::check_classes(&data)?;
    Ok(data)
}

/// So many texts, taken evenly: files are often sorted by label, and where they alternate, every
/// second text would have the same one. So labels are thinned one after the other.
fn thinned(texts: Vec<LabelledText>, limit: usize) -> Vec<LabelledText> {
    let all = texts.len();
    if limit >= all {
        return texts;
    }
    let label = |text: &LabelledText| match text.target {
        Target::Class(class) => class,
        _ => 0,
    };
    let mut order: Vec<usize> = (0..all).collect();
    order.sort_by_key(|&at| label(&texts[at]));
    let is_kept = |rank: usize| rank * limit / all != (rank + 1) * limit / all;
    let kept: BTreeSet<usize> = order
        .into_iter()
        .enumerate()
        .filter(|&(rank, _)| is_kept(rank))
        .map(|(_, at)| at)
        .collect();
    texts
        .into_iter()
        .enumerate()
        .filter(|(at, _)| kept.contains(at))
        .map(|(_, text)| text)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use electra::tasks::Content;

    #[test]
    fn a_limit_takes_texts_from_the_whole_file() {
        let text = |number: usize| LabelledText {
            id: number.to_string(),
            content: Content::Text(String::new()),
            target: Target::Unknown,
        };
        let ids = |limit| {
            let kept = thinned((0..10).map(text).collect(), limit);
            kept.into_iter().map(|text| text.id).collect::<Vec<_>>().concat()
        };
        assert_eq!(ids(3), "369");
        assert_eq!((ids(10).len(), ids(99).len()), (10, 10));
    }

    #[test]
    fn a_limit_keeps_the_shares_of_labels_that_alternate() {
        let text = |number: usize| LabelledText {
            id: number.to_string(),
            content: Content::Text(String::new()),
            target: Target::Class(number % 2),
        };
        let kept = thinned((0..60).map(text).collect(), 30);
        let first = kept.iter().filter(|text| text.target == Target::Class(0)).count();
        assert_eq!((kept.len(), first), (30, 15));
    }
}
