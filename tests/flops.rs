//! The paper's own arithmetic: every figure that its authors' script prints comes out of ours.

use electra::config::{ElectraConfig, PretrainConfig};
use electra::flops::{Row, discriminator_parameters, of, table};

fn row(name: &str) -> Row {
    table().into_iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row `{name}`"))
}

#[test]
fn training_costs_equal_the_authors_script() {
    for (name, printed) in [
        ("elmo", "3.411e18"),
        ("gpt", "3.97e19"),
        ("bert_small", "1.419e18"),
        ("bert_base", "6.428e19"),
        ("bert_large", "1.917e20"),
        ("electra_small", "1.294e18"),
        ("electra_base", "6.425e19"),
        ("electra_400k", "7.118e20"),
        ("electra_1.75M", "3.114e21"),
        ("roberta", "3.19e21"),
        ("xlnet", "3.86e21"),
    ] {
        let digits = printed.find('e').expect("an exponent") - 2;
        assert_eq!(format!("{:.digits$e}", row(name).train), printed, "{name}");
    }
}

#[test]
fn only_small_leaves_the_printed_figure_by_more_than_rounding() {
    for row in table() {
        let off = (row.train / row.published_train - 1.0).abs();
        if row.name == "electra_small" {
            // The paper prints its cost as that of BERT-Small; the script gives 8 % less.
            assert_eq!(format!("{:.1e}", row.train), "1.3e18");
        } else {
            assert!(off < 0.04, "{}: {:e} against {:e}", row.name, row.train, row.published_train);
        }
    }
}

#[test]
fn inference_costs_round_to_the_printed_figures() {
    for name in ["gpt", "bert_small", "bert_base", "electra_small"] {
        let row = row(name);
        let printed = row.published_inference.expect(name);
        let counted = row.inference.expect(name);
        assert_eq!(format!("{counted:.1e}"), format!("{printed:.1e}"), "{name}");
    }
}

#[test]
fn discriminators_have_the_published_numbers_of_weights() {
    for (model, weights) in [
        (ElectraConfig::small(), 13_549_057),
        (ElectraConfig::base(), 109_483_009),
        (ElectraConfig::large(), 335_142_913),
    ] {
        assert_eq!(discriminator_parameters(&model), weights);
    }
}

#[test]
fn cost_grows_with_steps_and_accumulated_rows() {
    let config = PretrainConfig::preset("nano").expect("a preset");
    let mut twice = config.clone();
    twice.training.accumulation *= 2;
    let mut longer = config.clone();
    longer.training.steps *= 4;
    assert_eq!(of(&twice).train(), 2.0 * of(&config).train());
    assert_eq!(of(&longer).train(), 4.0 * of(&config).train());
    assert_eq!(of(&longer).inference, of(&config).inference);
}

#[test]
fn the_generator_costs_what_its_size_says() {
    let small = of(&PretrainConfig::preset("small").expect("a preset"));
    let share = small.train_generator / small.train();
    assert!((0.2..0.3).contains(&share), "a quarter of the width costs {share:.3} of the whole");
}
