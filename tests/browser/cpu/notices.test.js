// What the page says is seen from wherever it was asked for, and covers nothing for good.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, picture, settled } from "../browser.js";
import { browser, server } from "../stage.js";

/** Opens files that are no model, from the end of the page; the notice about it. */
async function refused(page) {
  await page.focus("#folder");
  await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
  await page.setInputFiles("#files", [{ name: "holiday.jpg", mimeType: "image/jpeg", buffer: Buffer.alloc(9) }]);
  const notice = page.locator('#notices [data-state="bad-file"]');
  await notice.waitFor();
  return notice;
}

/** How much of an element can be seen: from 0 to 1. */
const seen = (element) =>
  element.evaluate((element) => {
    const { top, left, width, height } = element.getBoundingClientRect();
    const rows = Math.floor(height);
    const there = (row) => element.contains(document.elementFromPoint(left + width / 2, top + row + 0.5));
    return Array.from({ length: rows }, (_, row) => there(row)).filter(Boolean).length / rows;
  });

/** Whether what has the focus lies under what is said, and what it is. */
const focused = (page) =>
  page.evaluate(() => {
    const active = document.activeElement;
    const shown = active.closest(".button, .modes label") ?? active;
    const told = document.querySelector(".told");
    const [over, under] = [told, shown].map((element) => element.getBoundingClientRect());
    const overlaps = under.top < over.bottom - 1 && under.bottom > over.top + 1;
    const name = active === document.body ? "" : active.outerHTML.slice(0, 80);
    return { name, covered: !told.contains(active) && overlaps };
  });

for (const [name, viewport] of [
  ["a window", { width: 1280, height: 860 }],
  ["a phone", { width: 320, height: 700 }],
]) {
  test(`${name}: what is wrong with files is seen from the buttons that opened them`, async () => {
    const { page, close } = await open(browser, server.url, { viewport });
    await settled(page);
    const notice = await refused(page);
    assert.equal(await seen(notice), 1);
    assert.ok((await page.evaluate(() => scrollY)) > 0, "the window stays where it was");
    await picture(page, `notice-${viewport.width}`);
    await notice.locator("[data-act=dismiss]").click();
    assert.equal(await page.locator(".told").evaluate((told) => told.offsetHeight), 0);
    await close();
  });

  test(`${name}: no notice covers what the tab key comes to`, async () => {
    const { page, close } = await open(browser, `${server.url}#v=7&s=5&sparkles=9`, { viewport });
    await settled(page);
    await refused(page);
    const height = await page.locator(".told").evaluate((told) => told.offsetHeight);
    assert.ok(height <= 0.4 * viewport.height + 1, `${height} pixels are said`);
    for (const key of ["Shift+Tab", "Tab"]) {
      const names = new Set();
      for (let press = 0; press < 30; press += 1) {
        await page.keyboard.press(key);
        const { name, covered } = await focused(page);
        if (!name) break;
        names.add(name);
        assert.ok(!covered, `${key}: ${name}`);
      }
      assert.ok(names.size > 10, `${names.size} stops`);
    }
    await close();
  });
}

test("in a low or much enlarged window nothing stays over the page", async () => {
  const { page, close } = await open(browser, server.url, { viewport: { width: 320, height: 200 } });
  await settled(page);
  const notice = await refused(page);
  assert.equal(await seen(notice), 0);
  assert.equal(await page.locator(".told").evaluate((told) => getComputedStyle(told).position), "static");
  await close();
});

test("an open menu lies over notices, and what the engine says can be read in it", async () => {
  const { page, close } = await open(browser, `${server.url}#v=7`);
  await settled(page);
  await page.click("#engine > summary");
  const [panel, told] = await Promise.all(["#engine-panel", ".told"].map((name) => page.locator(name).boundingBox()));
  assert.ok(panel.y + panel.height > told.y + 20, "they overlap");
  assert.equal(await seen(page.locator("#engine-panel")), 1);
  await close();
});

test("what the clipboard refuses stands in a field, and is not read out", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.addInitScript(() => {
        Clipboard.prototype.writeText = () => Promise.reject(new DOMException("a test refuses it", "NotAllowedError"));
      }),
  });
  await settled(page);
  await page.click("#share > summary");
  await page.click("[data-act=copy-link]");
  const notice = page.locator('#notices [data-state="not-copied"]');
  const link = await notice.locator("textarea").inputValue();
  assert.ok(link.startsWith(`${server.url}#v=1`), link);
  const spoken = await page.textContent("[role=status]");
  assert.match(spoken, /a test refuses it/);
  assert.ok(!spoken.includes("#v=1"), spoken);
  await close();
});
