//! A GPU for the tests where there is none: a Vulkan driver that computes on the processor.
//!
//! SwiftShader comes with Debian's Chromium; `lavapipe` is Mesa's. Either runs wgpu's WGSL shaders
//! rightly; results do not depend on a real GPU being there, since only this driver is shown.

use crate::Result;
use crate::workspace::Workspace;
use std::path::Path;
use std::process::Command;

/// Where distributions put the drivers' descriptions, the most trusted first.
const DRIVERS: [&str; 4] = [
    "/usr/lib/chromium/vk_swiftshader_icd.json",
    "/usr/share/vulkan/icd.d/lvp_icd.json",
    "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json",
    "/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
];

/// The description of an installed software driver.
pub(crate) fn driver() -> Option<&'static str> {
    DRIVERS.into_iter().find(|path| Path::new(path).exists())
}

/// Shows the tests a software adapter and nothing else, unless the caller chose a driver.
pub(crate) fn use_software_adapter(workspace: &Workspace, command: &mut Command) -> Result {
    if std::env::var_os("VK_DRIVER_FILES").is_some() || !cfg!(target_os = "linux") {
        return Ok(());
    }
    let Some(driver) = driver() else {
        if workspace.ci {
            return Err(
                "no software Vulkan driver for the GPU tests; install `chromium` (Debian) \
                        or `mesa-vulkan-drivers`"
                    .to_owned(),
            );
        }
        println!("no software Vulkan driver: GPU tests use what adapter there is, or are skipped");
        return Ok(());
    };
    println!("GPU tests run on {driver}");
    command.env("VK_DRIVER_FILES", driver);
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Mesa refuses to start without one.
        let folder = workspace.cache.join("runtime");
        std::fs::create_dir_all(&folder)
            .map_err(|error| format!("cannot make a folder: {error}: {}", folder.display()))?;
        command.env("XDG_RUNTIME_DIR", folder);
    }
    Ok(())
}
