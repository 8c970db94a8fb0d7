// Answers stand under what they were asked for, are spoken each time, and mean the same elsewhere.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CLIPBOARD, DIST, copied, numbers, open, settled, type } from "../browser.js";
import { serve } from "../server.js";
import { browser, server } from "../stage.js";

/** Counts what is added to an element of the region that speaks: a screen reader says it. */
async function listen(page, selector) {
  await page.evaluate((selector) => {
    globalThis.spoken = 0;
    const count = (changes) => changes.reduce((sum, { addedNodes }) => sum + addedNodes.length, 0);
    new MutationObserver((changes) => {
      globalThis.spoken += count(changes);
    }).observe(document.querySelector(selector), { childList: true });
  }, selector);
  return {
    once: () => page.waitForFunction(() => globalThis.spoken > 0),
    times: () => page.evaluate(() => globalThis.spoken),
  };
}

test("an answer that reads like the one before is spoken again, once", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await type(page, "The cat sat on the warm mat.");
  const verdict = await page.innerText("#verdict");
  assert.match(verdict, /Nothing was replaced/);
  const spoken = await listen(page, "[role=status] #verdict");
  await page.fill("#temperature", "2.5");
  await spoken.once();
  await settled(page);
  assert.equal(await page.innerText("#verdict"), verdict);
  assert.equal(await spoken.times(), 1);
  await close();
});

test("a second copy is spoken like the first", async () => {
  const { page, close } = await open(browser, server.url, CLIPBOARD);
  await settled(page);
  await page.click("#share > summary");
  await page.click("[data-act=copy-link]");
  await page.waitForSelector('#notices [data-state="done"]');
  const spoken = await listen(page, "[role=status] #news");
  await page.click("[data-act=copy-link]");
  await spoken.once();
  assert.equal(await page.locator("#notices .notice").count(), 1);
  assert.equal(await page.textContent("#news"), "The link is copied. ");
  await close();
});

/** Keeps back what an engine says of heads while a test wants that. */
const HELD = `{
  const post = self.postMessage.bind(self);
  const held = [];
  let holds = false;
  const line = new BroadcastChannel("test");
  line.onmessage = ({ data }) => {
    holds = data === "hold";
    if (!holds) held.splice(0).forEach((reply) => post(reply));
    line.postMessage("heard");
  };
  self.postMessage = (reply, ...rest) => {
    if (holds && reply.includes('"inspected"')) held.push(reply);
    else post(reply, ...rest);
  };
}`;

/** Tells the worker something, and waits until it has heard. */
const tell = (page, word) =>
  page.evaluate((word) => {
    const line = new BroadcastChannel("test");
    line.postMessage(word);
    return new Promise((heard) => (line.onmessage = () => heard()));
  }, word);

test("while a head has not looked from a word, nothing is drawn and nothing said of it", async () => {
  const { page, close } = await open(browser, server.url, { worker: HELD });
  await settled(page);
  await type(page, "The cat sat on the warm mat.");
  await page.check('#modes input[value="inspect"]');
  await page.waitForSelector("#lines path", { state: "attached" });
  await page.locator('#picture [tabindex="0"]').focus();
  await page.keyboard.press("Home");
  await page.waitForFunction(() => /^From “the”/i.test(document.querySelector("#verdict").textContent));
  await tell(page, "hold");
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "cat");
  assert.equal(await page.textContent("#verdict"), "");
  assert.equal(await page.locator("#lines path").count(), 0);
  const shares = await page.locator("#picture .attends").allTextContents();
  assert.deepEqual([...new Set(shares)], ["–"]);
  await tell(page, "go on");
  await page.waitForFunction(() => document.querySelector("#verdict").textContent.startsWith("From “cat”"));
  await page.waitForSelector("#lines path", { state: "attached" });
  await close();
});

test("a link to a head that the model lacks shows the nearest one", async () => {
  const { page, close } = await open(browser, `${server.url}#v=1&mode=inspect&i=d.999.999.1`);
  await settled(page);
  await page.waitForSelector("#lines path", { state: "attached" });
  for (const name of ["layer", "head"]) {
    const options = page.locator(`#heads [data-name="${name}"] option`);
    const last = String((await options.count()) - 1);
    assert.equal(await page.inputValue(`#heads [data-name="${name}"]`), last);
  }
  assert.equal(await page.locator("#notices .notice").count(), 0);
  await close();
});

test("a link to an example means the same on a page that comes with none", async () => {
  const { page, close } = await open(browser, server.url, CLIPBOARD);
  await settled(page);
  const expected = await numbers(page);
  await page.click("#share > summary");
  await page.click("[data-act=copy-link]");
  await page.waitForSelector('#notices [data-state="done"]');
  const link = new URL(await copied(page));
  assert.equal(page.url(), server.url, "the address stays short");
  await close();

  const html = await readFile(join(DIST, "index.html"), "utf8");
  const bare = html.replace(/(id="traces">)[\s\S]*?(<\/script>)/, "$1[]$2");
  const other = await serve(DIST, { extra: { "index.html": bare } });
  const receiver = await open(browser, `${other.url}${link.hash}`);
  await settled(receiver.page);
  const shown = await numbers(receiver.page);
  expected.milliseconds = shown.milliseconds = 0;
  assert.deepEqual(shown, expected);
  await receiver.close();
  await other.close();
});
