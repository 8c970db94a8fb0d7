// Bytes and seconds from a visitor's first click to the first prediction for an own sentence.

import { RUNTIMES, address, isWeights, median, site, tab } from "./site.js";

/** 10 Mbit/s. */
const LINE = 10e6 / 8;
const PATIENCE = { timeout: 300_000 };
const TEXT = "My neighbour feeds three hungry cats behind the old library.";

/** Types into our page as soon as it keeps a text, and waits for the sentence's own picture. */
async function ours(page, server) {
  await page.goto(server.url, { waitUntil: "commit" });
  // What is typed before the page's program runs would be replaced by its first example.
  await page.waitForSelector('html:not([data-phase="cold"])', { state: "attached" });
  await page.fill("#text", TEXT);
  const computed = (text) => {
    const { phase, busy } = document.documentElement.dataset;
    const picture = document.querySelector("#picture");
    const shown = picture.dataset.text === text && picture.querySelector(".percent");
    return phase === "ready" && busy === "false" && shown && performance.now();
  };
  return (await page.waitForFunction(computed, TEXT, PATIENCE)).jsonValue();
}

/** Their page predicts by itself, so that no time passes with typing. */
const theirs = (runtime) => async (page, server) => {
  const query = { model: "small", device: "wasm", runtime, text: TEXT };
  await page.goto(address(server, "theirs", query), { waitUntil: "commit" });
  return (await page.waitForFunction(() => window.predicted, null, PATIENCE)).jsonValue();
};

const SIDES = {
  ours,
  theirs: theirs(RUNTIMES.usual),
  processor: theirs(RUNTIMES.processor),
};

async function visit(browser, side, options) {
  const server = await site({ compress: true, ...options });
  const { page, unlessFailed, close } = await tab(browser);
  const milliseconds = await unlessFailed(SIDES[side](page, server));
  const files = server.requests.map(({ path, bytes }) => ({ path, bytes }));
  await close();
  await server.close();
  const sum = (some) => some.reduce((bytes, file) => bytes + file.bytes, 0);
  const rest = files.filter(({ path }) => !isWeights(path));
  return { milliseconds, bytes: sum(files), bytes_without_weights: sum(rest), files };
}

/** All sides in turn; weights come over the same line once, and at once in the other rounds. */
export async function wire(browser, rounds) {
  const sides = Object.keys(SIDES);
  // Compresses every file, so that nobody waits for that.
  for (const side of sides) await visit(browser, side, {});
  const free = Object.fromEntries(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const side of sides) {
      free[side].push(await visit(browser, side, { bytesPerSecond: LINE, free: isWeights }));
    }
  }
  const result = {};
  for (const side of sides) {
    const { bytes, bytes_without_weights, files } = free[side][0];
    const times = free[side].map(({ milliseconds }) => milliseconds);
    result[side] = {
      bytes,
      bytes_without_weights,
      milliseconds_without_weights: median(times),
      rounds_without_weights: times,
      files,
    };
  }
  for (const side of ["ours", "theirs"]) {
    const { milliseconds } = await visit(browser, side, { bytesPerSecond: LINE });
    result[side].milliseconds = milliseconds;
  }
  return result;
}
