//! Softmax attention of all heads.

use super::super::{RealTokens, noise};
use super::{ComposedOp, run};
use crate::random::NoiseKey;
use burn::backend::DispatchTensor;
use burn::tensor::Tensor;
use burn::tensor::activation::softmax;

#[derive(Debug)]
struct Attention;

/// Queries, keys and values of single heads, `[batch · heads, seq, head_dim]`, and what they gave.
#[derive(Debug, Clone)]
struct Saved {
    heads: Heads,
    query: Tensor<3>,
    key: Tensor<3>,
    value: Tensor<3>,
    /// `[batch · heads, seq, seq]`
    probabilities: Tensor<3>,
    /// What dropout multiplied the probabilities with, where there was any; the same shape.
    kept: Option<Tensor<3>>,
}

/// How the features of a batch fall into heads.
#[derive(Debug, Clone, Copy)]
struct Heads {
    batch: usize,
    seq: usize,
    count: usize,
    width: usize,
}

impl Heads {
    /// `[batch, seq, hidden]` → `[batch · heads, seq, head_dim]`, row by row in memory: a matrix
    /// product would make a copy of anything else each time.
    fn split(self, x: Tensor<3>) -> Tensor<3> {
        let Self { batch, seq, count, width } = self;
        x.reshape([batch, seq, count, width]).swap_dims(1, 2).reshape([batch * count, seq, width])
    }

    /// The way back of [`split`](Self::split).
    fn merge(self, x: Tensor<3>) -> Tensor<3> {
        let Self { batch, seq, count, width } = self;
        x.reshape([batch, count, seq, width]).swap_dims(1, 2).reshape([batch, seq, count * width])
    }

    fn scale(self) -> f64 {
        1.0 / (self.width as f64).sqrt()
    }

    /// `[batch · heads, seq, seq]`
    fn probabilities(self, query: Tensor<3>, key: Tensor<3>, bias: Tensor<4>) -> Tensor<3> {
        let Self { batch, seq, count, .. } = self;
        let scores = query.matmul(key.swap_dims(1, 2)).reshape([batch, count, seq, seq]);
        softmax(scores * self.scale() + bias, 3).reshape([batch * count, seq, seq])
    }
}

impl ComposedOp<3> for Attention {
    type Saved = Saved;

    fn backward(saved: Saved, grad: DispatchTensor) -> [DispatchTensor; 3] {
        let Saved { heads, query, key, value, probabilities, kept } = saved;
        let grad = heads.split(Tensor::from_dispatch(grad));
        let used = match &kept {
            Some(kept) => probabilities.clone() * kept.clone(),
            None => probabilities.clone(),
        };
        let dvalue = used.swap_dims(1, 2).matmul(grad.clone());
        let mut slope = grad.matmul(value.swap_dims(1, 2));
        if let Some(kept) = kept {
            slope = slope * kept;
        }
        // The gradient of a softmax: p · (dp - sum(dp · p)).
        let mean = (slope.clone() * probabilities.clone()).sum_dim(2);
        let dscores = (slope - mean) * probabilities * heads.scale();
        let dquery = dscores.clone().matmul(key);
        let dkey = dscores.swap_dims(1, 2).matmul(query);
        [dquery, dkey, dvalue].map(|gradient| heads.merge(gradient).into_dispatch())
    }
}

/// See [`crate::ops::attention`].
pub(crate) fn attention(
    inputs: [Tensor<3>; 3],
    count: usize,
    real: &RealTokens,
    drop: Option<(f64, NoiseKey)>,
) -> Tensor<3> {
    let [batch, seq, hidden] = inputs[0].dims();
    let heads = Heads { batch, seq, count, width: hidden / count };
    let inputs = inputs.map(Tensor::into_dispatch);
    Tensor::from_dispatch(run::<Attention, 3>(inputs, |inputs| {
        let [query, key, value] = inputs.map(|x| heads.split(Tensor::from_dispatch(x)));
        let probabilities =
            heads.probabilities(query.clone(), key.clone(), real.bias.clone().inner());
        let shape = probabilities.dims();
        let kept = drop.map(|(prob, key)| noise::kept(shape, prob, key, &probabilities.device()));
        let used = match &kept {
            Some(kept) => probabilities.clone() * kept.clone(),
            None => probabilities.clone(),
        };
        let output = heads.merge(used.matmul(value.clone()));
        (output.into_dispatch(), Saved { heads, query, key, value, probabilities, kept })
    }))
}
