// Any static host, any folder, any frame; and no host at all the second time.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DIST, launch, models, open, phase, picture, settled, type, until } from "../browser.js";
import { serve } from "../server.js";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** Waits until the page is kept for the time without a network. */
const kept = (page) =>
  until(page, async () => {
    const registration = await navigator.serviceWorker.getRegistration();
    const own = registration?.scope === new URL("./", location.href).href;
    return own && registration.active?.state === "activated";
  });

test("the page works from a folder of a host", async () => {
  const server = await serve(DIST, { prefix: "/some/where/" });
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const outside = server.requests.filter(({ path }) => !path.startsWith("/some/where/"));
  assert.deepEqual(outside.map(({ path }) => path), []);
  await close();
  await server.close();
});

test("in a frame of another page it shows the sentence alone, and tells its height", async () => {
  const server = await serve(DIST);
  const host = await serve(DIST, {
    extra: {
      "host.html": `<!doctype html><title>host</title><iframe src="${server.url}#v=1&embed=1" width="700" height="480" allow="clipboard-write"></iframe>
        <script>addEventListener("message", (event) => { window.height = event.data.height; });</script>`,
    },
  });
  const { page, close } = await open(browser, `${host.url}host.html`);
  const frame = page.frames()[1];
  await frame.waitForSelector('html[data-phase="ready"]', { state: "attached", timeout: 60_000 });
  assert.ok(await frame.locator("h1").isHidden());
  assert.ok(await frame.locator("#picture").isVisible());
  await page.waitForFunction(() => window.height > 100);
  await picture(page, "embedded");
  await close();
  await host.close();
  await server.close();
});

test("the code for a frame shows what is on the screen", async () => {
  const server = await serve(DIST);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await type(page, 'She said "hello" & left.');
  await page.click("#share > summary");
  await page.waitForSelector("#embed-code:has-text('<iframe')");
  const code = await page.innerText("#embed-code");
  const written = code.match(/^<iframe src="([^"]+)"/)[1];
  const address = written.replaceAll("&quot;", '"').replaceAll("&amp;", "&");
  assert.match(address, /embed=1/);
  const inside = await open(browser, address);
  await settled(inside.page);
  assert.equal(await inside.page.inputValue("#text"), 'She said "hello" & left.');
  await inside.close();
  await close();
  await server.close();
});

test("the copied code makes its frame as tall as what is in it, whoever else sends messages", async () => {
  const server = await serve(DIST);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await page.click("#share > summary");
  await page.waitForSelector("#embed-code:has-text('<iframe')");
  const code = await page.innerText("#embed-code");
  await close();

  const body = `<!doctype html><title>host</title><body style="width: 1000px">${code}`;
  const host = await serve(DIST, { extra: { "host.html": body } });
  const outside = await open(browser, `${host.url}host.html`);
  const frame = outside.page.frames()[1];
  await frame.waitForSelector('html[data-phase="ready"][data-busy="false"]', { state: "attached", timeout: 60_000 });
  const fits = () =>
    frame.waitForFunction(() => Math.abs(document.documentElement.getBoundingClientRect().height - innerHeight) < 1);
  await fits();
  // An open menu makes the page taller, and is not cut off.
  await frame.click("#share > summary");
  await fits();
  const [panel, room] = await frame.evaluate(() => [
    document.querySelector("#share .panel").getBoundingClientRect().bottom,
    innerHeight,
  ]);
  assert.ok(panel <= room, `the menu ends at ${panel} of ${room} pixels`);
  await frame.click("#share > summary");
  await fits();
  const height = () => outside.page.locator("iframe").evaluate((frame) => frame.clientHeight);
  const tall = await height();
  const needed = await frame.evaluate(() =>
    Math.max(...["verdict", "picture"].map((id) => document.getElementById(id).getBoundingClientRect().bottom)),
  );
  const given = Number(code.match(/ height="(\d+)"/)[1]);
  assert.ok(needed <= given, `without the script ${given} pixels would be there for ${needed}`);
  await outside.page.evaluate(
    () =>
      new Promise((heard) => {
        addEventListener("message", () => setTimeout(heard), { once: true });
        postMessage({ type: "electra-height", height: 5 }, "*");
      }),
  );
  assert.equal(await height(), tall, "that was not the frame");
  await frame.click("[data-act=clear]");
  await outside.page.waitForFunction((tall) => document.querySelector("iframe").clientHeight < tall, tall);
  await fits();
  await outside.close();
  await host.close();
  await server.close();
});

test("the second visit fetches no model", async () => {
  const server = await serve(DIST);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const fetched = () => server.requests.filter(({ path }) => path.includes("/models/")).length;
  const first = fetched();
  assert.ok(first > 0);
  await page.reload();
  await settled(page);
  assert.equal(fetched(), first);
  await close();
  await server.close();
});

test("without a network, the second visit works", async () => {
  const server = await serve(DIST);
  const { page, context, close } = await open(browser, server.url, { offline: true });
  await settled(page);
  await kept(page);
  await context.setOffline(true);
  await server.close();
  await page.reload();
  await settled(page);
  await type(page, "Nobody is listening.");
  assert.equal(await page.locator("#picture .percent").count(), 4);
  await close();
});

test("other models of the same build are seen on the next visit, and kept", async () => {
  const extra = {};
  const server = await serve(DIST, { extra });
  const { page, context, close } = await open(browser, server.url, { offline: true });
  await settled(page);
  await kept(page);
  const [first, ...rest] = await models();
  const renamed = { ...first, about: { ...first.about, name: "Another" } };
  extra["models.json"] = JSON.stringify({ models: [renamed, ...rest] });
  const html = await readFile(join(DIST, "index.html"), "utf8");
  extra["index.html"] = html.replace("<title>", "<title>Another: ");
  const named = () =>
    page.evaluate(async () => {
      const { content } = document.querySelector('meta[name="build"]');
      const list = await (await fetch(`models.json?v=${content}`)).json();
      return list.models[0].about.name;
    });
  await page.reload();
  await settled(page);
  assert.match(await page.title(), /^Another: /);
  assert.equal(await named(), "Another");
  await until(page, async () => {
    const { content } = document.querySelector('meta[name="build"]');
    const words = async (name) => (await caches.match(name))?.text();
    const both = [await words("./"), await words(`models.json?v=${content}`)];
    return both.every((text) => text?.includes("Another"));
  });
  await context.setOffline(true);
  await server.close();
  await page.reload();
  await settled(page);
  assert.match(await page.title(), /^Another: /);
  assert.equal(await named(), "Another");
  await close();
});

test("pages in two folders of an origin keep and forget their own files and models", async () => {
  const script = await readFile(join(DIST, "offline.js"), "utf8");
  const later = script.replace(/const BUILD = "\w+"/, 'const BUILD = "another"');
  const server = await serve(DIST, { mounts: { "second/": DIST }, extra: { "second/offline.js": later } });
  const { page, close } = await open(browser, server.url, { offline: true });
  await settled(page);
  await kept(page);
  const folders = [server.url, `${server.url}second/`];
  /** How many files of models each folder's page keeps. */
  const files = () =>
    page.evaluate(async (folders) => {
      const opened = folders.map((folder) => caches.open(`electra-models ${folder}`));
      return Promise.all(opened.map(async (cache) => (await (await cache).keys()).length));
    }, folders);
  const said = async () => (await page.textContent("#engine-panel")).match(/[\d.]+ MB of models are kept/)[0];
  const [number] = await files();
  const size = await said();
  assert.ok(number > 0);
  await page.goto(folders[1]);
  await settled(page);
  await kept(page);
  assert.deepEqual(await files(), [number, number]);
  assert.equal(await said(), size, "what another folder keeps is not counted");
  const pages = () =>
    page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith("electra-page")));
  assert.equal((await pages()).length, 2);
  await page.click("#engine > summary");
  await page.click("[data-act=clear-kept]");
  await page.waitForFunction(() => document.querySelector("#engine-panel").textContent.includes("No model is kept"));
  await until(page, async () => {
    const names = await caches.keys();
    return !names.some((name) => name.startsWith("electra-page") && name.includes("/second/"));
  });
  assert.equal((await pages()).length, 1);
  assert.deepEqual(await files(), [number, 0]);
  await close();
  await server.close();
});

test("a link that changes under the page is followed", async () => {
  const server = await serve(DIST);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await page.evaluate(() => {
    location.hash = "#v=1&t=Dogs%20bark.&k=1&s=3";
  });
  await settled(page);
  assert.equal(await page.inputValue("#text"), "Dogs bark.");
  assert.equal(await page.inputValue("#seed"), "3");
  await phase(page, "ready");
  await close();
  await server.close();
});
