// The native program at work on the same model and the same requests as the page.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DIST, ROOT, numbers, settled } from "./browser.js";

export const PROGRAM = process.env.ELECTRA_PROGRAM ?? join(ROOT, "target/release/electra");

/** Scenes as links say them, and as the program is asked for them. */
export const SCENES = [
  { text: "the chef cooked the meal", positions: [3], seed: 7, temperature: 1 },
  { text: "She opened the window because the room was too warm.", positions: [2, 4, 8], seed: 3, temperature: 0.7 },
  { text: "Überaus naïve café-goers — 東京 🙂 don't re-order?!", positions: [1, 2, 3], seed: 11, temperature: 2 },
  { text: "The train to London leaves at nine in the morning.", rule: true, seed: 5, temperature: 1 },
  { text: "My brother plays the piano every evening.", positions: [4], seed: 1, temperature: 1, word: [2, "antidisestablishment"] },
];

const request = ({ text, positions, rule, seed, temperature, word }) => ({
  text,
  selection: rule ? { by: "rule" } : { by: "positions", positions },
  seed,
  temperature,
  replacements: word ? [{ position: word[0], with: { word: word[1] } }] : [],
});

/** The address of a scene, from `#` on. */
export const link = ({ model, text, positions, rule, seed, temperature, word, backend }) => {
  const parts = [`m=${model}`, `t=${encodeURIComponent(text)}`, `k=${rule ? "rule" : positions}`, `s=${seed}`, `c=${temperature}`];
  if (backend) parts.push(`backend=${backend}`);
  if (word) parts.push(`w=${encodeURIComponent(`${word[0]}~${word[1]}`)}`);
  return `#v=1&${parts.join("&")}`;
};

/** What the program says about all scenes. */
export function natively(model) {
  assert.ok(existsSync(PROGRAM), `build the program first: ${PROGRAM} is not there`);
  const folder = mkdtempSync(join(tmpdir(), "electra-"));
  const file = join(folder, "requests.json");
  writeFileSync(file, JSON.stringify(SCENES.map(request)));
  const args = ["trace", "--model", join(DIST, "models", model), "--requests", file, "--device", "cpu"];
  const out = execFileSync(PROGRAM, args, { encoding: "utf8", maxBuffer: 1 << 26 });
  rmSync(folder, { recursive: true });
  return JSON.parse(out);
}

/** Opens a scene and reads its numbers. */
export async function onPage(page, scene) {
  await page.evaluate((hash) => {
    location.hash = hash;
  }, link(scene));
  await page.waitForFunction((text) => document.querySelector("#text").value === text, scene.text);
  await settled(page, 300_000);
  return numbers(page);
}

/** Tokens and choices are equal, probabilities nearly. Returns the largest difference. */
export function compare(there, here, tolerance) {
  let largest = 0;
  const near = (a, b, what) => {
    const difference = Math.abs(a - b);
    largest = Math.max(largest, difference);
    assert.ok(difference <= tolerance, `${what}: ${a} natively, ${b} in the page`);
  };
  assert.equal(here.tokens.length, there.tokens.length);
  for (const [at, mine] of there.tokens.entries()) {
    const theirs = here.tokens[at];
    for (const field of ["text", "id", "start", "end", "special", "selected", "hidden", "origin"]) {
      assert.equal(theirs[field], mine[field], `${field} of token ${at}`);
    }
    assert.deepEqual(theirs.read.map(({ id }) => id), mine.read.map(({ id }) => id), `sample at ${at}`);
    for (const [which, read] of mine.read.entries()) {
      near(read.replaced, theirs.read[which].replaced, `suspicion at ${at}`);
      if (read.probability !== undefined) near(read.probability, theirs.read[which].probability, `probability at ${at}`);
    }
    const candidates = mine.candidates ?? [];
    assert.equal(theirs.candidates?.length ?? 0, candidates.length, `candidates at ${at}`);
    // Equal probabilities may change places between devices.
    for (const [rank, { probability }] of candidates.entries()) {
      near(probability, theirs.candidates[rank].probability, `candidate ${rank} at ${at}`);
    }
  }
  return largest;
}
