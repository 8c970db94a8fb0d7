// The interface never blocks.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DIST, launch, open, settled } from "../browser.js";
import { serve } from "../server.js";

/** Milliseconds that a task may take before people notice; also the browser's own limit. */
const LONGEST = 50;

let browser, server;
before(async () => {
  server = await serve(DIST);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test("no task of the page takes over 50 ms while the model loads and runs", async () => {
  const { page, close } = await open(browser, server.url, {
    before: (context) =>
      context.addInitScript(() => {
        window.longTasks = [];
        new PerformanceObserver((list) => {
          for (const { duration, startTime } of list.getEntries()) {
            window.longTasks.push({ duration, startTime });
          }
        }).observe({ type: "longtask", buffered: true });
      }),
  });
  // The browser's own work of showing a page for the first time is not the model's.
  await page.waitForSelector("#picture .col");
  await page.evaluate(() => {
    window.longTasks = [];
  });
  await settled(page);
  const sentence = "The old man walks his dog to the park and back again every morning before work. ";
  await page.fill("#text", sentence.repeat(8));
  await settled(page);
  for (let round = 0; round < 20; round += 1) {
    await page.click("[data-act=rule]");
    await settled(page);
  }
  await page.check('#modes input[value="proofread"]');
  await settled(page);
  const tasks = await page.evaluate(() => window.longTasks);
  const long = tasks.filter(({ duration }) => duration > LONGEST);
  console.log(`  long tasks: ${tasks.map(({ duration }) => Math.round(duration)).join(", ") || "none"}`);
  assert.deepEqual(long, []);
  await close();
});
