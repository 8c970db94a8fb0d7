//! Vectors of several parameters as one, for kernels that take them all.

use burn::tensor::{Slice, Tensor};

/// Parts begin at multiples of so many elements: 256 bytes, at which WebGPU lets a kernel begin to
/// read, so that a part of such a length is a view and no copy.
const ALIGNMENT: usize = 64;

/// Where each part stands.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// First element and length of each part.
    parts: Vec<(usize, usize)>,
    total: usize,
}

impl Layout {
    /// Places for parts of these sizes, one behind the other.
    pub(crate) fn new(sizes: impl Iterator<Item = usize>) -> Self {
        let mut total = 0;
        let parts = sizes
            .map(|size| {
                let start = total;
                total += size.next_multiple_of(ALIGNMENT);
                (start, size)
            })
            .collect();
        Self { parts, total }
    }

    /// How many parts there are.
    pub(crate) fn len(&self) -> usize {
        self.parts.len()
    }

    /// All parts in one vector, with zeros between them and where one is missing.
    ///
    /// # Panics
    ///
    /// If there is no part at all.
    pub(crate) fn join(&self, parts: Vec<Option<Tensor<1>>>) -> Tensor<1> {
        let Some(device) = parts.iter().flatten().next().map(Tensor::device) else {
            unreachable!("nothing to join")
        };
        let mut joined = Tensor::zeros([self.total], &device);
        for (index, part) in parts.into_iter().enumerate() {
            if let Some(part) = part {
                joined = self.put(joined, index, part);
            }
        }
        joined
    }

    /// One part: `[size]`
    pub(crate) fn part(&self, joined: &Tensor<1>, index: usize) -> Tensor<1> {
        let (start, size) = self.parts[index];
        joined.clone().slice_dim(0, start..start + size)
    }

    /// Replaces one part.
    pub(crate) fn put(&self, joined: Tensor<1>, index: usize, part: Tensor<1>) -> Tensor<1> {
        let (start, size) = self.parts[index];
        joined.slice_assign([Slice::from(start..start + size)], part)
    }
}

#[cfg(all(test, feature = "cpu"))]
#[allow(clippy::disallowed_methods, reason = "tests wait for devices")]
mod tests {
    use super::*;
    use burn::tensor::Device;

    #[test]
    fn parts_come_back_as_they_were_put_in() {
        let device = Device::flex();
        let sizes = [3, 64, 1, 65];
        let layout = Layout::new(sizes.into_iter());
        let parts: Vec<Tensor<1>> = sizes
            .iter()
            .enumerate()
            .map(|(index, &size)| Tensor::full([size], index as f32 + 1.0, &device))
            .collect();
        let mut given: Vec<Option<Tensor<1>>> = parts.iter().cloned().map(Some).collect();
        given[1] = None;
        let joined = layout.join(given);
        // Nothing between the parts counts in a sum over all.
        let sum = joined.clone().sum().into_scalar::<f32>();
        assert_eq!(sum, 3.0 + 3.0 + 65.0 * 4.0);
        for index in [0, 2, 3] {
            let found = layout.part(&joined, index).into_data();
            assert_eq!(found, parts[index].clone().into_data(), "part {index}");
        }
        assert_eq!(layout.part(&joined, 1).sum().into_scalar::<f32>(), 0.0);
    }
}
