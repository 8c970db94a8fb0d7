// The states of the page that a visitor rarely sees; `cold.test.js` has the first of them,
// `gpu/` those that need a GPU.

import assert from "node:assert/strict";
import { test } from "node:test";
import { DIST, addressed, models, open, phase, picture, settled } from "../browser.js";
import { serve } from "../server.js";
import { browser, server } from "../stage.js";

test("loading: one bar in bytes of all files, a way to stop, and the examples work meanwhile", async () => {
  const slow = await serve(DIST, { bytesPerSecond: 600_000 });
  const { page, close } = await open(browser, slow.url);
  await phase(page, "loading");
  await page.waitForFunction(() => Number(document.querySelector("#progress progress")?.value) > 0);
  const [model] = await models();
  const total = model.files.reduce((sum, file) => sum + file.bytes, 0);
  const bar = page.locator("#progress progress");
  assert.equal(Number(await bar.getAttribute("max")), total);
  assert.match(await page.innerText("#progress"), /Loading the model: [\d.]+ of [\d.]+ MB/);
  const verdict = await page.innerText("#verdict");
  const other = page.locator("#picture .candidate:not(.chosen)").first();
  await other.click();
  await page.waitForFunction((before) => document.querySelector("#verdict").textContent !== before, verdict);
  await picture(page, "loading");
  await page.click("[data-act=cancel]");
  await phase(page, "cancelled");
  assert.match(await page.innerText("#progress"), /was not loaded/);
  await close();
  await slow.close();
});

test("ready: the pill names engine and time, its panel says what computes and what is kept", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await page.click("#engine > summary");
  assert.match(await page.innerText("#engine-name"), /CPU · /);
  assert.match(await page.innerText("#engine-panel"), /MB of models are kept on this device/);
  await page.click("[data-act=clear-kept]");
  await page.waitForFunction(() => document.querySelector("#engine-panel").textContent.includes("No model is kept"));
  assert.match(await page.innerText("#about"), /Trained on|parameters/);
  await close();
});

test("no WebGPU: no error, the CPU computes, and the panel says where WebGPU is found", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  assert.equal(await page.locator("#notices .notice").count(), 0);
  await page.click("#engine > summary");
  await page.click('#engine-panel [data-state="no-webgpu"] summary');
  assert.match(await page.innerText("#engine-panel"), /Safari: version 26/);
  await picture(page, "no-webgpu");
  await page.check('#engine-panel input[value="gpu"]');
  await page.waitForSelector('#notices [data-state="no-webgpu"]');
  await addressed(page, /backend=gpu/);
  await settled(page);
  await close();
});

test("offline, not cached: the examples work, and one can try again", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) => context.route("**/models/**", (route) => route.abort()),
  });
  await phase(page, "offline");
  assert.match(await page.innerText("#progress"), /not on this device yet/);
  assert.match(await page.innerText("#verdict"), /\S/);
  await picture(page, "offline");
  await page.context().unroute("**/models/**");
  await page.click("[data-act=retry]");
  await settled(page);
  await close();
});

test("quota refused: it works, and says why it could not be kept", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.addInitScript(() => {
        Cache.prototype.put = () => Promise.reject(new DOMException("the quota is 0", "QuotaExceededError"));
      }),
  });
  await page.waitForSelector('[data-state="quota"]');
  assert.match(await page.innerText('[data-state="quota"]'), /could not be kept.*the quota is 0/);
  await settled(page);
  await picture(page, "quota");
  await close();
});

test("without any storage, as in some frames, it works too", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.addInitScript(() => {
        Object.defineProperty(window, "caches", {
          get() {
            throw new DOMException("storage is refused here", "SecurityError");
          },
        });
      }),
  });
  await settled(page);
  assert.match(await page.innerText('[data-state="quota"]'), /storage is refused here/);
  await close();
});

test("text too long: counted, scored as far as it goes, the rest in grey", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const text = "The dog ran after the ball. ".repeat(40).trim();
  await page.fill("#text", text);
  await page.waitForSelector('[data-state="too-long"]');
  assert.match(await page.innerText("#aside"), /has \d+ tokens; the first \d+ are scored/);
  const rest = await page.innerText("#picture .unscored");
  assert.ok(text.endsWith(rest.replace("… ", "")), "the rest is the end of the text");
  await picture(page, "too-long");
  await close();
});

test("old link version: opens with what it knows, and lists the rest", async () => {
  const { page, close } = await open(browser, `${server.url}#v=7&s=5&sparkles=9`);
  await page.waitForSelector('[data-state="old-link"]');
  const words = await page.innerText('[data-state="old-link"]');
  assert.match(words, /version 7/);
  assert.match(words, /sparkles/);
  await settled(page);
  assert.equal(await page.inputValue("#seed"), "5");
  await picture(page, "old-link");
  await page.click('[data-state="old-link"] [data-act=dismiss]');
  assert.equal(await page.locator('[data-state="old-link"]').count(), 0);
  await close();
});

test("an engine that dies is replaced, and gets the same input", async () => {
  const { page, close } = await open(browser, server.url, {
    worker: `
      new BroadcastChannel("test").onmessage = () => { setTimeout(() => { throw new Error("a test's bug"); }); };
    `,
    expected: [/a test's bug/],
  });
  await settled(page);
  const verdict = await page.innerText("#verdict");
  const said = page.waitForEvent("console", (line) => /engine is lost: .*a test's bug/.test(line.text()));
  await page.evaluate(() => new BroadcastChannel("test").postMessage(1));
  await page.waitForSelector('html[data-phase="opening"]', { state: "attached" });
  await said;
  await settled(page);
  assert.equal(await page.innerText("#verdict"), verdict);
  await close();
});

test("an engine that has started cannot reach the network", async () => {
  const { page, close } = await open(browser, server.url, {
    worker: `
      const line = new BroadcastChannel("test");
      line.onmessage = ({ data }) => data === "ways" && line.postMessage(
        ["fetch", "XMLHttpRequest", "WebSocket", "EventSource", "WebTransport", "caches"].filter((name) => self[name]),
      );
    `,
  });
  await settled(page);
  const ways = await page.evaluate(() => {
    const line = new BroadcastChannel("test");
    line.postMessage("ways");
    return new Promise((resolve) => (line.onmessage = ({ data }) => resolve(data)));
  });
  assert.deepEqual(ways, []);
  await close();
});

test("a build that does not fit the page is not used", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.route("**/engine-cpu.js*", (route) => route.fulfill({ contentType: "text/javascript", body: "export default () => { throw new Error('from another build') }; export const start = 1;" })),
    expected: [/another build/],
  });
  await phase(page, "failed");
  assert.match(await page.innerText("#progress"), /No engine works here.*another build/);
  assert.match(await page.innerText("#verdict"), /\S/, "the example stays");
  await picture(page, "failed");
  await close();
});
