//! Sentences that a visitor can pick.

/// Sentences to try, and one paragraph for proofreading, in which three words were swapped by hand.
pub const EXAMPLES: [&str; 6] = [
    "Tom bought a new car last week.",
    "She opened the window because the room was too warm.",
    "My brother plays the piano every evening after dinner.",
    "She has lived in London for ten years.",
    "We forgot our umbrella and got wet on the way home.",
    "Last summer we drove to the coast and stayed in a small because near the beach. Every morning \
     we had breakfast in the garden, and then we swam in the sea until lunch. My sister bought a \
     they for our mother, who had stayed at home with the dog. On the last day it rained, so we \
     played cards and listened the the radio.",
];
