//! Where one head of one layer looks.

use super::model::OpenModel;
use crate::protocol::{Attention, Failure, FailureKind, Inspect, NetworkName};

/// Attention from one token.
///
/// # Errors
///
/// [`FailureKind::BadRequest`] for a layer, head or token that is not there,
/// [`FailureKind::NoGenerator`] if that network is missing.
pub async fn inspect(model: &OpenModel, asked: &Inspect) -> Result<Attention, Failure> {
    check(model, asked)?;
    let Inspect { network, ref ids, layer, head, from } = *asked;
    let (looks, width) = model.looks(network, ids.clone(), layer, head).await?;
    let weights = looks[from * width..][..ids.len()].to_vec();
    Ok(Attention { network, layer, head, from, weights, milliseconds: 0.0 })
}

fn check(model: &OpenModel, asked: &Inspect) -> Result<(), Failure> {
    let config = model.config();
    let network = match asked.network {
        NetworkName::Discriminator => &config.discriminator,
        NetworkName::Generator if model.proposing().is_some() => &config.generator,
        NetworkName::Generator => {
            let message = "this model has no generator to look into; look into the discriminator";
            return Err(Failure::new(FailureKind::NoGenerator, message));
        }
    };
    let below = |what: &str, value: usize, count: usize| {
        if value < count {
            return Ok(());
        }
        let message = format!("there are {count} {what}, numbered from 0; there is no {value}");
        Err(Failure::new(FailureKind::BadRequest, message))
    };
    below("layers", asked.layer, network.num_hidden_layers)?;
    below("heads", asked.head, network.num_attention_heads)?;
    below("tokens", asked.from, asked.ids.len())?;
    // One more than fit is the first number that is too large.
    below("tokens in the longest row", asked.ids.len(), model.card.max_tokens + 1)?;
    asked.ids.iter().try_for_each(|&id| below("words", id as usize, config.vocab_size))
}
