// Phones, narrow windows and strong magnification: all is there, and large enough for fingers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { everyMode, open, picture, settled, type } from "../browser.js";
import { browser, server } from "../stage.js";

/** What fingers press; words within a text are left out, as the guidelines leave them out. */
const TARGETS = [
  "button, select, summary, .button, .choice, .modes label, .own input, #seed, #temperature",
  ".actions label:has([type=checkbox])",
].join();

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
    await type(page, "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft!");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `a long word makes it ${wide} pixels wide`);
    if (name === "phone") {
      await page.click("#engine > summary");
      const small = await page.locator(TARGETS).evaluateAll((all) =>
        all
          .filter((element) => element.checkVisibility() && element.getBoundingClientRect().height < 43.5)
          .map((element) => element.outerHTML.slice(0, 80)),
      );
      assert.deepEqual(small, [], "fingers need 44 pixels");
      await page.goto(server.url);
      await settled(page);
      const verdict = await page.locator("#verdict").boundingBox();
      const end = verdict.y + verdict.height;
      assert.ok(verdict.height > 0 && end <= viewport.height, `what it comes to ends at ${end} pixels`);
    }
    await picture(page, name);
    await close();
  });
}
