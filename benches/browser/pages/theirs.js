// A minimal page with transformers.js: `theirs.html?model=small&device=wasm&runtime=…`.

import { AutoModel, AutoTokenizer, Tensor, env } from "../transformers/transformers.min.js";

const { model: name, device, runtime, text, tokens } = Object.fromEntries(
  new URLSearchParams(location.search),
);
env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = new URL("../networks/", location).pathname;
// Nothing is there yet on a first visit, and without its cache the program compiles while it loads.
env.useBrowserCache = false;
env.useWasmCache = false;
const file = (ending) => new URL(`../ort/${runtime}.${ending}`, location).href;
env.backends.onnx.wasm.wasmPaths = { mjs: file("mjs"), wasm: file("wasm") };
env.backends.onnx.wasm.numThreads = 1;
env.backends.onnx.wasm.proxy = false;

const opened = AutoModel.from_pretrained(name, { dtype: "fp32", device });

/** Every number on the processor, as whoever uses them needs them. */
async function predict(inputs) {
  const { last_hidden_state: states } = await (await opened)(inputs);
  const numbers = states.data;
  if (!numbers.every(Number.isFinite)) throw new Error("not all numbers are finite");
  return numbers;
}

if (text) {
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  await predict(await tokenizer(text));
  window.predicted = performance.now();
}

/** Milliseconds of each pass, after one that is not measured. */
window.measure = async (passes) => {
  const { config } = await opened;
  const row = (value) => {
    const values = Array.from({ length: Number(tokens) }, (_, at) => BigInt(value(at)));
    return new Tensor("int64", BigInt64Array.from(values), [1, Number(tokens)]);
  };
  const inputs = {
    input_ids: row((at) => (at * 31) % config.vocab_size),
    attention_mask: row(() => 1),
    token_type_ids: row(() => 0),
  };
  await predict(inputs);
  const times = [];
  for (let pass = 0; pass < passes; pass += 1) {
    const begun = performance.now();
    await (await opened)(inputs);
    times.push(performance.now() - begun);
  }
  return times;
};

await opened;
window.ready = {};
