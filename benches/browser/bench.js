// Our page beside transformers.js in the same browser, in the same run. See README.md.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DIST, ROOT, launch } from "../../tests/browser/browser.js";
import { serve } from "../../tests/browser/server.js";

const HERE = dirname(fileURLToPath(import.meta.url));
const NETWORKS = process.env.ELECTRA_NETWORKS ?? join(ROOT, "target/networks");
const PYTHON = process.env.PYTHON ?? "python3";
/** 10 Mbit/s. */
const LINE = 10e6 / 8;
const TOKENS = 128;
const ROUNDS = 3;
const PASSES = { nano: 20, small: 8 };
const TEXT = "The old man walks his dog to the park.";

const theirs = (name) => `
import { AutoModel, AutoTokenizer, env } from "./theirs/transformers.min.js";
env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = "/networks/";
env.useBrowserCache = false;
env.backends.onnx.wasm.wasmPaths = new URL("./ort/", location).href;
env.backends.onnx.wasm.numThreads = 1;
const device = new URLSearchParams(location.search).get("device") ?? "wasm";
const tokenizer = await AutoTokenizer.from_pretrained("${name}");
const model = await AutoModel.from_pretrained("${name}", { dtype: "fp32", device });
const inputs = await tokenizer(${JSON.stringify(TEXT)});
await model(inputs);
window.first = performance.now();
const words = await tokenizer(Array(126).fill("a").join(" "));
window.measure = async (passes) => {
  const times = [];
  await model(words);
  for (let pass = 0; pass < passes; pass += 1) {
    const begin = performance.now();
    const { last_hidden_state } = await model(words);
    await last_hidden_state.getData?.();
    times.push(performance.now() - begin);
  }
  return { tokens: words.input_ids.dims[1], times };
};
`;

const ours = (name) => `
const build = ${JSON.stringify(build())};
const engine = new URLSearchParams(location.search).get("device") === "webgpu" ? "gpu" : "cpu";
const worker = new Worker("./worker.js?engine=" + engine + "&v=" + build, { type: "module" });
const heard = [];
worker.onmessage = ({ data }) => heard.shift()?.(JSON.parse(data).event);
const next = () => new Promise((resolve) => heard.push(resolve));
const must = (event, type) => {
  if (event.type !== type) throw new Error(JSON.stringify(event));
  return event;
};
must(await next(), "ready");
const files = [];
for (const path of ["config.json", "model.safetensors", "vocab.txt"]) {
  files.push({ path, bytes: await (await fetch("/networks/${name}-hf/" + path)).arrayBuffer() });
}
let id = 0;
const ask = async (command, files = []) => {
  const answer = next();
  worker.postMessage({ request: JSON.stringify({ id: ++id, command }), files }, files.map(({ bytes }) => bytes));
  return answer;
};
must(await ask({ type: "open" }, files), "opened");
window.measure = async (passes) => {
  const event = must(await ask({ type: "measure", tokens: ${TOKENS}, passes }), "measured");
  return { tokens: event.tokens, times: event.milliseconds };
};
window.first = performance.now();
`;

function build() {
  return readFileSync(join(DIST, "index.html"), "utf8").match(/<meta name="build" content="([^"]*)"/)[1];
}

function networks() {
  if (existsSync(join(NETWORKS, "small/onnx/model.onnx"))) return;
  const made = spawnSync(PYTHON, [join(HERE, "make_networks.py"), NETWORKS], { stdio: "inherit" });
  if (made.status !== 0) throw new Error("the networks could not be made; README.md says what it needs");
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const page = (script) => `<!doctype html><meta charset="utf-8"><title>x</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>`;

function options(extra = {}) {
  const files = {};
  for (const name of Object.keys(PASSES)) {
    files[`theirs-${name}.js`] = theirs(name);
    files[`theirs-${name}.html`] = page(`theirs-${name}.js`);
    files[`ours-${name}.js`] = ours(name);
    files[`ours-${name}.html`] = page(`ours-${name}.js`);
  }
  const modules = join(HERE, "node_modules");
  const mounts = {
    "theirs/": join(modules, "@huggingface/transformers/dist"),
    "ort/": join(modules, "onnxruntime-web/dist"),
    "networks/": NETWORKS,
  };
  return { extra: files, mounts, ...extra };
}

/** Weights and words are the visitor's choice; everything else is what the library costs. */
const isWeights = (path) => path.includes("/networks/") || path.includes("/models/");

async function firstPrediction(browser, path, ready) {
  const server = await serve(DIST, options({ bytesPerSecond: LINE, compress: true, free: isWeights }));
  const context = await browser.newContext({ serviceWorkers: "block" });
  const tab = await context.newPage();
  tab.on("pageerror", (error) => console.error(`${path}: ${error}`));
  const begin = performance.now();
  await tab.goto(server.url + path);
  await ready(tab);
  const time = performance.now() - begin;
  const counted = server.requests.filter((request) => !isWeights(request.path));
  const bytes = counted.reduce((sum, request) => sum + request.bytes, 0);
  await context.close();
  await server.close();
  return { time, bytes };
}

async function wire(browser) {
  const link = `#v=1&t=${encodeURIComponent(TEXT)}&k=3`;
  const answered = (tab) => tab.waitForSelector('html[data-phase="ready"][data-busy="false"] #picture .percent', { timeout: 240_000 });
  const done = (tab) => tab.waitForFunction(() => window.first, null, { timeout: 240_000 });
  const rows = { ours: [], theirs: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    rows.ours.push(await firstPrediction(browser, link, answered));
    rows.theirs.push(await firstPrediction(browser, "theirs-nano.html", done));
  }
  const of = (side, field) => median(rows[side].map((row) => row[field]));
  for (const [field, unit, scale] of [["bytes", "MB", 1e6], ["time", "s", 1e3]]) {
    const [mine, others] = [of("ours", field), of("theirs", field)];
    report(`${field} to the first own prediction, without weights`, mine / scale, others / scale, unit);
  }
}

function report(what, mine, others, unit) {
  const ratio = mine / others;
  console.log(`${what.padEnd(58)} ours ${mine.toFixed(2)} ${unit}   transformers.js ${others.toFixed(2)} ${unit}   ratio ${ratio.toFixed(3)}`);
}

async function forward(browser, device) {
  const server = await serve(DIST, options());
  for (const [name, passes] of Object.entries(PASSES)) {
    const times = { ours: [], theirs: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const side of ["ours", "theirs"]) {
        const context = await browser.newContext({ serviceWorkers: "block" });
        const tab = await context.newPage();
        tab.on("pageerror", (error) => console.error(`${side} ${name}: ${error}`));
        await tab.goto(`${server.url}${side}-${name}.html?device=${device}`);
        await tab.waitForFunction(() => window.first, null, { timeout: 600_000 });
        const measured = await tab.evaluate((count) => window.measure(count), device === "wasm" ? passes : 2);
        if (measured.tokens !== TOKENS) throw new Error(`${side} measured ${measured.tokens} tokens`);
        times[side].push(median(measured.times));
        await context.close();
      }
    }
    const engine = device === "wasm" ? "CPU, one thread" : "WebGPU on SwiftShader";
    report(`${name}, ${TOKENS} tokens, ${engine}, a forward pass`, median(times.ours), median(times.theirs), "ms");
  }
  await server.close();
}

networks();
const wanted = process.argv.slice(2);
const asked = (part) => wanted.length === 0 || wanted.includes(part);
const cpu = await launch({ gpu: false });
if (asked("wire")) await wire(cpu);
if (asked("cpu")) await forward(cpu, "wasm");
await cpu.close();
if (asked("gpu")) {
  const gpu = await launch({ gpu: true });
  await forward(gpu, "webgpu");
  await gpu.close();
}
