//! Results inside a link: JSON, deflated, in base64's alphabet for addresses.

use super::LARGEST_RESULTS;
use crate::protocol::{CANDIDATES, LONGEST_ROW, Trace};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

/// Deflate's best effort: links are made once and carried often.
const EFFORT: u8 = 9;
/// Tokens that one typed word may become.
const MOST_READ: usize = 64;

/// Results as part of a link; none if no page would inflate them.
pub(super) fn pack(trace: &Trace) -> Option<String> {
    let json = serde_json::to_vec(trace).ok()?;
    (json.len() <= LARGEST_RESULTS).then(|| BASE64.encode(compress_to_vec(&json, EFFORT)))
}

/// Results out of a link, if they could have come from a network.
pub(super) fn unpack(packed: &str) -> Option<Box<Trace>> {
    let bytes = BASE64.decode(packed).ok()?;
    let json = decompress_to_vec_with_limit(&bytes, LARGEST_RESULTS).ok()?;
    let trace: Box<Trace> = serde_json::from_slice(&json).ok()?;
    is_plausible(&trace).then_some(trace)
}

fn is_plausible(trace: &Trace) -> bool {
    let share = |value: f32| (0.0..=1.0).contains(&value);
    let characters = trace.text.chars().count();
    let columns = (2..=LONGEST_ROW).contains(&trace.tokens.len());
    columns
        && trace.milliseconds.is_finite()
        && trace.temperature.is_finite()
        && trace.characters_read <= characters
        && trace.tokens.iter().all(|token| {
            token.start <= token.end
                && token.end <= characters
                && token.candidates.len() <= CANDIDATES
                && token.candidates.iter().all(|candidate| share(candidate.probability))
                && (1..=MOST_READ).contains(&token.read.len())
                && token
                    .read
                    .iter()
                    .all(|read| share(read.replaced) && read.probability.is_none_or(share))
        })
}
