// Everything without a mouse, and for those who do not see it.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { addressed, everyMode, open, picture, settled, type } from "../browser.js";
import { browser, server } from "../stage.js";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe finds, as sentences. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  );
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in any mode, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, server.url, { colorScheme, bypassCSP: true });
    await settled(page);
    await page.click("#engine > summary");
    assert.deepEqual(await violations(page), [], "with the panel open");
    await page.click("#engine > summary");
    if (colorScheme === "dark") await picture(page, "dark");
    await everyMode(page, async (mode) => {
      assert.deepEqual(await violations(page), [], mode);
      if (mode !== "guess") return;
      await page.click("[data-act=reveal]");
      assert.deepEqual(await violations(page), [], "a round of Guess that is over");
    });
    await page.check('#modes input[value="explore"]');
    await page.check("#as-table");
    assert.deepEqual(await violations(page), [], "table");
    await page.click("#share > summary");
    await page.click("[data-act=copy-link]");
    await page.waitForSelector("#notices .notice");
    assert.deepEqual(await violations(page), [], "a notice, and what can be shared");
    await close();
  });
}

test("axe finds nothing before the program has come", async () => {
  const { page, close } = await open(browser, server.url, {
    bypassCSP: true,
    before: (context) => context.route("**/*.wasm*", () => {}),
  });
  assert.deepEqual(await violations(page), []);
  await close();
});

test("forced colours keep borders, words and bars", async () => {
  const { page, close } = await open(browser, server.url, { forcedColors: "active", bypassCSP: true });
  await settled(page);
  assert.deepEqual(await violations(page), []);
  const border = await page
    .locator('#picture .token[aria-pressed="true"]')
    .first()
    .evaluate((token) => getComputedStyle(token).borderStyle);
  assert.equal(border, "double");
  const [filled, edge] = await page.locator("#engine-name .dot").evaluate((dot) => {
    const { backgroundColor, borderTopColor } = getComputedStyle(dot);
    return [backgroundColor, borderTopColor];
  });
  assert.equal(filled, edge, "the dot of a model that is open is filled");
  await picture(page, "forced-colours");
  await close();
});

test("the skip link leads to the sentence, and text, mode and address stay", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const text = "The cat sat on the warm mat.";
  await type(page, text);
  await page.check('#modes input[value="inspect"]');
  await settled(page);
  await addressed(page, /mode=inspect/);
  const address = () => page.evaluate(() => location.href);
  const before = await address();
  await page.locator("a.mark").focus();
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "text");
  assert.equal(await address(), before);
  await settled(page);
  assert.equal(await page.inputValue("#text"), text);
  assert.ok(await page.isChecked('#modes input[value="inspect"]'));
  assert.equal(await page.locator("#notices .notice").count(), 0);
  await close();
});

test("the skip link leads to the sentence before the program has come, too", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) => context.route("**/*.wasm*", () => {}),
  });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "text");
  assert.equal(await page.evaluate(() => location.hash), "");
  await close();
});

test("suspicious words are reached, walked through and left with the keyboard alone", async () => {
  const text = "He put the of into his pocket and drank a cup of went. ".repeat(6).trim();
  const { page, close } = await open(browser, `${server.url}#mode=proofread&t=${encodeURIComponent(text)}`);
  await page.waitForSelector(".proof-list button");
  await settled(page);
  const last = (await page.locator(".proof-list button").count()) - 1;
  assert.ok(last > 1, "something is suspicious");
  const active = () =>
    page.evaluate(() => {
      const { suspect, by, act } = document.activeElement.dataset;
      return suspect ? `word ${suspect}` : by ? `step ${by}` : (act ?? "");
    });
  const press = async (key) => {
    await page.keyboard.press(key);
    return active();
  };
  await page.locator("#text").focus();
  const stops = [];
  while (stops.at(-1) !== "jump" && stops.length < 20) stops.push(await press("Tab"));
  assert.deepEqual(stops.slice(-3), ["step -1", "step 1", "jump"], "the buttons before the list");
  assert.equal(await press("Shift+Tab"), "step 1");
  const walk = [];
  for (const key of ["Enter", "ArrowRight", "ArrowLeft", "ArrowLeft", "Escape"]) walk.push(await press(key));
  assert.deepEqual(walk, ["word 0", "word 1", "word 0", `word ${last}`, "step 1"]);
  const current = page.locator("mark[data-current]");
  assert.equal(await current.count(), 1);
  assert.equal(await current.evaluate((mark) => getComputedStyle(mark).outlineStyle), "solid");
  await close();
});

test("a notice is spoken, and dismissing it leaves the focus to the main region", async () => {
  const { page, close } = await open(browser, `${server.url}#v=7`);
  await settled(page);
  const sentence = await page.innerText('#notices [data-state="old-link"] p');
  assert.ok((await page.textContent("[role=status]")).includes(sentence));
  await page.focus("#notices [data-act=dismiss]");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#notices .notice").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  await close();
});

test("the tab key stops once at the words, and arrows walk inside", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const stops = page.locator('#picture [tabindex="0"]');
  assert.equal(await stops.count(), 1);
  await stops.focus();
  const at = () => page.evaluate(() => Number(document.activeElement.closest("[data-at]")?.dataset.at));
  const last = (await page.locator("#picture .token").count());
  await page.keyboard.press("Home");
  assert.equal(await at(), 1);
  await page.keyboard.press("ArrowRight");
  assert.equal(await at(), 2);
  await page.keyboard.press("End");
  assert.equal(await at(), last);
  await page.keyboard.press("ArrowLeft");
  assert.equal(await at(), last - 1);
  assert.equal(await stops.count(), 1, "still one stop");
  await close();
});

test("space masks, enter opens the guesses, escape leads back, and the focus is never lost", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const stop = page.locator('#picture [tabindex="0"]');
  await stop.focus();
  await page.keyboard.press("Home");
  const active = (name) => page.evaluate((name) => document.activeElement.getAttribute(name), name);
  assert.equal(await active("aria-pressed"), "false");
  await page.keyboard.press("Space");
  await settled(page);
  assert.equal(await active("aria-pressed"), "true");
  await page.keyboard.press("Enter");
  assert.equal(await active("data-act"), "choose");
  await page.keyboard.press("ArrowDown");
  const wanted = await active("data-id");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.equal(await active("data-id"), wanted, "the focus stays on what was chosen");
  assert.equal(await active("aria-pressed"), "true");
  await page.keyboard.press("Escape");
  assert.equal(await active("data-act"), "mask");
  await page.keyboard.press("Shift+ArrowRight");
  await settled(page);
  assert.ok((await page.locator('#picture .token[aria-pressed="true"]').count()) >= 2);
  await close();
});

test("names read as sentences, and one region speaks", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const names = await page.locator("#picture .token").evaluateAll((all) => all.map((token) => token.ariaLabel));
  for (const name of names) {
    assert.match(name, /^.+, token \d+ of \d+(, masked, .+)?, discriminator (less than |more than )?\d+ percent replaced$/);
  }
  assert.equal(await page.locator("[aria-live], [role=status], [role=alert]").count(), 1);
  await close();
});

test("the table says the same as the picture", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const words = await page.locator("#picture .read").allInnerTexts();
  await page.check("#as-table");
  const read = await page.locator("#table tbody tr td:nth-child(3)").allInnerTexts();
  assert.deepEqual(read, words);
  assert.ok(await page.locator("#picture").isHidden());
  await close();
});

test("paper gets the table, and the screen its picture back", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  assert.equal(await page.locator("#table table").count(), 0);
  const printing = (event) => page.evaluate((name) => dispatchEvent(new Event(name)), event);
  await page.emulateMedia({ media: "print" });
  await printing("beforeprint");
  assert.equal(
    await page.locator("#table tbody tr:visible").count(),
    await page.locator("#picture .col").count(),
  );
  assert.ok(await page.locator("#picture").isHidden());
  await printing("afterprint");
  await page.emulateMedia({ media: "screen" });
  assert.equal(await page.locator("#table table").count(), 0);
  assert.ok(await page.locator("#picture").isVisible());
  await close();
});

test("nothing moves for those who asked for that", async () => {
  const { page, close } = await open(browser, server.url, { reducedMotion: "reduce" });
  await settled(page);
  const moving = await page.evaluate(() =>
    [...document.querySelectorAll("*")].filter((element) =>
      getComputedStyle(element).transitionDuration.split(",").some((time) => Number.parseFloat(time) > 0),
    ).length,
  );
  assert.equal(moving, 0);
  await close();
});
