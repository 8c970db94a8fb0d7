//! A model's parameters as a flat list, in a fixed order, each under its path.

use crate::error::CheckpointError;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};

/// One parameter, flattened.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Path in the module tree, such as `discriminator.encoder.layers.0.query.weight`.
    pub name: String,
    /// Shape in the model.
    pub shape: Vec<usize>,
    /// Its values without autodiff: `[size]`
    pub values: Tensor<1>,
}

/// Keeps track of the path while a module tree is walked.
#[derive(Debug, Default)]
struct Path(Vec<String>);

impl Path {
    fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    fn exit(&mut self) {
        self.0.pop();
    }

    fn join(&self) -> String {
        self.0.join(".")
    }
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let size = tensor.shape().num_elements();
    tensor.reshape([size])
}

struct Lister(Path, Vec<Parameter>);

impl ModuleVisitor for Lister {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.0.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.0.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val().inner();
        let shape = tensor.dims().to_vec();
        self.1.push(Parameter { name: self.0.join(), shape, values: flat(tensor) });
    }
}

/// All parameters, in the order of the module tree.
pub fn list(module: &impl Module) -> Vec<Parameter> {
    let mut lister = Lister(Path::default(), Vec::new());
    module.visit(&mut lister);
    lister.1
}

struct Collector<'a>(&'a mut Gradients, Vec<Option<Tensor<1>>>);

impl ModuleVisitor for Collector<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        self.1.push(param.val().grad_remove(self.0).map(flat));
    }
}

/// Takes the gradients of all parameters out of a backward pass, in the order of [`list`].
///
/// None where a parameter had no part in the loss.
pub fn gradients(module: &impl Module, mut grads: Gradients) -> Vec<Option<Tensor<1>>> {
    let mut collector = Collector(&mut grads, Vec::new());
    module.visit(&mut collector);
    collector.1
}

/// Adds gradients of two micro-batches, in the order of [`list`].
pub fn added(
    left: Vec<Option<Tensor<1>>>,
    right: Vec<Option<Tensor<1>>>,
) -> Vec<Option<Tensor<1>>> {
    let both = left.into_iter().zip(right);
    both.map(|pair| match pair {
        (Some(left), Some(right)) => Some(left + right),
        (left, right) => left.or(right),
    })
    .collect()
}

struct Changer<F>(Path, usize, F);

impl<F: FnMut(usize, &str, Tensor<1>) -> Tensor<1>> ModuleMapper for Changer<F> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.0.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.0.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let (shape, tracked) = (tensor.shape(), tensor.is_autodiff());
        let checkpointing = tensor.gradient_checkpointing_strategy();
        let index = self.1;
        self.1 += 1;
        let values = flat(tensor.inner());
        let values = (self.2)(index, &self.0.join(), values);
        let mut tensor: Tensor<D> = values.reshape(shape);
        if tracked {
            tensor = Tensor::from_inner(tensor);
            if let Some(strategy) = checkpointing {
                tensor = tensor.with_gradient_checkpointing_strategy(strategy);
            }
            tensor = tensor.require_grad();
        }
        Param::from_mapped_value(id, tensor, mapper)
    }
}

/// Replaces the values of every parameter: `change(index, name, values)` in the order of [`list`].
pub fn change<M: Module>(module: M, change: impl FnMut(usize, &str, Tensor<1>) -> Tensor<1>) -> M {
    module.map(&mut Changer(Path::default(), 0, change))
}

/// A copy with parameters of its own, which share their memory until one is changed.
///
/// Autodiff joins all that one parameter touches into one graph, under one lock: passes that run at
/// the same time need parameters of their own.
pub fn separate<M: Module>(module: &M) -> M {
    change(module.clone(), |_, _, values| values)
}

/// Reads flattened tensors back to the host, in one transfer.
///
/// # Errors
///
/// [`CheckpointError::Device`] when the device fails.
pub async fn read(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, CheckpointError> {
    let mut transaction = burn::tensor::Transaction::default();
    for tensor in tensors {
        transaction = transaction.register(tensor);
    }
    let failed = |error: &dyn std::fmt::Debug| CheckpointError::Device(format!("{error:?}"));
    let data = transaction.execute_async().await.map_err(|error| failed(&error))?;
    data.into_iter()
        .map(|data: TensorData| data.try_into_vec::<f32>().map_err(|error| failed(&error)))
        .collect()
}
