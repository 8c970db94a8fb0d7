// The GPU engine on a software adapter: the same numbers, and everything that can go wrong.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DIST, launch, models, open, picture, settled } from "../browser.js";
import { SCENES, compare, natively, onPage } from "../native.js";
import { serve } from "../server.js";

const TOLERANCE = 1e-3;
/** Software compiles shaders slowly. */
const PATIENCE = 240_000;

let browser, server;
before(async () => {
  server = await serve(DIST);
  browser = await launch({ gpu: true });
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A browser whose GPU was lost gives no more of them after a while: some tests have their own. */
async function fresh() {
  await browser.close();
  browser = await launch({ gpu: true });
}

/** Asks for the GPU although it is emulated. */
async function onGpu(page) {
  await settled(page);
  await page.click("#engine > summary");
  await page.check('#engine-panel input[value="gpu"]');
  await page.click('#engine-panel [data-act="use-software"]');
  await page.click("#engine > summary");
}

async function answersOnGpu(page) {
  await page.waitForSelector('html[data-engine="gpu"][data-busy="false"]', { timeout: PATIENCE, state: "attached" });
}

test("there is an adapter: without one, nothing below would test anything", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(server.url);
  const info = await page.evaluate(async () => {
    const adapter = await navigator.gpu?.requestAdapter();
    return adapter && { vendor: adapter.info.vendor, architecture: adapter.info.architecture, fallback: adapter.info.isFallbackAdapter };
  });
  console.log(`  adapter: ${JSON.stringify(info)}`);
  assert.ok(info, "requestAdapter() gave null");
  await page.context().close();
});

test("software GPU: the CPU computes, the page says why, and the visitor may insist", async () => {
  const { page, close } = await open(browser, `${server.url}#backend=gpu`);
  await settled(page);
  assert.equal(await page.getAttribute("html", "data-engine"), "cpu");
  assert.match(await page.innerText('#notices [data-state="software-gpu"]'), /emulated.*CPU engine is faster/);
  await picture(page, "software-gpu");
  assert.ok(!server.requests.some(({ path }) => path.includes("engine-gpu")), "its engine was not fetched");
  await close();
});

test("kernels are counted while they are compiled", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await page.evaluate(() => {
    const line = document.querySelector("#progress");
    globalThis.said = [];
    const listen = () => globalThis.said.push(line.textContent);
    new MutationObserver(listen).observe(line, { childList: true, subtree: true, characterData: true });
  });
  await onGpu(page);
  const counted = /Compiling GPU kernels: (\d+) of (\d+) \(step \d of 4\)/;
  await page.waitForFunction((source) => new RegExp(source).test(document.querySelector("#progress").textContent), counted.source);
  await picture(page, "compiling");
  await answersOnGpu(page);
  const said = await page.evaluate(() => globalThis.said);
  const counts = said.map((line) => line.match(counted)).filter(Boolean).map(([, done, of]) => [Number(done), Number(of)]);
  console.log(`  ${counts.length} counts, the last ${counts.at(-1).join(" of ")}`);
  for (const [at, [done, of]] of counts.entries()) {
    const [before, asked] = counts[Math.max(at - 1, 0)];
    assert.ok(done < of && done >= before && of >= asked, `${before} of ${asked}, then ${done} of ${of}`);
  }
  await close();
});

test("numbers on the GPU are the native program's", async () => {
  const [{ id }] = await models();
  const expected = natively(id);
  const { page, close } = await open(browser, server.url);
  await onGpu(page);
  await answersOnGpu(page);
  assert.match(await page.innerText("#engine-name"), /^WebGPU · .+ · /);
  console.log(`  ${await page.innerText("#engine-name")}`);
  await picture(page, "gpu");
  for (const [at, scene] of SCENES.entries()) {
    const shown = await onPage(page, { ...scene, model: id, backend: "gpu" });
    assert.equal(await page.getAttribute("html", "data-engine"), "gpu", "the GPU answered");
    const largest = compare(expected[at], shown, TOLERANCE);
    console.log(`  scene ${at}: largest difference ${largest.toExponential(1)}`);
  }
  await close();
});

test("a GPU that never answers is left for the CPU, which answers the same text", async () => {
  await fresh();
  const { page, close } = await open(browser, server.url, {
    worker: `
      if (self.location.search.includes("engine=gpu")) {
        const post = self.postMessage.bind(self);
        self.postMessage = (reply, ...rest) => reply.includes('"explored"') || post(reply, ...rest);
      }
    `,
  });
  await settled(page);
  const verdict = await page.innerText("#verdict");
  await onGpu(page);
  await page.waitForSelector('html[data-engine="gpu"][data-busy="true"]', { timeout: PATIENCE, state: "attached" });
  await page.click("#engine > summary");
  await page.check('#engine-panel input[value="cpu"]');
  await settled(page);
  assert.equal(await page.getAttribute("html", "data-engine"), "cpu");
  assert.equal(await page.innerText("#verdict"), verdict);
  assert.equal(await page.innerText("#progress"), "", "nobody waits for the GPU");
  await close();
});

test("self-test failed: wrong numbers are noticed, and the CPU computes", async () => {
  await fresh();
  const { page, close } = await open(browser, server.url, {
    worker: `
      if (self.location.search.includes("engine=gpu")) {
        const post = self.postMessage.bind(self);
        self.postMessage = (reply, ...rest) => post(reply.includes('"self_tested"') ? reply.replace(/"numbers":\\[-?[\\d.e-]+/, '"numbers":[9') : reply, ...rest);
      }
    `,
  });
  await onGpu(page);
  await page.waitForSelector('#notices [data-state="self-test-failed"]', { timeout: PATIENCE });
  assert.match(await page.innerText('[data-state="self-test-failed"]'), /wrong numbers \(largest difference \d/);
  await settled(page);
  assert.equal(await page.getAttribute("html", "data-engine"), "cpu");
  await picture(page, "self-test-failed");
  await close();
});

const LOSABLE = `
  if (self.location.search.includes("engine=gpu")) {
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...options) {
      const device = await request.apply(this, options);
      const channel = new BroadcastChannel("test");
      channel.onmessage = ({ data }) => {
        if (data === "lose") device.destroy();
        // The largest buffer that the device allows is more than this adapter has memory for.
        if (data === "fill") {
          const size = Math.floor(device.limits.maxBufferSize / 4) * 4;
          device.createBuffer({ size, usage: GPUBufferUsage.STORAGE });
        }
      };
      return device;
    };
  }
`;

test("GPU lost: once it is started again with the same input, twice the CPU goes on", async () => {
  await fresh();
  const { page, close } = await open(browser, server.url, { worker: LOSABLE, expected: [/lost|destroyed|panicked|unreachable/i] });
  await onGpu(page);
  await answersOnGpu(page);
  const verdict = await page.innerText("#verdict");
  const lose = () => page.evaluate(() => new BroadcastChannel("test").postMessage("lose"));
  await lose();
  await page.waitForSelector('#notices [data-state="gpu-lost"]', { timeout: PATIENCE });
  await answersOnGpu(page);
  assert.equal(await page.innerText("#verdict"), verdict);
  await picture(page, "gpu-lost");
  await lose();
  await page.waitForFunction(() => document.querySelector('#notices [data-state="gpu-lost"]')?.textContent.includes("twice"), null, { timeout: PATIENCE });
  await settled(page);
  assert.equal(await page.getAttribute("html", "data-engine"), "cpu");
  assert.equal(await page.innerText("#verdict"), verdict);
  await close();
});

test("GPU memory that ends: the same recovery", async () => {
  await fresh();
  const { page, close } = await open(browser, server.url, { worker: LOSABLE, expected: [/memory|lost|panicked|unreachable/i] });
  await onGpu(page);
  await answersOnGpu(page);
  const verdict = await page.innerText("#verdict");
  await page.evaluate(() => new BroadcastChannel("test").postMessage("fill"));
  const notice = page.locator('#notices [data-state="gpu-lost"]');
  await notice.waitFor({ timeout: PATIENCE });
  assert.match(await notice.innerText(), /ran out of memory.*starts again/);
  await answersOnGpu(page);
  assert.equal(await page.innerText("#verdict"), verdict);
  await close();
});

test("the browser's GPU process dies: said, and the same input is answered", async () => {
  await fresh();
  const { page, close } = await open(browser, server.url, { expected: [/lost|destroyed|panicked|unreachable|context|GPU/i] });
  await onGpu(page);
  await answersOnGpu(page);
  const verdict = await page.innerText("#verdict");
  const session = await browser.newBrowserCDPSession();
  await session.send("Browser.crashGpuProcess").catch(() => {}); // the answer may die with the process
  await page.waitForSelector('#notices [data-state="gpu-lost"]', { timeout: PATIENCE });
  // The browser decides whether it gives this page another GPU; either engine must say the same.
  await settled(page, PATIENCE);
  assert.equal(await page.innerText("#verdict"), verdict);
  console.log(`  goes on with: ${await page.innerText("#engine-name")}`);
  await picture(page, "gpu-process-died");
  await close();
});
