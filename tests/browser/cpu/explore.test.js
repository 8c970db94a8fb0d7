// The main loop: type, mask, sample, choose, share.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { CLIPBOARD, DIST, addressed, copied, launch, numbers, open, picture, settled, type } from "../browser.js";
import { serve } from "../server.js";

let browser, server, shown;
before(async () => {
  server = await serve(DIST);
  browser = await launch();
  shown = await open(browser, server.url, CLIPBOARD);
  await settled(shown.page);
});
after(async () => {
  await shown?.close();
  await browser?.close();
  await server?.close();
});

test("the first example is computed anew as soon as the model is here", async () => {
  await picture(shown.page, "ready");
  assert.match(await shown.page.innerText("#engine-name"), /^CPU · (<1|\d+) ms$/);
  assert.match(await shown.page.innerText("#verdict"), /\S/);
  assert.match(await shown.page.innerText("#aside"), /this model finds (about 1 in \d+|\d+ %) of the replaced words/);
});

test("a typed sentence is judged, and pressing a word masks it", async () => {
  const { page } = shown;
  await type(page, "The cat sat on the warm mat.");
  assert.equal(await page.locator("#picture .candidate").count(), 0);
  assert.ok(await page.locator("#again").isHidden(), "there is nothing to sample");
  await page.locator('#picture .token:text-is("cat")').click();
  await settled(page);
  const column = page.locator("#picture .col.masked");
  assert.equal(await column.count(), 1);
  assert.equal(await column.locator(".token").getAttribute("aria-pressed"), "true");
  const guesses = await column.locator(".candidate").count();
  assert.ok(guesses === 5 || guesses === 6, `${guesses} guesses`);
  await addressed(page, /k=2/);
});

test("another candidate and an own word are judged in its place", async () => {
  const { page } = shown;
  const read = page.locator("#picture .col.masked .read");
  const other = page.locator("#picture .candidate:not(.chosen)").first();
  const word = (await other.locator("span").innerText()).replace("= ", "");
  await other.click();
  await settled(page);
  assert.equal(await read.innerText(), word);
  await page.fill("#picture .own input", "elephant");
  await page.press("#picture .own input", "Enter");
  await settled(page);
  assert.equal(await read.innerText(), "elephant");
  await addressed(page, /w=/);
});

test("sampling again changes the seed and keeps the mask", async () => {
  const { page } = shown;
  const seed = async () => Number(await page.inputValue("#seed"));
  const before = await seed();
  await page.click("#actions [data-act=again]");
  await settled(page);
  assert.equal(await seed(), before + 1);
  assert.equal(await page.locator("#picture .col.masked").count(), 1);
});

/** What the page holds when its garbage is gone: bytes of scripts, nodes, bytes of its program. */
async function held(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  const value = (wanted) => metrics.find(({ name }) => name === wanted).value;
  const program = await page.evaluate(async () => {
    const { content } = document.querySelector('meta[name="build"]');
    // Asked to start once more, it hands out what is running.
    const { default: start } = await import(new URL(`page.js?v=${content}`, document.baseURI).href);
    return (await start()).memory.buffer.byteLength;
  });
  return { scripts: value("JSHeapUsedSize"), nodes: value("Nodes"), program };
}

test("a thousand clicks do not fill the memory, and the last one is shown", async () => {
  const { page } = shown;
  const before = Number(await page.inputValue("#seed"));
  const memory = await held(page);
  await page.evaluate(() => {
    const button = document.querySelector("#actions [data-act=again]");
    for (let click = 0; click < 1000; click += 1) button.click();
  });
  await settled(page);
  const trace = await numbers(page);
  assert.equal(trace.seed, before + 1000);
  const then = await held(page);
  for (const [what, most] of Object.entries({ scripts: 4e6, nodes: 500, program: 4e6 })) {
    assert.ok(then[what] > 0 && then[what] - memory[what] < most, `${what}: ${memory[what]}, then ${then[what]}`);
  }
});

test("the training rule masks, and a second time masks other words", async () => {
  const { page } = shown;
  await type(page, "Every morning the old man walks his dog to the park and back again.");
  const masked = async () => {
    await page.click("[data-act=rule]");
    await settled(page);
    const columns = page.locator('#picture .token[aria-pressed="true"]');
    return columns.evaluateAll((all) => all.map((token) => token.parentElement.dataset.at).join());
  };
  const seen = new Set();
  for (let round = 0; round < 4; round += 1) seen.add(await masked());
  assert.ok(seen.size > 1, `always ${[...seen]}`);
});

test("a link with its numbers shows them before the model is here", async () => {
  const { page, context } = shown;
  await page.click("#share > summary");
  await page.check("#with-results");
  await page.click("[data-act=copy-link]");
  await page.waitForSelector('[data-state="done"]');
  const link = await copied(page);
  assert.ok(link.includes("r="), link);
  assert.ok(link.length < 16384, `${link.length} characters`);
  await page.click("#share > summary");
  const expected = await page.innerText("#verdict");

  const receiver = await open(browser, "about:blank", {
    before: (inside) => inside.route("**/*.safetensors*", () => {}),
  });
  await receiver.page.goto(link);
  await receiver.page.waitForFunction(() => document.querySelector("#verdict").textContent);
  assert.equal(await receiver.page.innerText("#verdict"), expected);
  await receiver.close();

  const later = await open(browser, link);
  await later.page.waitForSelector('[data-state="recomputed"]');
  assert.match(await later.page.innerText('[data-state="recomputed"]'), /the same numbers/);
  await later.close();
  assert.ok(context);
});

test("the same link gives the same numbers on another visit", async () => {
  const first = await numbers(shown.page);
  const again = await open(browser, shown.page.url());
  await settled(again.page);
  const second = await numbers(again.page);
  first.milliseconds = second.milliseconds = 0;
  assert.deepEqual(second, first);
  await again.close();
});

test("guessing hides the answer, then compares", async () => {
  const { page } = shown;
  await page.check('#modes input[value="guess"]');
  await settled(page);
  const html = await page.innerHTML("#picture");
  assert.ok(!html.includes("percent") && !html.includes("candidate"), "no answer in the picture");
  const original = page.locator("#text");
  assert.ok(await original.isHidden(), "the text itself is the answer");
  assert.match(await page.innerText("#field"), /The original is hidden while you guess\./);
  await page.locator("#picture .token").nth(2).click();
  assert.match(await page.innerText("#verdict"), /1 word marked/);
  await picture(page, "guess");
  await page.click("[data-act=reveal]");
  assert.match(await page.innerText("#verdict"), /You found \d+ of \d+.*discriminator found \d+/);
  assert.match(await page.innerText("#mode-hint"), /The bars show what the discriminator suspects/);
  assert.ok(await original.isVisible());
  await type(page, "The old man walks his dog to the park.");
  assert.ok(await original.isVisible(), "not taken from under the fingers of whoever types");
  await page.locator("#picture .token").first().click();
  assert.ok(await original.isHidden());
  await page.check('#modes input[value="explore"]');
});

/** Waits until the picture says where the inspected head looks: until then it has dashes and no lines. */
const looked = (page) =>
  page.waitForFunction(() => {
    const shares = [...document.querySelectorAll("#picture .attends")].map(({ textContent }) => textContent);
    return shares.length > 0 && !shares.includes("–") && document.querySelector("#lines path");
  });

test("inspecting draws lines whose weights add up", async () => {
  const { page } = shown;
  await page.check('#modes input[value="inspect"]');
  await page.check("#special");
  await looked(page);
  const weights = await page.locator("#picture .attends").allInnerTexts();
  const sum = weights.reduce((all, text) => all + Number.parseFloat(text.replace("<", "")) / 100, 0);
  assert.ok(sum > 0.85 && sum < 1.15, `they add up to ${sum}`);
  const names = await page.locator("#picture button.token").evaluateAll((all) => all.map((token) => token.ariaLabel));
  for (const name of names) assert.match(name, /, gets (less than |more than )?\d+ percent of the attention$/);
  await page.selectOption('[data-name="head"]', { value: "1" });
  await addressed(page, /i=d\.0\.1\./);
  await looked(page);
  await picture(page, "inspect");
  await page.uncheck("#special");
  await page.check('#modes input[value="explore"]');
});

test("a paragraph is proofread, and the keyboard jumps between suspicious words", async () => {
  const { page } = shown;
  const paragraph = "He put the of into his pocket and drank a cup of went. ".repeat(12).trim();
  await page.check('#modes input[value="proofread"]');
  await page.fill("#text", paragraph);
  await page.waitForFunction((length) => document.querySelector(".proof-text")?.textContent.length === length, paragraph.length);
  await settled(page);
  assert.match(await page.innerText("#verdict"), /words? looks? replaced|No word/);
  const found = await page.locator(".proof-list button").count();
  assert.ok(found > 1, "something is suspicious");
  const shares = await page.locator(".proof-list small").allInnerTexts();
  const values = shares.map((text) => Number.parseFloat(text.replaceAll(/[^\d]/g, "")));
  assert.deepEqual(values, [...values].sort((a, b) => b - a), "most suspicious first");
  await page.click('[data-act="step"][data-by="1"]');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.suspect), "0");
  await page.click('[data-act="step"][data-by="1"]');
  assert.equal(await page.evaluate(() => document.activeElement.dataset.suspect), "1");
  await picture(page, "proofread");
  await page.check('#modes input[value="explore"]');
});

test("pictures are saved as SVG and PNG", async () => {
  const { page } = shown;
  await type(page, "The cat sat on the mat.");
  await page.click("#export > summary");
  for (const [kind, start] of [["svg", "<svg"], ["png", "\u0089PNG"]]) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.click(`[data-act="save-${kind}"]`),
    ]);
    const { readFile } = await import("node:fs/promises");
    const bytes = await readFile(await download.path());
    assert.equal(bytes.subarray(0, 4).toString("latin1"), start);
  }
  await page.click("#export > summary");
});

test("the address of a saved file outlives the click, that of a picture being drawn does not", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.addInitScript(() => {
        window.addresses = [];
        const { createObjectURL, revokeObjectURL } = URL;
        URL.createObjectURL = (blob) => {
          const address = createObjectURL.call(URL, blob);
          window.addresses.push({ address, type: blob.type, holds: true });
          return address;
        };
        URL.revokeObjectURL = (address) => {
          window.addresses.find((made) => made.address === address).holds = false;
          revokeObjectURL.call(URL, address);
        };
      }),
  });
  await settled(page);
  await page.click("#export > summary");
  for (const kind of ["svg", "png", "json"]) {
    await Promise.all([page.waitForEvent("download"), page.click(`[data-act="save-${kind}"]`)]);
  }
  const addresses = await page.evaluate(() => window.addresses.map(({ type, holds }) => [type, holds]));
  assert.deepEqual(addresses, [
    ["image/svg+xml", true],
    ["image/svg+xml", false],
    ["image/png", true],
    ["application/json", true],
  ]);
  assert.equal(await page.locator("a[download]").count(), 0, "no link stays behind");
  await close();
});
