//! The three wasm files.

/// One wasm file and the script around it.
pub(super) struct Part {
    /// The step's name.
    pub(super) step: &'static str,
    /// Names of the files, before `.js` and `_bg.wasm`.
    pub(super) name: &'static str,
    /// The package.
    pub(super) package: &'static str,
    /// Its features.
    pub(super) features: &'static [&'static str],
    /// How it is compiled.
    pub(super) profile: &'static str,
    /// Most bytes of the wasm file after gzip: a tenth above what was reached when it was set.
    pub(super) budget: usize,
    /// Packages that must not be in it, because of their size.
    pub(super) without: &'static [&'static str],
}

/// The page, then the engines.
pub(super) const PARTS: [Part; 3] = [
    Part {
        step: "the page's wasm",
        name: "page",
        package: "electra-page",
        features: &[],
        profile: "web",
        budget: 300_000,
        without: &["burn", "burn-tensor", "tokenizers", "safetensors", "wgpu"],
    },
    Part {
        step: "the CPU engine's wasm",
        name: "engine-cpu",
        package: "electra-engine",
        features: &["cpu"],
        profile: "engine",
        budget: 1_300_000,
        without: &["wgpu", "cubecl", "naga"],
    },
    Part {
        step: "the GPU engine's wasm",
        name: "engine-gpu",
        package: "electra-engine",
        features: &["gpu"],
        profile: "engine",
        budget: 3_440_000,
        without: &["burn-flex"],
    },
];

/// Packages that no part may hold: a database that Burn's default features bring.
pub(super) const NOWHERE: &[&str] = &["turso", "burn-dataset", "burn-train"];
