// This project's page and engines beside transformers.js, in the same browser and the same run:
//
//     node benches/browser/run.js [--quick] [wire] [cpu] [gpu]
//
// Without a part's name, all of them. `--quick` only shows that everything works.

import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { dirname, join } from "node:path";
import { launch } from "../../tests/browser/browser.js";
import { forward } from "./forward.js";
import { FOLDER, build, prepare, version } from "./prepare.js";
import { table } from "./table.js";
import { wire } from "./wire.js";

const OUT = process.env.ELECTRA_BENCH_OUT ?? join(FOLDER, "result.json");
const QUICK = process.argv.includes("--quick");
const PARTS = ["wire", "cpu", "gpu"];
const WIRE_ROUNDS = 3;
/** The demo's network has 64 positions. */
const PASSES = {
  cpu: [
    { device: "wasm", model: "nano", tokens: 64, warm: 2, rounds: 9, passes: 20 },
    { device: "wasm", model: "small", tokens: 128, warm: 2, rounds: 9, passes: 4 },
  ],
  gpu: [
    { device: "webgpu", model: "nano", tokens: 64, warm: 0, rounds: 4, passes: 2 },
    { device: "webgpu", model: "small", tokens: 128, warm: 0, rounds: 3, passes: 1 },
  ],
};
const ONCE = { warm: 0, rounds: 1, passes: 1 };

function chosen() {
  const parts = process.argv.slice(2).filter((word) => word !== "--quick");
  const unknown = parts.find((part) => !PARTS.includes(part));
  if (unknown) throw new Error(`no part is called “${unknown}”; there are ${PARTS.join(", ")}`);
  return parts.length > 0 ? parts : PARTS;
}

async function measure(parts) {
  const result = {
    build: build(),
    transformers: version("@huggingface/transformers"),
    onnxruntime: version("onnxruntime-web"),
    processor: cpus()[0]?.model ?? "",
    cores: cpus().length,
    forward: [],
  };
  for (const gpu of [false, true]) {
    const here = parts.filter((part) => (part === "gpu") === gpu);
    if (here.length === 0) continue;
    const browser = await launch({ gpu });
    result.browser = browser.version();
    for (const part of here) {
      console.error(`measuring: ${part}`);
      if (part === "wire") result.wire = await wire(browser, QUICK ? 1 : WIRE_ROUNDS);
      for (const work of PASSES[part] ?? []) {
        result.forward.push(await forward(browser, { ...work, ...(QUICK ? ONCE : {}) }));
      }
    }
    await browser.close();
  }
  return result;
}

try {
  const parts = chosen();
  prepare();
  const result = await measure(parts);
  mkdirSync(dirname(OUT), { recursive: true });
  writeFileSync(OUT, `${JSON.stringify(result, null, 2)}\n`);
  console.log(table(result));
  process.exit(0);
} catch (error) {
  console.error(`browser benchmark: ${error.message}`);
  process.exit(1);
}
