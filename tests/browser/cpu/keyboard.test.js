// Everything without a mouse, and for those who do not see it.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { DIST, launch, open, picture, settled } from "../browser.js";
import { serve } from "../server.js";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
let browser, server;
before(async () => {
  server = await serve(DIST);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** What axe finds, as sentences. */
async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`),
  );
}

/** Opens every mode in turn; some faults only show in one. */
async function everyMode(page, look) {
  for (const mode of ["explore", "guess", "inspect", "proofread"]) {
    await page.check(`#modes input[value="${mode}"]`);
    await settled(page);
    await look(mode);
  }
}

for (const colorScheme of ["light", "dark"]) {
  test(`axe finds nothing in any mode, ${colorScheme}`, async () => {
    const { page, close } = await open(browser, server.url, { colorScheme, bypassCSP: true });
    await settled(page);
    await page.click("#engine > summary");
    assert.deepEqual(await violations(page), [], "with the panel open");
    await page.click("#engine > summary");
    if (colorScheme === "dark") await picture(page, "dark");
    await everyMode(page, async (mode) => assert.deepEqual(await violations(page), [], mode));
    await page.check('#modes input[value="explore"]');
    await page.check("#as-table");
    assert.deepEqual(await violations(page), [], "table");
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
  await picture(page, "forced-colours");
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

test("an own word can be typed at any word", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await page.click("[data-act=clear]");
  await settled(page);
  await page.locator('#picture [tabindex="0"]').focus();
  await page.keyboard.press("Enter");
  await page.keyboard.type("zebra");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.ok((await page.locator("#picture .read").allInnerTexts()).includes("zebra"));
  assert.equal(await page.evaluate(() => document.activeElement.dataset.act), "mask");
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

for (const [name, viewport] of [
  ["phone", { width: 390, height: 844 }],
  ["narrowest", { width: 320, height: 700 }],
  ["zoom-400", { width: 320, height: 200 }],
]) {
  test(`${name}: ${viewport.width} pixels hold the page without scrolling sideways`, async () => {
    const { page, close } = await open(browser, server.url, { viewport, hasTouch: true, isMobile: name === "phone" });
    await settled(page);
    await page.click("#engine > summary");
    await everyMode(page, async (mode) => {
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= viewport.width, `${mode} is ${wide} pixels wide`);
    });
    await page.check('#modes input[value="explore"]');
    await page.click("#engine > summary");
    await page.fill("#text", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft!");
    await settled(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `a long word makes it ${wide} pixels wide`);
    if (name === "phone") {
      const small = await page.locator("button:visible, select:visible, summary:visible").evaluateAll((all) =>
        all.filter((element) => element.getBoundingClientRect().height < 43.5).map((element) => element.outerHTML.slice(0, 80)),
      );
      assert.deepEqual(small, [], "fingers need 44 pixels");
      await page.goto(server.url);
      await settled(page);
    }
    await picture(page, name);
    await close();
  });
}
