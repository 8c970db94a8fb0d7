//! Learning rates that fall from layer to layer: lower layers know more that is general.

use crate::config::LayerDecayRule;

/// Factor on the learning rate of a parameter, by its path.
///
/// The authors' code gives depth 0 to embeddings and projection, `i + 1` to block `i` of `layers`,
/// and `layers + 2` to the head, and multiplies by `decay ^ (layers + 2 - depth)`: the top block
/// gets the square of the decay, for the pooler of BERT that is no more. [`LayerDecayRule`] keeps
/// that or closes the gap.
pub fn scale(path: &str, layers: usize, decay: f64, rule: LayerDecayRule) -> f64 {
    let below_head = match depth(path, layers) {
        None => return 1.0,
        Some(depth) => layers + 1 - depth,
    };
    let gap = usize::from(rule == LayerDecayRule::Paper);
    decay.powi((below_head + gap) as i32)
}

/// 0 for embeddings, `i + 1` for block `i`; none for the head.
fn depth(path: &str, layers: usize) -> Option<usize> {
    let mut parts = path.split('.');
    match (parts.next()?, parts.next()?, parts.next()) {
        ("encoder", "layers", Some(index)) => index.parse::<usize>().ok().map(|index| index + 1),
        // At the end of a pre-norm stack, with its top block.
        ("encoder", "final_norm", _) => Some(layers),
        ("embeddings", ..) | ("encoder", "projection", _) => Some(0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Factors of embeddings, blocks 0 to 11 and head of ELECTRA-Small.
    fn table(rule: LayerDecayRule) -> Vec<f64> {
        let mut paths = vec!["embeddings.word".to_owned()];
        paths.extend((0..12).map(|layer| format!("encoder.layers.{layer}.query.weight")));
        paths.push("head.Classifier.output.weight".to_owned());
        paths.iter().map(|path| scale(path, 12, 0.8, rule)).collect()
    }

    #[test]
    fn the_paper_s_rule_skips_one_layer_and_the_corrected_one_does_not() {
        for (rule, gap) in [(LayerDecayRule::Paper, 1), (LayerDecayRule::Corrected, 0)] {
            let mut expected: Vec<f64> = (0..13).map(|at| 0.8_f64.powi(13 - at + gap)).collect();
            expected.push(1.0);
            for (found, expected) in table(rule).into_iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 1e-12, "{rule:?}: {found}, {expected}");
            }
        }
        assert!((table(LayerDecayRule::Paper)[0] - 0.044).abs() < 1e-3);
    }

    #[test]
    fn block_1_is_not_block_10() {
        let rate = |layer| {
            scale(&format!("encoder.layers.{layer}.output.bias"), 12, 0.5, LayerDecayRule::Paper)
        };
        assert_eq!(rate(10) / rate(1), 512.0);
        let projection = scale("encoder.projection.weight", 12, 0.5, LayerDecayRule::Paper);
        assert_eq!(projection, scale("embeddings.norm.beta", 12, 0.5, LayerDecayRule::Paper));
    }
}
