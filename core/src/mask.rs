//! Chooses which tokens the generator must guess, and hides most of them.

use crate::batch::Batch;
use crate::config::ObjectiveConfig;
use crate::tokenizer::SpecialTokens;
use rand::RngExt;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;

/// Slack that the authors' code adds to the mask share when it fixes the slots of a row.
const SLOT_SLACK: f64 = 0.005;

/// Selected positions of a batch, flattened; a slot of weight 0 stands for none.
#[derive(Debug, Clone, PartialEq)]
pub struct Masked {
    /// Number of the slot in the flattened batch, `row * seq + position`.
    pub positions: Vec<i32>,
    /// Original tokens there.
    pub targets: Vec<i32>,
    /// 1 for a selected position, 0 for an empty slot.
    pub weights: Vec<f32>,
    /// The batch's ids with the selected positions hidden, as the generator sees them.
    pub ids: Vec<i32>,
}

impl Masked {
    /// Number of selected positions, duplicates counted.
    pub fn selected(&self) -> usize {
        self.weights.iter().filter(|&&weight| weight > 0.0).count()
    }

    fn select(&mut self, at: usize, target: i32) {
        self.positions.push(at as i32);
        self.targets.push(target);
        self.weights.push(1.0);
    }

    /// Adds empty slots until there are `slots`.
    fn fill_up(&mut self, slots: usize) {
        self.positions.resize(slots, 0);
        self.targets.resize(slots, 0);
        self.weights.resize(slots, 0.0);
    }
}

/// Most positions that a row of `seq` tokens can have selected.
pub fn slots(mask_prob: f64, seq: usize) -> usize {
    ((mask_prob + SLOT_SLACK) * seq as f64) as usize
}

/// Positions selected in a row of `length` real tokens, special tokens counted: the share rounded
/// half to even, at least one, at most `slots`.
pub fn selected_count(mask_prob: f64, length: usize, slots: usize) -> usize {
    let share = (mask_prob * length as f64).round_ties_even() as usize;
    share.clamp(1, slots.max(1))
}

/// Selects positions of every row and hides them from the generator.
///
/// Special tokens and padding are never selected. Without replacement, positions of a row are
/// distinct; with it (the authors' code), one position may fill several slots. `seq` is the longest
/// row of the run, which fixes the largest number of slots. With `fixed`, every row gets that many
/// slots, the unused ones with weight 0, so that shapes do not change from batch to batch.
pub fn mask(
    batch: &Batch,
    special: &SpecialTokens,
    objective: &ObjectiveConfig,
    seq: usize,
    fixed: bool,
    rng: &mut ChaCha8Rng,
) -> Masked {
    let most = slots(objective.mask_prob, seq).max(1);
    let mut masked = Masked {
        positions: Vec::new(),
        targets: Vec::new(),
        weights: Vec::new(),
        ids: batch.ids.clone(),
    };
    for (row, &length) in batch.lengths.iter().enumerate() {
        let start = row * batch.seq;
        let candidates: Vec<usize> =
            (start..start + length).filter(|&at| can_be_selected(batch.ids[at], special)).collect();
        let count = selected_count(objective.mask_prob, length, most);
        let before = masked.positions.len();
        for at in choose(&candidates, count, objective.mask_with_replacement, rng) {
            masked.select(at, batch.ids[at]);
            if rng.random_bool(objective.mask_token_prob) {
                masked.ids[at] = special.mask as i32;
            }
        }
        if fixed {
            masked.fill_up(before + most);
        }
    }
    if masked.positions.is_empty() {
        masked.fill_up(1); // a tensor needs a row
    }
    masked
}

/// `[UNK]` may be selected, as in the authors' code.
fn can_be_selected(id: i32, special: &SpecialTokens) -> bool {
    ![special.pad, special.cls, special.sep, special.mask].contains(&(id as u32))
}

/// `count` candidates, in the order of the row.
fn choose(
    candidates: &[usize],
    count: usize,
    with_replacement: bool,
    rng: &mut ChaCha8Rng,
) -> Vec<usize> {
    if candidates.is_empty() {
        return Vec::new();
    }
    let mut chosen: Vec<usize> = if with_replacement {
        (0..count).map(|_| candidates[rng.random_range(0..candidates.len())]).collect()
    } else {
        let count = count.min(candidates.len());
        sample(rng, candidates.len(), count).into_iter().map(|index| candidates[index]).collect()
    };
    chosen.sort_unstable();
    chosen
}
