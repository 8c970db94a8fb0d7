//! Which engine computes: the processor first, the GPU when it is asked for or worth its bytes,
//! has passed the self-test, and has not been lost twice.

use electra::link::Backend;
use electra::protocol::{EngineKind, Hello, SelfTest};

/// Milliseconds of a full row on the processor from which on a GPU is worth fetching its engine.
pub const SLOW: f64 = 80.0;
/// Tokens, if the model takes as many, and passes of the measurement.
pub const MEASURED: (usize, usize) = (128, 3);
/// Losses after which the processor goes on.
const MOST_LOSSES: u32 = 2;

/// What the browser says about its GPU.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Probe {
    /// Not asked yet.
    #[default]
    Unknown,
    /// There is none.
    Missing,
    /// The processor emulates it.
    Software(String),
    /// A real one.
    Hardware(String),
}

/// How far an engine is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Status {
    /// Not started.
    #[default]
    Off,
    /// Its file is fetched and compiled.
    Starting,
    /// It waits for a model.
    Started,
    /// It reads a model, in this request.
    Opening(u32),
    /// It answers.
    Open,
    /// It cannot work.
    Broken(String),
}

/// One engine.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Engine {
    /// How far it is.
    pub status: Status,
    /// What it said when it started.
    pub hello: Option<Hello>,
    /// Kernels that it has compiled, and those that it has asked for.
    pub kernels: Option<(u32, u32)>,
    /// Its self-test's numbers.
    pub numbers: Option<SelfTest>,
    /// Measured milliseconds of a full row.
    pub speed: Option<f64>,
    /// Whether it runs the self-test.
    pub testing: bool,
    /// Whether it is being timed.
    pub timing: bool,
    /// How often it was lost.
    pub losses: u32,
}

/// Both engines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Engines {
    /// The processor's.
    pub cpu: Engine,
    /// The GPU's.
    pub gpu: Engine,
    /// What the browser says about its GPU.
    pub probe: Probe,
    /// Whether the visitor wants even an emulated GPU.
    pub software_wanted: bool,
    /// Whether the GPU answers; else the processor does.
    pub on_gpu: bool,
}

/// What has to happen next with an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Start its worker.
    Start(EngineKind),
    /// Run its self-test.
    Test(EngineKind),
    /// Hand it the model.
    Open(EngineKind),
    /// Time it.
    Measure(EngineKind),
    /// End its worker.
    Stop(EngineKind),
}

/// Why the GPU does not compute although it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    Missing,
    /// It is emulated.
    Software,
}

impl Engine {
    /// Its self-test, if it has not been and is not being run.
    fn test(&mut self, kind: EngineKind) -> Option<Step> {
        let wanted = self.numbers.is_none() && !self.testing;
        self.testing |= wanted;
        wanted.then_some(Step::Test(kind))
    }

    /// The visitor wants it again: what is broken may start anew.
    pub(crate) fn mend(&mut self) {
        if matches!(self.status, Status::Broken(_)) {
            (self.status, self.losses) = (Status::Off, 0);
        }
    }

    /// Nothing that its worker said or was asked for holds for the next one.
    fn forget(&mut self) {
        (self.kernels, self.numbers, self.speed) = (None, None, None);
        (self.testing, self.timing) = (false, false);
    }

    fn time(&mut self, kind: EngineKind) -> Step {
        self.timing = true;
        Step::Measure(kind)
    }
}

impl Engines {
    /// The one that answers.
    pub fn active(&self) -> EngineKind {
        if self.on_gpu { EngineKind::Gpu } else { EngineKind::Cpu }
    }

    /// One of them.
    pub fn of(&self, kind: EngineKind) -> &Engine {
        match kind {
            EngineKind::Cpu => &self.cpu,
            EngineKind::Gpu => &self.gpu,
        }
    }

    /// One of them, to change.
    pub fn of_mut(&mut self, kind: EngineKind) -> &mut Engine {
        match kind {
            EngineKind::Cpu => &mut self.cpu,
            EngineKind::Gpu => &mut self.gpu,
        }
    }

    /// Whether the active engine can answer.
    pub fn can_answer(&self) -> bool {
        self.of(self.active()).status == Status::Open
    }

    /// Whether the GPU may be used at all; none while the browser has not been asked.
    pub fn refusal(&self) -> Option<Refusal> {
        match self.probe {
            Probe::Missing => Some(Refusal::Missing),
            Probe::Software(_) if !self.software_wanted => Some(Refusal::Software),
            _ => None,
        }
    }

    /// What has to happen next, given what the visitor wants.
    pub fn next(&mut self, wanted: Backend, model_here: bool) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.cpu.status == Status::Off {
            self.cpu.status = Status::Starting;
            steps.push(Step::Start(EngineKind::Cpu));
        }
        if self.cpu.status == Status::Started && model_here {
            steps.push(Step::Open(EngineKind::Cpu));
        }
        if self.gpu_is_wanted(wanted) {
            steps.extend(self.raise_gpu(model_here));
        } else if wanted == Backend::Auto && self.should_time_cpu() {
            steps.push(self.cpu.time(EngineKind::Cpu));
        }
        if self.gpu_is_left(wanted) {
            self.end(EngineKind::Gpu);
            steps.push(Step::Stop(EngineKind::Gpu));
        }
        self.choose(wanted);
        steps
    }

    fn gpu_is_wanted(&self, wanted: Backend) -> bool {
        let usable = self.probe != Probe::Unknown && self.refusal().is_none();
        let worth = self.cpu.speed.is_some_and(|speed| speed > SLOW);
        let real = matches!(self.probe, Probe::Hardware(_));
        let possible = usable && self.gpu.losses < MOST_LOSSES;
        possible && (wanted == Backend::Gpu || (wanted == Backend::Auto && worth && real))
    }

    /// Whether the GPU's engine is on its way for nobody. Once open it stays, for whoever comes back.
    fn gpu_is_left(&self, wanted: Backend) -> bool {
        let coming =
            matches!(self.gpu.status, Status::Starting | Status::Started | Status::Opening(_));
        let fast = self.cpu.speed.is_some_and(|speed| speed <= SLOW);
        coming && (wanted == Backend::Cpu || (wanted == Backend::Auto && fast))
    }

    fn should_time_cpu(&self) -> bool {
        let real = matches!(self.probe, Probe::Hardware(_));
        let open = self.cpu.status == Status::Open;
        real && open && self.cpu.speed.is_none() && !self.cpu.timing
    }

    fn raise_gpu(&mut self, model_here: bool) -> Vec<Step> {
        match self.gpu.status {
            Status::Off => {
                self.gpu.status = Status::Starting;
                vec![Step::Start(EngineKind::Gpu)]
            }
            Status::Started if self.cpu.status != Status::Open => Vec::new(),
            Status::Started if self.cpu.numbers.is_none() || self.gpu.numbers.is_none() => {
                let tests = [self.cpu.test(EngineKind::Cpu), self.gpu.test(EngineKind::Gpu)];
                tests.into_iter().flatten().collect()
            }
            Status::Started if model_here => vec![Step::Open(EngineKind::Gpu)],
            Status::Open if self.gpu.speed.is_none() && !self.gpu.timing => {
                vec![self.gpu.time(EngineKind::Gpu)]
            }
            _ => Vec::new(),
        }
    }

    /// The GPU answers when it can and was asked for, or is the faster one.
    fn choose(&mut self, wanted: Backend) {
        let faster = match (self.gpu.speed, self.cpu.speed) {
            (Some(gpu), Some(cpu)) => gpu < cpu,
            _ => false,
        };
        self.on_gpu = self.gpu.status == Status::Open
            && (wanted == Backend::Gpu || (wanted == Backend::Auto && faster));
    }

    /// Compares the self-tests, if both are here; the difference if the GPU is not to be trusted.
    pub fn compare(&mut self) -> Option<f32> {
        let (cpu, gpu) = (self.cpu.numbers.as_ref()?, self.gpu.numbers.as_ref()?);
        if cpu.agrees_with(gpu) {
            return None;
        }
        let difference = cpu.difference(gpu);
        self.gpu.losses = MOST_LOSSES;
        self.gpu.status = Status::Broken("it failed the self-test".to_owned());
        self.on_gpu = false;
        Some(difference)
    }

    /// An engine died: it starts anew, unless it has died too often. Returns whether it is over.
    pub fn lost(&mut self, kind: EngineKind, message: &str) -> bool {
        self.end(kind);
        let engine = self.of_mut(kind);
        engine.losses += 1;
        let over = engine.losses >= MOST_LOSSES;
        if over {
            engine.status = Status::Broken(message.to_owned());
        }
        over
    }

    /// Its worker is ended, whatever it is doing; the next one begins anew.
    pub(crate) fn end(&mut self, kind: EngineKind) {
        let engine = self.of_mut(kind);
        engine.forget();
        engine.status = Status::Off;
        if kind == EngineKind::Gpu {
            self.on_gpu = false;
        }
    }

    /// Every engine that runs has to read another model.
    pub fn forget_model(&mut self) {
        for engine in [&mut self.cpu, &mut self.gpu] {
            if matches!(engine.status, Status::Open | Status::Opening(_)) {
                engine.status = Status::Started;
                engine.speed = None;
                engine.timing = false;
            }
        }
        self.on_gpu = false;
    }
}

#[cfg(test)]
#[path = "engines_tests.rs"]
mod tests;
