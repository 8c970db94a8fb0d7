//! The one device of this engine.

use burn::tensor::Device;
use electra::explore::Shapes;
use electra::protocol::{EngineKind, Failure};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The GPU as the script found it; undefined in the CPU engine.
    pub type Adapter;

    #[wasm_bindgen(method, getter)]
    fn vendor(this: &Adapter) -> String;
    #[wasm_bindgen(method, getter)]
    fn architecture(this: &Adapter) -> String;
    #[wasm_bindgen(method, getter)]
    fn description(this: &Adapter) -> String;
    #[wasm_bindgen(method, getter)]
    fn software(this: &Adapter) -> bool;
}

#[cfg(not(feature = "gpu"))]
mod chosen {
    use super::{Device, EngineKind, Failure, Shapes};

    pub(crate) const KIND: EngineKind = EngineKind::Cpu;
    pub(crate) const SHAPES: Shapes = Shapes::Tight;

    pub(crate) async fn open() -> Result<Device, Failure> {
        Ok(Device::flex())
    }
}

#[cfg(feature = "gpu")]
mod chosen {
    use super::{Device, EngineKind, Failure, Shapes};
    use electra::protocol::FailureKind;

    pub(crate) const KIND: EngineKind = EngineKind::Gpu;
    pub(crate) const SHAPES: Shapes = Shapes::Few;

    pub(crate) async fn open() -> Result<Device, Failure> {
        Device::wgpu_options().init_async().await.map_err(|error| {
            let message = format!("this browser's GPU cannot be used ({error}); use the CPU");
            Failure::new(FailureKind::NoGpu, message)
        })
    }
}

pub(crate) use chosen::{KIND, SHAPES, open};

/// The adapter in words; none for the CPU.
pub(crate) fn describe(adapter: &Adapter) -> Option<electra::protocol::Adapter> {
    (KIND == EngineKind::Gpu).then(|| electra::protocol::Adapter {
        vendor: adapter.vendor(),
        architecture: adapter.architecture(),
        description: adapter.description(),
        software: adapter.software(),
    })
}
