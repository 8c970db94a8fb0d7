//! Adapters of wgpu and how Burn reaches them.

use super::{Kind, Listed};
use burn::tensor::wgpu::{WgpuBackend, wgpu};
use burn::tensor::{Device, DeviceKind, read_sync};

/// Interface, kind of adapter and number among its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Address {
    api: WgpuBackend,
    kind: wgpu::DeviceType,
    number: usize,
}

impl Address {
    pub(super) fn api(self) -> &'static str {
        match self.api {
            WgpuBackend::Vulkan => "vulkan",
            WgpuBackend::Metal => "metal",
            WgpuBackend::Dx12 => "dx12",
            _ => "gl",
        }
    }

    pub(super) fn open(self) -> Result<Device, String> {
        let kind = match self.kind {
            wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(self.number),
            wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(self.number),
            wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(self.number),
            wgpu::DeviceType::Cpu => DeviceKind::Cpu,
            wgpu::DeviceType::Other => DeviceKind::DefaultDevice,
        };
        electra::ops::choose_fusers();
        let options = Device::wgpu_options().device_kind(kind).graphics_api(self.api);
        options.init().map_err(|error| error.to_string())
    }
}

/// What computes fastest, first.
fn rank(kind: wgpu::DeviceType) -> u8 {
    match kind {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu | wgpu::DeviceType::Other => 2,
        wgpu::DeviceType::Cpu => 3,
    }
}

/// Adapters of the interfaces that compute; OpenGL is left out.
pub(super) fn adapters() -> Vec<Listed> {
    let mut found = Vec::new();
    for (api, backends) in [
        (WgpuBackend::Metal, wgpu::Backends::METAL),
        (WgpuBackend::Vulkan, wgpu::Backends::VULKAN),
        (WgpuBackend::Dx12, wgpu::Backends::DX12),
    ] {
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = backends;
        let instance = wgpu::Instance::new(descriptor);
        let mut seen: Vec<wgpu::DeviceType> = Vec::new();
        for adapter in read_sync(instance.enumerate_adapters(backends)) {
            let info = adapter.get_info();
            let number = seen.iter().filter(|&&kind| kind == info.device_type).count();
            seen.push(info.device_type);
            let address = Address { api, kind: info.device_type, number };
            let software = info.device_type == wgpu::DeviceType::Cpu;
            found.push((
                rank(info.device_type),
                Listed { kind: Kind::Gpu(address), name: info.name, software },
            ));
        }
    }
    found.sort_by_key(|&(rank, _)| rank);
    found.into_iter().map(|(_, listed)| listed).collect()
}
