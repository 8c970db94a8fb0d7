// The numbers on the page are those of the native program, for the same seed.

import { test } from "node:test";
import { models, open, settled } from "../browser.js";
import { SCENES, compare, natively, onPage } from "../native.js";
import { browser, server } from "../stage.js";

const TOLERANCE = 1e-4;

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
