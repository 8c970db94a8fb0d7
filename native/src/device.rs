//! Devices by the names that `--device` knows.

#[cfg(feature = "gpu")]
mod gpu;

use anyhow::{Context, Result, anyhow, bail};
use burn::tensor::{Device, Tensor, TensorData, read_sync};
use electra::config::ElectraConfig;
use electra::teams::suitable_parts;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows and columns of the product that a device has to get right.
const PROBE: usize = 64;
/// How far it may be off: sums of 64 products below 1, some of them with 11 bits.
const PROBE_TOLERANCE: f32 = 0.05;

/// A device that computes, and how to speak of it.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// Where tensors live, without autodiff.
    pub(crate) device: Device,
    /// In words.
    pub(crate) name: String,
    /// What `--device` calls it.
    pub(crate) word: String,
    /// Whether kernels are compiled for each shape, so that shapes should stay the same.
    pub(crate) is_gpu: bool,
}

impl Chosen {
    /// Into how many parts a micro-batch of `rows` is best split.
    ///
    /// A GPU computes a whole batch at once.
    pub(crate) fn parts(&self, model: &ElectraConfig, rows: usize) -> usize {
        if self.is_gpu { 1 } else { suitable_parts(model, rows, rayon::current_num_threads()) }
    }
}

/// One line of `electra devices`; its place in the list is its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    kind: Kind,
    name: String,
    software: bool,
}

/// How a listed device is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Cpu,
    #[cfg(feature = "gpu")]
    Gpu(gpu::Address),
}

impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<7} {}{}", self.api(), self.name, self.remark())
    }
}

impl Listed {
    /// As it stands in a sentence.
    fn in_words(&self) -> String {
        format!("{}, {}{}", self.api(), self.name, self.remark())
    }

    fn remark(&self) -> &'static str {
        if self.software { " (software, never chosen by itself)" } else { "" }
    }

    fn api(&self) -> &'static str {
        match self.kind {
            Kind::Cpu => "cpu",
            #[cfg(feature = "gpu")]
            Kind::Gpu(address) => address.api(),
        }
    }

    fn is_real_gpu(&self) -> bool {
        self.kind != Kind::Cpu && !self.software
    }
}

/// Every device, the CPU first.
pub(crate) fn list() -> Vec<Listed> {
    #[cfg_attr(not(feature = "gpu"), expect(unused_mut, reason = "GPUs are added to the list"))]
    let mut all = vec![cpu()];
    #[cfg(feature = "gpu")]
    all.extend(gpu::adapters());
    all
}

fn cpu() -> Listed {
    let name = match std::thread::available_parallelism().map_or(1, usize::from) {
        1 => "1 thread".to_owned(),
        threads => format!("{threads} threads"),
    };
    Listed { kind: Kind::Cpu, name, software: false }
}

/// The device that a flag names.
///
/// A software adapter is taken only when its number or interface is named.
///
/// # Errors
///
/// When there is no such device, or it cannot be opened.
pub(crate) fn choose(flag: &str) -> Result<Chosen> {
    if flag == "cpu" {
        // Whatever drivers there are, this has to work, and at once.
        return open(&[cpu()], 0);
    }
    let all = list();
    if flag == "auto" { auto(&all) } else { open(&all, find(&all, flag)?) }
}

/// What `auto` takes: the best GPU that computes rightly, else the CPU.
///
/// # Errors
///
/// When not even the CPU can be opened.
pub(crate) fn auto(all: &[Listed]) -> Result<Chosen> {
    let gpus = (0..all.len()).filter(|&number| all[number].is_real_gpu());
    let right = |chosen: &Chosen| computes_rightly(&chosen.device);
    first_right(gpus, |number| open(all, number), right).map_or_else(|| open(all, 0), Ok)
}

/// A word for `--device` that means this device: its interface if that finds it, else its number.
pub(crate) fn word(all: &[Listed], number: usize) -> String {
    let api = all[number].api();
    let found = find(all, api).is_ok_and(|first| first == number);
    if found { api.to_owned() } else { number.to_string() }
}

/// The number of the device that a word other than `auto` means.
fn find(all: &[Listed], word: &str) -> Result<usize> {
    if let Ok(number) = word.parse::<usize>() {
        if number >= all.len() {
            bail!("there is no device {number}; `electra devices` lists 0 to {}", all.len() - 1);
        }
        return Ok(number);
    }
    let found = match word {
        "gpu" => all.iter().position(Listed::is_real_gpu),
        "cpu" | "vulkan" | "metal" | "dx12" => all.iter().position(|listed| listed.api() == word),
        _ => bail!(
            "no device is called `{word}`; use auto, cpu, gpu, vulkan, metal, dx12 or a number of \
             `electra devices`"
        ),
    };
    found.with_context(|| {
        format!(
            "no `{word}` device was found; `electra devices` lists what there is, `--device cpu` \
             always works"
        )
    })
}

fn open(all: &[Listed], number: usize) -> Result<Chosen> {
    let listed = &all[number];
    let (device, is_gpu) = match listed.kind {
        Kind::Cpu => (Device::flex(), false),
        #[cfg(feature = "gpu")]
        Kind::Gpu(address) => {
            let device = address.open().map_err(|error| {
                anyhow!("cannot open {}: {error}; try `--device cpu`", listed.name)
            })?;
            (device, true)
        }
    };
    Ok(Chosen { device, name: listed.in_words(), word: word(all, number), is_gpu })
}

/// The first candidate that opens and passes the test; what panics on the way does neither.
fn first_right<T, C>(
    mut candidates: impl Iterator<Item = T>,
    open: impl Fn(T) -> Result<C>,
    is_right: impl Fn(&C) -> bool,
) -> Option<C> {
    // Drivers fail in every way there is, and the next device may work.
    candidates.find_map(|candidate| {
        let attempt = AssertUnwindSafe(|| open(candidate).ok().filter(&is_right));
        catch_unwind(attempt).ok().flatten()
    })
}

/// Whether a small product comes out as on the CPU: some drivers compute nonsense.
fn computes_rightly(device: &Device) -> bool {
    let product = |device: &Device| -> Option<Vec<f32>> {
        let value = |at: usize| (at * 37 % 101) as f32 / 50.0 - 1.0;
        let values: Vec<f32> = (0..PROBE * PROBE).map(value).collect();
        let left = Tensor::<2>::from_data(TensorData::new(values, [PROBE, PROBE]), device);
        let product = left.clone().matmul(left.transpose());
        read_sync(product.into_data_async()).ok()?.try_to_vec().ok()
    };
    let agree = |theirs: Vec<f32>, ours: Vec<f32>| {
        ours.iter().zip(&theirs).all(|(ours, theirs)| (ours - theirs).abs() <= PROBE_TOLERANCE)
    };
    product(device).zip(product(&Device::flex())).is_some_and(|(theirs, ours)| agree(theirs, ours))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auto_takes_the_first_gpu_that_opens_and_computes_rightly() {
        let open = |gpu: u32| match gpu {
            1 => bail!("no such driver"),
            2 => panic!("the driver died"),
            _ => Ok(gpu),
        };
        assert_eq!(first_right(1..6, open, |&gpu| gpu > 3), Some(4));
        assert_eq!(first_right(1..3, open, |_| true), None);
    }

    #[test]
    fn the_word_of_a_device_finds_it_again() {
        let all = list();
        for number in 0..all.len() {
            assert_eq!(find(&all, &word(&all, number)).unwrap(), number);
        }
        assert_eq!(word(&all, 0), "cpu");
    }

    #[test]
    fn the_cpu_computes_rightly_by_definition() {
        assert!(computes_rightly(&Device::flex()));
    }
}
