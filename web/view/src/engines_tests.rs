//! Which engine computes, whatever happens to them.

use super::*;
use EngineKind::{Cpu, Gpu};

fn engines(probe: Probe) -> Engines {
    let mut engines = Engines { probe, ..Engines::default() };
    engines.cpu.status = Status::Open;
    engines
}

fn hardware() -> Probe {
    Probe::Hardware("apple".to_owned())
}

fn numbers(last: f32) -> SelfTest {
    SelfTest { numbers: vec![1.0, last] }
}

#[test]
fn the_processor_starts_first_and_the_gpus_file_is_not_fetched_for_nothing() {
    let mut fresh = Engines::default();
    assert_eq!(fresh.next(Backend::Auto, false), [Step::Start(Cpu)]);
    assert_eq!(fresh.next(Backend::Auto, false), []);
    let mut fast = engines(hardware());
    assert_eq!(fast.next(Backend::Auto, true), [Step::Measure(Cpu)]);
    fast.cpu.speed = Some(9.0);
    assert_eq!(fast.next(Backend::Auto, true), []);
    assert_eq!(fast.active(), Cpu);
}

#[test]
fn a_slow_processor_brings_a_real_gpu_up_and_the_faster_one_answers() {
    let mut slow = engines(hardware());
    slow.cpu.speed = Some(400.0);
    assert_eq!(slow.next(Backend::Auto, true), [Step::Start(Gpu)]);
    slow.gpu.status = Status::Started;
    assert_eq!(slow.next(Backend::Auto, true), [Step::Test(Cpu), Step::Test(Gpu)]);
    (slow.cpu.numbers, slow.gpu.numbers) = (Some(numbers(2.0)), Some(numbers(2.0)));
    assert_eq!(slow.next(Backend::Auto, true), [Step::Open(Gpu)]);
    slow.gpu.status = Status::Open;
    assert_eq!(slow.next(Backend::Auto, true), [Step::Measure(Gpu)]);
    assert_eq!(slow.active(), Cpu);
    slow.gpu.speed = Some(30.0);
    assert_eq!(slow.next(Backend::Auto, true), []);
    assert_eq!(slow.active(), Gpu);
}

#[test]
fn an_emulated_gpu_is_used_only_by_wish() {
    let mut emulated = engines(Probe::Software("swiftshader".to_owned()));
    assert_eq!(emulated.next(Backend::Gpu, true), []);
    assert_eq!(emulated.refusal(), Some(Refusal::Software));
    emulated.software_wanted = true;
    assert_eq!(emulated.next(Backend::Gpu, true), [Step::Start(Gpu)]);
}

#[test]
fn a_gpu_that_computes_wrongly_never_answers() {
    let mut wrong = engines(hardware());
    wrong.gpu.status = Status::Started;
    (wrong.cpu.numbers, wrong.gpu.numbers) = (Some(numbers(2.0)), Some(numbers(2.5)));
    assert_eq!(wrong.compare(), Some(0.5));
    assert_eq!(wrong.next(Backend::Gpu, true), []);
    assert_eq!(wrong.active(), Cpu);
}

#[test]
fn a_lost_gpu_gets_one_more_chance() {
    let mut lost = engines(hardware());
    (lost.gpu.status, lost.on_gpu) = (Status::Open, true);
    assert!(!lost.lost(Gpu, "gone"));
    assert_eq!(lost.active(), Cpu);
    assert_eq!(lost.next(Backend::Gpu, true), [Step::Start(Gpu)]);
    assert!(lost.lost(Gpu, "gone"));
    assert_eq!(lost.next(Backend::Gpu, true), []);
}

#[test]
fn a_gpu_that_nobody_waits_for_any_more_is_stopped_and_an_open_one_stays() {
    for status in [Status::Starting, Status::Started, Status::Opening(3)] {
        let mut engines = engines(hardware());
        (engines.gpu.status, engines.gpu.kernels) = (status, Some((1, 2)));
        assert_eq!(engines.next(Backend::Cpu, true), [Step::Stop(Gpu)]);
        assert_eq!((engines.gpu.status, engines.gpu.kernels), (Status::Off, None));
    }
    let mut back = engines(hardware());
    back.gpu.status = Status::Open;
    assert_eq!(back.next(Backend::Cpu, true), []);
    assert_eq!(back.gpu.status, Status::Open);
}
