// Fine-tuned models of the native program in the page: its own numbers, and the way back.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { DIST, ROOT, launch, numbers, open, picture, settled, type } from "../browser.js";
import { PROGRAM } from "../native.js";
import { serve } from "../server.js";

const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FOODS = ["soup", "bread", "cheese", "fish"];
const PLACES = ["Paris", "Rome", "London", "Berlin"];
/** What the page's probabilities may differ by from the program's. */
const TOLERANCE = 1e-4;
let browser, server, folder;

const electra = (...args) => execFileSync(PROGRAM, args, { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
const said = (model, ...text) => JSON.parse(electra("predict", "--model", model, "--json", ...text));

/** Fine-tunes the demo model for a few steps. */
function finetune(out, ...flags) {
  const model = join(ROOT, "assets/demo");
  const few = ["--device", "cpu", "--quiet", "--batch", "8", "--epochs", "4", "--lr", "0.002", "--seq", "48"];
  electra("finetune", "--model", model, "--out", out, ...few, ...flags);
}

before(async () => {
  assert.ok(existsSync(PROGRAM), `build the program first: ${PROGRAM} is not there`);
  folder = await mkdtemp(join(tmpdir(), "electra-"));
  const rows = Array.from({ length: 48 }, (_, at) => {
    const [food, place] = [FOODS[at % 4], PLACES[(at >> 2) % 4]];
    return at % 2 ? [`The ${food} was very good .`, "food"] : [`We went to ${place} by train .`, "travel"];
  });
  await writeFile(join(folder, "rows.tsv"), ["text\tlabel", ...rows.map((row) => row.join("\t"))].join("\n"));
  const tag = (word) => (PLACES.includes(word) ? "B-LOC" : FOODS.includes(word) ? "B-FOOD" : "O");
  const words = rows.map(([text]) => text.split(" ").map((word) => `${word} ${tag(word)}\n`).join(""));
  await writeFile(join(folder, "words.txt"), words.join("\n"));
  const own = ["--data", "rows.tsv", "--text-column", "text", "--label-column", "label"];
  finetune("topic", "--task", "topic", "--kind", "classification", ...own);
  finetune("places", "--task", "ner", "--data", "words.txt");
  server = await serve(DIST);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** The files of a model's folder, as a visitor chooses them. */
async function files(name, change = (_, buffer) => buffer) {
  const names = await readdir(join(folder, name), { withFileTypes: true });
  const wanted = names.filter((entry) => entry.isFile());
  return Promise.all(
    wanted.map(async (entry) => {
      const buffer = change(entry.name, await readFile(join(folder, name, entry.name)));
      return { name: entry.name, mimeType: "application/octet-stream", buffer };
    }),
  );
}

async function drop(page, name, state = "done", change = undefined) {
  await page.setInputFiles("#files", await files(name, change));
  await page.waitForSelector(`[data-state="${state}"]`, { timeout: 60_000 });
  await settled(page);
}

async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} at ${target}: ${failureSummary}`));
}

const near = (mine, theirs, what) =>
  assert.ok(Math.abs(mine - theirs) <= TOLERANCE, `${what}: ${theirs} natively, ${mine} in the page`);

test("a classifier says the program's probabilities, best first", async () => {
  const { page, close } = await open(browser, server.url, { bypassCSP: true });
  await settled(page);
  await page.check('#modes input[value="proofread"]');
  await settled(page);
  await drop(page, "topic");
  for (const text of ["We went to Rome by train .", "The bread was very good .", "Überaus naïve café — 東京 🙂"]) {
    await type(page, text);
    const { answer } = await numbers(page);
    const native = said("topic", text);
    for (const { label, probability } of answer.labels) near(probability, native.probabilities[label], `${label} of “${text}”`);
    assert.equal(answer.labels.length, 2);
    assert.equal(answer.labels[0].label, native.label);
    const percent = (await page.innerText("#picture .shares li small >> nth=0")).trim();
    assert.equal(await page.innerText("#verdict"), `This model says: ${native.label} (${percent}).`);
  }
  await type(page, "We went to Rome by train .");
  for (const hidden of ["#modes", "[data-act=rule]", "[data-act=clear]", "[data-act=again]", "#legend", "#seed"]) {
    assert.ok(await page.locator(hidden).isHidden(), `${hidden} means nothing here`);
  }
  assert.equal(await page.locator("[aria-live], [role=status], [role=alert]").count(), 1);
  assert.deepEqual(await violations(page), []);
  await picture(page, "classifier");
  await page.check("#as-table");
  assert.equal(await page.locator("#table tbody tr").count(), 2);
  assert.deepEqual(await violations(page), [], "table");
  await close();
});

test("a tagger says the program's tag for every word", async () => {
  const { page, close } = await open(browser, server.url, { bypassCSP: true, colorScheme: "dark" });
  await settled(page);
  await drop(page, "places");
  const long = Array.from({ length: 30 }, (_, at) => `We went to ${PLACES[at % 4]} by train .`).join(" ");
  for (const text of [long, "The cheese from Paris was unbelievably good ."]) {
    await type(page, text);
    const { answer } = await numbers(page);
    const native = said("places", text);
    assert.deepEqual(answer.tags.map(({ word }) => word), native.words);
    assert.deepEqual(answer.tags.map(({ tag }) => tag), native.tags);
    for (const [at, { word, probability }] of answer.tags.entries()) near(probability, native.probabilities[at], word);
    assert.deepEqual(await page.locator("#picture .tagged .tag").allInnerTexts(), native.tags);
  }
  assert.match(await page.innerText("#verdict"), /^This model tags (none|\d+) of 8 words/);
  assert.deepEqual(await violations(page), []);
  await picture(page, "tagger");
  await close();
});

test("the demo model comes back with everything that it can do", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const before = await page.innerText("#picture");
  await drop(page, "topic");
  assert.match(await page.innerText("#task"), /a classifier with 2 labels/);
  await page.click("#task [data-act=retry]");
  await page.waitForSelector("html:not([data-task])", { state: "attached" });
  await settled(page);
  assert.ok(await page.locator("#task").isHidden());
  assert.ok(await page.locator("#modes").isVisible());
  assert.equal(await page.innerText("#picture"), before);
  await page.click("#actions [data-act=again]");
  await settled(page);
  await close();
});

/** Files whose configuration asks for another kind of task. */
const asking = (change) => (name, buffer) => {
  if (name !== "config.json") return buffer;
  const config = JSON.parse(buffer);
  change(config.electra_task.kind);
  return Buffer.from(JSON.stringify(config));
};

test("a head that does not fit is one sentence, and the model before stays", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await drop(page, "topic");
  const verdict = await page.innerText("#verdict");
  const third = asking((kind) => kind.classification.labels.push("other"));
  await drop(page, "topic", "bad-file", third);
  const sentence = await page.innerText('[data-state="bad-file"] p');
  assert.match(sentence, /names 3 labels, but `classifier\.out_proj\.weight` is a head of 2/);
  const questions = asking((kind) => {
    delete kind.classification;
    kind.spans = { answerable: true };
  });
  await page.click('[data-state="bad-file"] [data-act=dismiss]');
  await drop(page, "topic", "bad-file", questions);
  assert.match(await page.innerText('[data-state="bad-file"] p'), /electra predict/);
  assert.equal(await page.innerText("#verdict"), verdict);
  await close();
});

test("a phone holds labels and tags without scrolling sideways", async () => {
  const viewport = { width: 320, height: 700 };
  const { page, close } = await open(browser, server.url, { viewport, hasTouch: true });
  await settled(page);
  for (const name of ["topic", "places"]) {
    await page.setInputFiles("#files", await files(name));
    await page.waitForSelector(name === "topic" ? "#picture .shares" : "#picture .tagged");
    await settled(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= viewport.width, `${name} is ${wide} pixels wide`);
  }
  await picture(page, "tagger-narrow");
  await close();
});
