// The numbers on the page are those of the native program, for the same seed.

import { after, before, test } from "node:test";
import { DIST, launch, models, open, settled } from "../browser.js";
import { SCENES, compare, natively, onPage } from "../native.js";
import { serve } from "../server.js";

const TOLERANCE = 1e-4;
let browser, server;
before(async () => {
  server = await serve(DIST);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
});

test("every scene has the program's tokens, samples and probabilities", async () => {
  for (const { id } of await models()) {
    const expected = natively(id);
    const { page, close } = await open(browser, `${server.url}#m=${id}`);
    await settled(page);
    for (const [at, scene] of SCENES.entries()) {
      const largest = compare(expected[at], await onPage(page, { ...scene, model: id }), TOLERANCE);
      console.log(`  ${id}, scene ${at}: largest difference ${largest.toExponential(1)}`);
    }
    await close();
  }
});
