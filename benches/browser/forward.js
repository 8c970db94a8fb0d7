// Milliseconds of a forward pass of one row, both sides in turn in one browser.

import { build } from "./prepare.js";
import { RUNTIMES, address, median, site, tab } from "./site.js";

const DEMO = ["config.toml", ...["discriminator", "generator"].flatMap(files)];
const OURS = {
  nano: DEMO.map((file) => `demo/${file}`),
  small: files("networks/small"),
};

function files(folder) {
  return ["config.json", "model.safetensors", "tokenizer.json"].map((file) => `${folder}/${file}`);
}

function sides(device, model, tokens) {
  const theirs = (runtime) => ["theirs", { device, model, tokens, runtime }];
  const engine = device === "webgpu" ? "gpu" : "cpu";
  const all = {
    ours: ["engine", { engine, build: build(), model: OURS[model].join(), tokens }],
    theirs: theirs(RUNTIMES.usual),
  };
  if (device === "wasm") all.processor = theirs(RUNTIMES.processor);
  return all;
}

/** A round measures `passes` passes of every side; `warm` rounds are thrown away before. */
export async function forward(browser, { device, model, tokens, warm, rounds, passes }) {
  const server = await site();
  const open = {};
  let adapter;
  for (const [side, [page, query]] of Object.entries(sides(device, model, tokens))) {
    open[side] = await tab(browser);
    await open[side].page.goto(address(server, page, query));
    const ready = open[side].page.waitForFunction(() => window.ready, null, { timeout: 300_000 });
    adapter ??= (await (await open[side].unlessFailed(ready)).jsonValue()).adapter;
  }
  const times = Object.fromEntries(Object.keys(open).map((side) => [side, []]));
  for (let round = -warm; round < rounds; round += 1) {
    for (const side of Object.keys(open)) {
      const { page, unlessFailed } = open[side];
      const measured = page.evaluate((count) => window.measure(count), passes);
      const some = await unlessFailed(measured);
      if (round >= 0) times[side].push(some);
    }
  }
  for (const { close } of Object.values(open)) await close();
  await server.close();
  const medians = Object.entries(times).map(([side, all]) => [side, median(all.flat())]);
  return { device, model, tokens, adapter, medians: Object.fromEntries(medians), rounds: times };
}
