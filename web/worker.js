// The worker of one engine: `worker.js?engine=cpu` or `?engine=gpu`. What it does beyond passing
// messages is what only a script can: look at the GPU, and notice an engine's death.

const BUILD = "__BUILD__";
const engine = new URL(self.location).searchParams.get("engine") === "gpu" ? "gpu" : "cpu";

const fail = (kind, message) =>
  self.postMessage(JSON.stringify({ id: null, event: { failed: { kind, message } } }));

// Messages that come while the engine loads.
const waiting = [];
let receive = (message) => waiting.push(message);
self.onmessage = ({ data }) => receive(data);

// A panic has sent its own message; what traps without one has run out of memory.
let panicked = false;
const dead = (event) => {
  // The page would hear of it a second time.
  event.preventDefault();
  if (panicked) return;
  panicked = true;
  const error = event.reason ?? event.error;
  const reason = error?.message ?? event.message;
  console.error(`the engine is lost: ${reason}`);
  const memory = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
  if (memory) fail("out_of_memory", "the engine ran out of memory; try a smaller model or reload");
  else fail("panic", `the engine stopped: ${reason}`);
};
self.addEventListener("error", dead);
self.addEventListener("unhandledrejection", dead);

const channel = new MessageChannel();
const ticking = [];
channel.port1.onmessage = () => ticking.shift()();

const host = {
  post(reply) {
    panicked ||= reply.includes('"kind":"panic"');
    self.postMessage(reply);
  },
  now: () => performance.now(),
  complain: (line) => console.error(line),
  tick: () =>
    new Promise((resolve) => {
      ticking.push(resolve);
      channel.port2.postMessage(null);
    }),
};

// Subgroups of fewer than 8 lanes exist (emulated GPUs have 4), and programs for at least 8 would
// add up wrongly there: hide the feature.
function hideSubgroups() {
  const { get } = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, "features");
  Object.defineProperty(GPUAdapter.prototype, "features", {
    get() {
      const features = new Set(get.call(this));
      features.delete("subgroups");
      features.delete("subgroup-size-control");
      return features;
    },
  });
}

// Kernels are asked for in one go, and compiled one by one while the engine waits: each is done when
// the queue behind it is.
function countKernels() {
  let [done, of] = [0, 0];
  // Of what changes at the same time, the page hears once.
  let waits = false;
  const report = () => {
    if (!waits) queueMicrotask(tell);
    waits = true;
  };
  const tell = () => {
    waits = false;
    self.postMessage(JSON.stringify({ id: null, event: { compiling: { done, of } } }));
  };
  const create = GPUDevice.prototype.createComputePipeline;
  GPUDevice.prototype.createComputePipeline = function (...options) {
    const pipeline = create.apply(this, options);
    of += 1;
    report();
    this.queue.onSubmittedWorkDone().then(() => {
      done += 1;
      report();
    }, () => {});
    return pipeline;
  };
}

// Reports what happens to the device after it was handed out.
function watchDevices() {
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (...options) {
    const device = await request.apply(this, options);
    device.lost.then(({ message }) => fail("device_lost", message || "it went away"));
    device.addEventListener("uncapturederror", ({ error }) => {
      const [reason] = error.message.split("\n"); // the rest is where in the browser it happened
      if (error instanceof GPUOutOfMemoryError) fail("out_of_memory", `it ran out of memory (${reason})`);
      else fail("device_error", `it refused: ${reason}`);
    });
    return device;
  };
}

// What a visitor types or opens stays here: nothing that runs from now on needs the network. Only
// `import` cannot be taken away.
function hush() {
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "caches"]) {
    Object.defineProperty(self, name, { value: undefined });
  }
}

async function look() {
  const adapter = await self.navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) return null;
  const { vendor, architecture, description, subgroupMinSize, isFallbackAdapter } =
    adapter.info ?? {};
  if (!(subgroupMinSize >= 8)) hideSubgroups();
  watchDevices();
  countKernels();
  const software = isFallbackAdapter ?? adapter.isFallbackAdapter ?? false;
  return {
    vendor: vendor ?? "",
    architecture: architecture ?? "",
    description: description ?? "",
    software,
  };
}

async function begin() {
  const adapter = engine === "gpu" ? await look() : {};
  if (!adapter) return fail("no_gpu", "this browser offers no GPU to pages; the CPU is used");
  const module = await import(`./engine-${engine}.js?v=${BUILD}`);
  const wasm = new URL(`engine-${engine}_bg.wasm?v=${BUILD}`, import.meta.url);
  await module.default({ module_or_path: wasm });
  hush();
  const running = await module.start(host, BUILD, adapter);
  if (!running) return;
  receive = ({ request, files = [] }) => {
    const paths = files.map((file) => file.path);
    running.receive(request, paths, files.map((file) => new Uint8Array(file.bytes)));
  };
  waiting.splice(0).forEach((message) => receive(message));
}

begin().catch((error) => fail("panic", `the engine could not start: ${error.message}`));
