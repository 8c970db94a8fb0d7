// Before anything has loaded, and where nothing may load, the first example is complete.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, phase, picture, settled, traces } from "../browser.js";
import { browser, server } from "../stage.js";

test("without scripts, the example shows all three rows and its stored endings", async () => {
  const { page, close } = await open(browser, server.url, { javaScriptEnabled: false });
  const [first] = await traces();
  const words = first.tokens.filter((token) => !token.special);
  assert.equal(await page.locator(".cold .col").count(), words.length);
  const endings = page.locator('.cold input[name="stored"]');
  assert.ok((await endings.count()) >= 2, "there is something to choose");
  const suspicion = page.locator(".cold .col.masked .judge .variant:visible .percent");
  const verdict = page.locator(".cold .verdict .variant:visible");
  const before = [await suspicion.innerText(), await verdict.innerText()];
  await page.locator(".cold .candidate").nth(1).click();
  const afterwards = [await suspicion.innerText(), await verdict.innerText()];
  assert.notDeepEqual(afterwards, before, "choosing another ending changes the judgement");
  assert.match(await page.innerText("main"), /Scripts are off in this browser, so only this example works\./);
  await picture(page, "cold");
  await close();
});

for (const blocked of ["**/*.wasm*", "**/page.js*"]) {
  test(`with ${blocked} blocked, the example works and one sentence says why no more does`, async () => {
    const { page, close } = await open(browser, server.url, {
      before: (context) => context.route(blocked, (route) => route.abort()),
      expected: [/wasm/i],
    });
    await page.waitForSelector('[data-state="blocked"]');
    assert.match(await page.innerText("#notices"), /Only the first example works here/);
    const verdict = page.locator(".cold .judge .variant:visible, .cold .verdict .variant:visible");
    const before = await verdict.allInnerTexts();
    await page.locator(".cold .candidate").nth(1).click();
    assert.notDeepEqual(await verdict.allInnerTexts(), before, "choosing another ending changes the judgement");
    await close();
  });
}

/** What the page's program alone can do something with. */
const NEEDY = ["#examples", "[data-act=rule]", "[data-act=clear]", '#modes input[value="guess"]', "#files", "#folder"];

test("what the visitor chose before the program came is kept", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.route("**/page_bg.wasm*", async (route) => {
        await held;
        await route.continue();
      }),
  });
  const second = page.locator(".cold .candidate").nth(1);
  const word = (await second.locator("span").innerText()).replace("= ", "");
  await second.click();
  release();
  await page.waitForSelector("#picture .candidate.chosen");
  const chosen = page.locator("#picture .candidate.chosen span");
  assert.equal((await chosen.innerText()).replace("= ", ""), word);
  await phase(page, "ready");
  await close();
});

test("what the visitor typed before the program came is kept, and judged", async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.route("**/page_bg.wasm*", async (route) => {
        await held;
        await route.continue();
      }),
  });
  for (const control of NEEDY) assert.ok(await page.isDisabled(control), `${control} waits`);
  await page.fill("#text", "Somebody was quick.");
  release();
  await settled(page);
  for (const control of NEEDY) assert.ok(await page.isEnabled(control), `${control} works`);
  assert.equal(await page.inputValue("#text"), "Somebody was quick.");
  assert.deepEqual(await page.locator("#picture .read").allInnerTexts().then((all) => all.at(-2)), "quick");
  await close();
});

test("the stored numbers are what the model computes", async () => {
  const { page, close } = await open(browser, server.url);
  const [first] = await traces();
  await page.waitForSelector('html[data-phase="ready"][data-busy="false"]', { state: "attached" });
  const percents = await page.locator("#picture .percent").allInnerTexts();
  const expected = first.tokens.filter((token) => !token.special).map((token) => token.read[0].replaced);
  for (const [at, text] of percents.entries()) {
    const shown = Number.parseFloat(text.replaceAll(/[^\d.]/g, "")) / 100;
    assert.ok(Math.abs(shown - expected[at]) < 0.0101, `${text} for ${expected[at]}`);
  }
  await close();
});
