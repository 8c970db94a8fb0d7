// Fields, what keys do in them, and what fingers and eyes need of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, settled } from "../browser.js";
import { browser, server } from "../stage.js";

/** The first example without masks, with the focus on its first word. */
async function unmasked() {
  const shown = await open(browser, server.url);
  await settled(shown.page);
  await shown.page.click("[data-act=clear]");
  await settled(shown.page);
  await shown.page.locator('#picture [tabindex="0"]').focus();
  await shown.page.keyboard.press("Home");
  return shown;
}

const read = (page) => page.locator("#picture .read").allInnerTexts();

const act = (page) => page.evaluate(() => document.activeElement.dataset.act);

/** Whether a key of the focused element is left to the browser, or to an input method. */
const left = (page, key) =>
  page.evaluate((key) => {
    const event = new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true });
    return document.activeElement.dispatchEvent(event);
  }, key);

test("an own word can be typed at any word", async () => {
  const { page, close } = await unmasked();
  await page.keyboard.press("Enter");
  await page.keyboard.type("zebra");
  await page.keyboard.press("Enter");
  await settled(page);
  assert.ok((await read(page)).includes("zebra"));
  assert.equal(await act(page), "mask");
  await close();
});

test("escape leaves what stood there, whether that was the text's word or one's own", async () => {
  const { page, close } = await unmasked();
  const words = await read(page);
  await page.keyboard.press("Enter");
  await page.keyboard.type("zebra");
  await page.keyboard.press("Escape");
  await settled(page);
  assert.equal(await act(page), "mask");
  assert.deepEqual(await read(page), words);

  await page.keyboard.press("Enter");
  await page.keyboard.type("zebra");
  await page.keyboard.press("Enter");
  await settled(page);
  const own = page.locator("#picture .own input");
  await own.focus();
  await page.keyboard.type("fish");
  await page.keyboard.press("Escape");
  await settled(page);
  assert.ok((await read(page)).includes("zebra"));
  assert.equal(await own.inputValue(), "zebra");
  await close();
});

test("keys of the browser and of input methods are left to them", async () => {
  const { page, close } = await unmasked();
  await page.keyboard.press("ArrowRight");
  const at = () => page.evaluate(() => document.activeElement.closest("[data-at]").dataset.at);
  const before = await at();
  for (const key of [
    { key: "ArrowLeft", altKey: true },
    { key: "ArrowRight", metaKey: true },
    { key: "Home", ctrlKey: true },
  ]) {
    assert.ok(await left(page, key), JSON.stringify(key));
    assert.equal(await at(), before);
  }
  await page.keyboard.press("Enter");
  assert.equal(await act(page), "own");
  await page.keyboard.type("ze");
  for (const key of [
    { key: "Enter", isComposing: true },
    { key: "Enter", keyCode: 229 },
    { key: "Escape", isComposing: true },
  ]) {
    assert.ok(await left(page, key), JSON.stringify(key));
    assert.equal(await act(page), "own", "the word is not finished");
  }
  assert.ok(!(await left(page, { key: "Enter" })), "that one is the page's");
  await settled(page);
  assert.ok((await read(page)).includes("ze"));
  await close();
});

test("whoever comes to the buttons for files with the tab key sees where the focus is", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await page.focus("#files");
  for (const [key, id] of [["Tab", "folder"], ["Shift+Tab", "files"]]) {
    await page.keyboard.press(key);
    assert.equal(await page.evaluate(() => document.activeElement.id), id);
    const label = page.locator(".button", { has: page.locator(`#${id}`) });
    assert.equal(await label.evaluate((button) => getComputedStyle(button).outlineStyle), "solid");
  }
  await close();
});

test("no field makes a phone enlarge the page", async () => {
  const viewport = { width: 390, height: 844 };
  const { page, close } = await open(browser, server.url, { viewport, hasTouch: true, isMobile: true });
  await settled(page);
  const small = () =>
    page.locator("textarea, select, input:is([type=number], :not([type]))").evaluateAll((all) =>
      all
        .filter((field) => field.checkVisibility() && Number.parseFloat(getComputedStyle(field).fontSize) < 16)
        .map((field) => field.outerHTML.slice(0, 80)),
    );
  assert.ok(await page.locator(".own input").first().isVisible());
  assert.deepEqual(await small(), []);
  await page.check('#modes input[value="inspect"]');
  await settled(page);
  assert.ok(await page.locator("#heads select").first().isVisible());
  assert.deepEqual(await small(), []);
  await close();
});
