// One server for both sides: our page at the root, everything of theirs in folders beside it.

import { join } from "node:path";
import { ROOT } from "../../tests/browser/browser.js";
import { serve } from "../../tests/browser/server.js";
import { HERE, MODULES, NETWORKS, PAGE } from "./prepare.js";

const MOUNTS = {
  "bench/": join(HERE, "pages"),
  "demo/": join(ROOT, "assets/demo"),
  "networks/": NETWORKS,
  "transformers/": join(MODULES, "@huggingface/transformers/dist"),
  "ort/": join(MODULES, "onnxruntime-web/dist"),
};

/** Programs that transformers.js can run on. */
export const RUNTIMES = {
  // What it loads by itself.
  usual: "ort-wasm-simd-threaded.asyncify",
  // What it loads by itself in an old Safari only: smaller, without WebGPU.
  processor: "ort-wasm-simd-threaded",
};

export const isWeights = (path) => /\.(safetensors|onnx)$/.test(path);

export function site(options = {}) {
  return serve(PAGE, { mounts: MOUNTS, ...options });
}

/** An address of one of the pages here. */
export function address(server, page, query) {
  return `${server.url}bench/${page}.html?${new URLSearchParams(query)}`;
}

/** A tab with nothing stored; a page's error ends the benchmark. */
export async function tab(browser, options = {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const failed = new Promise((_, reject) => page.on("pageerror", reject));
  failed.catch(() => {});
  return {
    page,
    /** A promise's value, unless the page fails before. */
    unlessFailed: (promise) => Promise.race([promise, failed]),
    close: () => context.close(),
  };
}

/** The middle value. */
export function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
