// What browsers keep never stands in the way of what the host has now.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DIST, launch, models, numbers, open, settled, until } from "../browser.js";
import { serve } from "../server.js";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Keeps a file that is in no list, as an earlier build did; or says whether it is still there. */
const stray = (page, put) =>
  page.evaluate(async (put) => {
    const cache = await caches.open(`electra-models ${new URL("./", location.href).href}`);
    const key = `kept/${"0".repeat(64)}`;
    if (put) await cache.put(key, new Response("weights that nobody asks for"));
    return Boolean(await cache.match(key));
  }, put);

test("new weights at the same addresses are used on the next visit, and nothing else is kept", async () => {
  const extra = {};
  // What is served from here may be kept for ten minutes.
  const server = await serve(DIST, { extra });
  const [first, ...rest] = await models();
  const weights = first.files.find(({ path }) => path === "discriminator/model.safetensors");
  const old = await readFile(join(DIST, weights.url));
  extra[weights.url] = old;
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const given = () =>
    page.evaluate(async (url) => {
      const bytes = await (await fetch(url)).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
      return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    }, weights.url);
  assert.equal(await given(), weights.sha256);
  const before = await numbers(page);
  assert.ok(await stray(page, true));

  const other = Buffer.from(old);
  // The last numbers, of 16 bits, each a little different.
  for (let at = other.length - 20_000; at < other.length; at += 2) other[at] ^= 0x80;
  extra[weights.url] = other;
  const renewed = { ...weights, sha256: hash(other) };
  const files = first.files.map((file) => (file === weights ? renewed : file));
  extra["models.json"] = JSON.stringify({ models: [{ ...first, files }, ...rest] });
  assert.equal(await given(), weights.sha256, "the browser would go on giving the old ones");
  await page.goto("about:blank");
  await page.goto(server.url);
  await settled(page);
  assert.notDeepEqual((await numbers(page)).tokens, before.tokens, "the new ones answer");
  assert.equal(await stray(page, false), false);
  const kept = await page.evaluate(async () => {
    const cache = await caches.open(`electra-models ${new URL("./", location.href).href}`);
    return (await cache.keys()).map(({ url }) => url.split("/").at(-1));
  });
  assert.deepEqual(new Set(kept), new Set(files.map(({ sha256 }) => sha256)));
  await close();
  await server.close();
});

test("weights that end too early are not opened, and one can try again", async () => {
  const extra = {};
  const server = await serve(DIST, { extra });
  const [first] = await models();
  const weights = first.files.find(({ path }) => path === "discriminator/model.safetensors");
  extra[weights.url] = (await readFile(join(DIST, weights.url))).subarray(0, weights.bytes - 1);
  const { page, close } = await open(browser, server.url);
  await page.waitForSelector('html[data-phase="offline"]', { state: "attached" });
  assert.match(await page.innerText("#progress"), /model\.safetensors is shorter than the list of models says/);
  delete extra[weights.url];
  await page.click("[data-act=retry]");
  await settled(page);
  await close();
  await server.close();
});

for (const fails of ["CacheStorage.prototype.open", "Cache.prototype.match"]) {
  test(`where ${fails} fails, the page that was kept comes over the network`, async () => {
    const script = await readFile(join(DIST, "offline.js"), "utf8");
    const broken = `
      addEventListener("activate", () => {
        ${fails} = () => Promise.reject(new DOMException("a test breaks it", "UnknownError"));
      });
    `;
    const server = await serve(DIST, { extra: { "offline.js": broken + script } });
    const { page, close } = await open(browser, server.url, { offline: true });
    await settled(page);
    await until(page, () => Boolean(navigator.serviceWorker.controller));
    const asked = () => server.requests.filter(({ path }) => path.endsWith("/page.js")).length;
    const before = asked();
    await page.reload();
    await settled(page);
    assert.ok(asked() > before, "nothing that was kept could be read");
    await close();
    await server.close();
  });
}
