// One's own model, dropped on the page: files, or folders of this machine with all that is in them.

import assert from "node:assert/strict";
import { copyFile, mkdir, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { DIST, launch, models, open, picture, settled, type } from "../browser.js";
import { straitened } from "../memory.js";
import { serve } from "../server.js";

let browser, server, place;
before(async () => {
  place = await mkdtemp(join(tmpdir(), "electra-"));
  server = await serve(DIST);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
  if (place) await rm(place, { recursive: true });
});

/** Drops files that the server has, under names of their own, as from a file manager. */
async function drop(page, files) {
  const dataTransfer = await page.evaluateHandle(async (files) => {
    const held = new DataTransfer();
    for (const { name, url } of files) {
      const bytes = await (await fetch(url)).arrayBuffer();
      held.items.add(new File([bytes], name, { type: "application/octet-stream" }));
    }
    return held;
  }, files);
  const over = () => page.locator("#drop").evaluate((place) => place.classList.contains("over"));
  await page.dispatchEvent("body", "dragover", { dataTransfer });
  assert.ok(await over(), "the place for files shows that it takes them");
  await page.dispatchEvent("body", "drop", { dataTransfer });
  assert.ok(!(await over()));
}

test("files that are dropped anywhere are opened, and what is no model leaves the one before", async () => {
  const { page, requests, close } = await open(browser, server.url);
  await settled(page);
  assert.doesNotMatch(await page.innerText("#about"), /Opened/);
  const [model] = await models();
  const flat = model.files.filter(({ path }) => path.startsWith("discriminator/"));
  await drop(page, flat.map(({ path, url }) => ({ name: path.split("/").at(-1), url })));
  await page.waitForSelector('#notices [data-state="done"]');
  await settled(page);
  assert.match(await page.innerText("#about"), /Opened\s+your model/);
  assert.match(await page.innerText("#about"), /Generator\s+none/);
  const asked = requests.length;
  await type(page, "The cat sat on the warm mat.");
  assert.match(await page.innerText("#verdict"), /\S/);
  assert.equal(requests.length, asked, "nothing of it is sent anywhere");

  await drop(page, [{ name: "holiday.jpg", url: model.files[0].url }]);
  await page.waitForSelector('#notices [data-state="bad-file"]');
  assert.match(await page.innerText('[data-state="bad-file"] p'), /config\.json.* is among them\. Everything else stays as it was\.$/);
  await settled(page);
  assert.match(await page.innerText("#about"), /Opened\s+your model/);
  await close();
});

/** The shipped model's files in a folder, under paths of their own; null leaves a file out. */
async function folder(name, renamed = (path) => path) {
  const [model] = await models();
  for (const { path, url } of model.files) {
    const below = renamed(path);
    if (below === null) continue;
    const to = join(place, name, below);
    await mkdir(dirname(to), { recursive: true });
    await copyFile(join(DIST, url.split("?")[0]), to);
  }
  return join(place, name);
}

/**
 * Drops folders of this machine, as from a file manager: no script can put a folder into a
 * `DataTransfer`, but the browser's own protocol can.
 */
async function dropFromDisk(page, paths) {
  const session = await page.context().newCDPSession(page);
  const copying = 1;
  const data = { items: [], files: paths, dragOperationsMask: copying };
  const drag = (type) => session.send("Input.dispatchDragEvent", { type, x: 640, y: 200, data });
  await drag("dragEnter");
  await drag("dragOver");
  await page.waitForSelector("#drop.over", { state: "attached" });
  await drag("drop");
  await page.waitForSelector("#drop:not(.over)", { state: "attached" });
  await session.detach();
}

test("a run's folder is opened with both networks, however many other files it has", async () => {
  const run = await folder("my-run");
  // A browser hands over a folder's entries a hundred at a time, in an order of its own.
  for (const inside of ["discriminator", "generator"]) {
    const others = Array.from({ length: 400 }, (_, at) => join(run, inside, `other-${at}.txt`));
    await Promise.all(others.map((path) => writeFile(path, "no model")));
  }
  await mkdir(join(run, "checkpoints"));
  await writeFile(join(run, "checkpoints/best.json"), "{}");
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await dropFromDisk(page, [run]);
  await page.waitForSelector('#notices [data-state="done"]');
  await settled(page);
  assert.match(await page.innerText("#about"), /Opened\s+“my-run”/);
  assert.match(await page.innerText("#about"), /Generator\s+\d.* more parameters/);
  await type(page, "The cat sat on the warm mat.");
  await page.locator('#picture .token:text-is("cat")').click();
  await settled(page);
  assert.ok((await page.locator("#picture .candidate").count()) > 0, "its generator guesses");
  await close();
});

test("a folder of files without folders is a discriminator", async () => {
  const below = (path) => (path.startsWith("discriminator/") ? path.split("/")[1] : null);
  const flat = await folder("flat", below);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await dropFromDisk(page, [flat]);
  await page.waitForSelector('#notices [data-state="done"]');
  await settled(page);
  assert.match(await page.innerText("#about"), /Opened\s+“flat”/);
  assert.match(await page.innerText("#about"), /Generator\s+none/);
  await close();
});

test("two folders that are dropped together are the two networks that they are called", async () => {
  const network = (name) => folder(`nano-${name}`, (path) => (path.startsWith(`${name}/`) ? path.split("/")[1] : null));
  const both = [await network("generator"), await network("discriminator")];
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await dropFromDisk(page, both);
  await page.waitForSelector('#notices [data-state="done"]');
  await settled(page);
  assert.match(await page.innerText("#about"), /Opened\s+your model/);
  assert.match(await page.innerText("#about"), /Generator\s+\d.* more parameters/);
  await close();
});

test("a folder with several models, or none, is refused, and the model before stays", async () => {
  await folder("runs/one");
  await folder("runs/two");
  await mkdir(join(place, "holiday"));
  await writeFile(join(place, "holiday/beach.jpg"), "no picture either");
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const before = await page.innerText("#about");
  for (const [name, reason] of [
    ["runs", /several models; give one: one\/discriminator\/, two\/discriminator\//],
    ["holiday", /none of config\.json, .* is among them/],
  ]) {
    await dropFromDisk(page, [join(place, name)]);
    const sentence = await page.innerText('#notices [data-state="bad-file"] p');
    assert.match(sentence, reason);
    await page.click('#notices [data-state="bad-file"] [data-act=dismiss]');
    await settled(page);
    assert.equal(await page.innerText("#about"), before);
  }
  await close();
});

test("a model that memory does not hold is refused in a sentence, and the one before stays", async () => {
  const below = (path) => (path.startsWith("discriminator/") ? path.split("/")[1] : null);
  const large = await folder("large", below);
  await truncate(join(large, "model.safetensors"), 200e6);
  const { page, close } = await open(browser, server.url, {
    worker: straitened(128e6),
    expected: [/the engine is lost/],
  });
  await settled(page);
  const before = await page.innerText("#about");
  await dropFromDisk(page, [large]);
  const sentence = await page.innerText('#notices [data-state="bad-file"] p');
  assert.match(sentence, /ran out of memory; try a smaller model.* Everything else stays as it was\.$/);
  await settled(page);
  assert.equal(await page.innerText("#about"), before);
  await type(page, "The cat sat on the warm mat.");
  assert.match(await page.innerText("#verdict"), /\S/);
  await picture(page, "out-of-memory");
  await close();
});

test("files that take too long are given up, and the model before answers again", async () => {
  const flat = await folder("endless", (path) => (path.startsWith("discriminator/") ? path.split("/")[1] : null));
  const { page, close } = await open(browser, server.url, {
    // Each engine opens one model, and is for ever busy with a second.
    worker: `{
      const post = self.postMessage.bind(self);
      let opened = 0;
      self.postMessage = (reply, ...rest) => {
        opened += reply.includes('"opened"') ? 1 : 0;
        if (!reply.includes('"opened"') || opened === 1) post(reply, ...rest);
      };
    }`,
  });
  await settled(page);
  const before = await page.innerText("#about");
  await dropFromDisk(page, [flat]);
  await page.locator("#progress", { hasText: "Opening your files" }).waitFor();
  await page.click("#progress [data-act=cancel]");
  await settled(page);
  assert.equal(await page.innerText("#about"), before);
  assert.equal(await page.locator("#notices .notice").count(), 0);
  await type(page, "The cat sat on the warm mat.");
  assert.match(await page.innerText("#verdict"), /\S/);
  await close();
});

test("words that are dragged are left to the browser", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  for (const kind of ["dragover", "drop"]) {
    const taken = await page.locator("#text").evaluate((field, kind) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData("text/plain", "a dog");
      const event = new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
      return !field.dispatchEvent(event);
    }, kind);
    assert.ok(!taken, kind);
  }
  assert.equal(await page.locator("#notices .notice").count(), 0);
  await close();
});
