//! One engine's state: a device and perhaps a model.

use super::files::NamedFile;
use super::model::{OpenModel, Shapes};
use super::open::Opened;
use super::task::TaskModel;
use super::{explore, inspect, open_any, proofread, self_test};
use crate::protocol::{Command, Event, Failure, FailureKind, Measured};
use burn::tensor::Device;

/// Longest row and most passes of a measurement.
const MOST_MEASURED: (usize, usize) = (512, 100);

/// Answers commands, one after the other.
pub struct Session {
    device: Device,
    shapes: Shapes,
    model: Option<Opened>,
}

impl Session {
    /// A session without a model; `device` has no autodiff.
    pub fn new(device: Device, shapes: Shapes) -> Self {
        Self { device, shapes, model: None }
    }

    /// Does what `command` says.
    ///
    /// `clock` gives milliseconds; `go_on(event)` hands over progress and says whether the request
    /// is still wanted.
    pub async fn answer(
        &mut self,
        command: Command,
        files: Vec<NamedFile>,
        clock: impl Fn() -> f64,
        go_on: impl AsyncFnMut(Event) -> bool,
    ) -> Event {
        let outcome = self.try_answer(command, files, clock, go_on).await;
        outcome.unwrap_or_else(Event::Failed)
    }

    async fn try_answer(
        &mut self,
        command: Command,
        files: Vec<NamedFile>,
        clock: impl Fn() -> f64,
        mut go_on: impl AsyncFnMut(Event) -> bool,
    ) -> Result<Event, Failure> {
        let begun = clock();
        Ok(match command {
            Command::Open => {
                let model = Box::pin(open_any(files, &self.device, self.shapes)).await?;
                let card = Box::new(model.card().clone());
                self.model = Some(model);
                Event::Opened(card)
            }
            Command::Explore(asked) => {
                let mut trace = explore(self.model()?, &asked).await?;
                trace.milliseconds = clock() - begun;
                Event::Explored(trace)
            }
            Command::Proofread { text } => {
                let go_on = async |done, of| go_on(Event::Proofreading { done, of }).await;
                match proofread(self.model()?, &text, go_on).await? {
                    Some(mut proof) => {
                        proof.milliseconds = clock() - begun;
                        Event::Proofread(proof)
                    }
                    None => Event::Cancelled,
                }
            }
            Command::Inspect(asked) => {
                let mut attention = inspect(self.model()?, &asked).await?;
                attention.milliseconds = clock() - begun;
                Event::Inspected(attention)
            }
            Command::Classify(asked) => {
                let mut judgement = self.task()?.classify(&asked).await?;
                judgement.milliseconds = clock() - begun;
                Event::Classified(judgement)
            }
            Command::SelfTest => Event::SelfTested(self_test(&self.device).await?),
            Command::Measure { tokens, passes } => {
                Event::Measured(self.measure(tokens, passes, clock).await?)
            }
            // Nothing runs that could be given up.
            Command::Cancel { .. } => Event::Cancelled,
        })
    }

    fn opened(&self) -> Result<&Opened, Failure> {
        self.model
            .as_ref()
            .ok_or_else(|| Failure::new(FailureKind::NoModel, "no model is open; open one first"))
    }

    fn model(&self) -> Result<&OpenModel, Failure> {
        match self.opened()? {
            Opened::Electra(model) => Ok(model),
            Opened::Task(_) => Err(Failure::new(
                FailureKind::BadRequest,
                "the open model was fine-tuned for a task and detects no replaced words; open a \
                 discriminator",
            )),
        }
    }

    fn task(&self) -> Result<&TaskModel, Failure> {
        match self.opened()? {
            Opened::Task(model) => Ok(model),
            Opened::Electra(_) => Err(Failure::new(
                FailureKind::BadRequest,
                "the open model was not fine-tuned, so it has no labels; open one that \
                 `electra finetune` left",
            )),
        }
    }

    /// Times forward passes of the discriminator, or the fine-tuned model, over a row of ordinary
    /// tokens.
    async fn measure(
        &self,
        tokens: usize,
        passes: usize,
        clock: impl Fn() -> f64,
    ) -> Result<Measured, Failure> {
        let opened = self.opened()?;
        let config = &opened.card().config;
        let tokens = tokens.clamp(1, MOST_MEASURED.0.min(config.max_position_embeddings));
        let words = config.vocab_size;
        let row: Vec<u32> = (0..tokens).map(|at| (at * 31 % words) as u32).collect();
        pass(opened, row.clone()).await?;
        let mut milliseconds = Vec::new();
        for _ in 0..passes.min(MOST_MEASURED.1) {
            let begun = clock();
            pass(opened, row.clone()).await?;
            milliseconds.push(clock() - begun);
        }
        Ok(Measured { tokens, milliseconds })
    }
}

async fn pass(opened: &Opened, row: Vec<u32>) -> Result<(), Failure> {
    match opened {
        Opened::Electra(model) => model.suspicions(row).await.map(|_| ()),
        Opened::Task(model) => model.pass(row).await,
    }
}
