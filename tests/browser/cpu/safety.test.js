// Nothing leaves the page's origin, and what strangers send changes nothing.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DIST, models, open, picture, settled, type } from "../browser.js";
import { serve } from "../server.js";
import { browser, server } from "../stage.js";

test("no request leaves the origin, and none carries the text", async () => {
  const { page, requests, close } = await open(browser, server.url);
  await settled(page);
  await type(page, "a very private sentence");
  await page.check('#modes input[value="proofread"]');
  await settled(page);
  const elsewhere = requests.filter((url) => !/^(data|blob):/.test(url) && !url.startsWith(server.origin));
  assert.deepEqual(elsewhere, []);
  assert.ok(server.requests.length > 5, "the server saw requests at all");
  for (const { url } of server.requests) assert.ok(!url.includes("private"), url);
  await close();
});

test("the policy allows no inline script and no other host", async () => {
  const other = await serve(DIST);
  const { page, close } = await open(browser, server.url, { expected: [/Content Security Policy/] });
  const policy = await page.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute("content");
  assert.match(policy, /default-src 'none'/);
  assert.match(policy, /script-src 'self' 'wasm-unsafe-eval'/);
  assert.ok(!/unsafe-inline|'unsafe-eval'|https?:|\*/.test(policy), policy);
  await page.evaluate(async (elsewhere) => {
    window.refused = [];
    document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => {
      window.refused.push({ directive: effectiveDirective, address: blockedURI });
    });
    const script = document.createElement("script");
    script.textContent = "window.inlineRan = true";
    document.body.append(script);
    // Without a policy, such a request is sent to any host, though its answer stays unread.
    await fetch(elsewhere, { mode: "no-cors" }).catch(() => {});
  }, `${other.url}stolen`);
  await page.waitForFunction(() => window.refused.length > 1);
  const refused = await page.evaluate(() => window.refused);
  assert.deepEqual(refused.map(({ directive }) => directive), ["script-src-elem", "connect-src"]);
  assert.ok(refused[1].address.startsWith(other.origin), refused[1].address);
  assert.equal(await page.evaluate(() => window.inlineRan), undefined);
  assert.deepEqual(other.requests, []);
  await close();
  await other.close();
});

const HOSTILE = [
  "t=%3Cimg%20src%3Dx%20onerror%3Dwindow.hacked%3D1%3E%20hello",
  "t=hello&w=1~%3Cscript%3Ewindow.hacked%3D1%3C%2Fscript%3E",
  "<script>window.hacked=1</script>=1",
  "s=1e999&c=NaN&k=-1,99999999999&i=d.9.9.9&mode=%00",
  "t=a&k=1,2,3,4,5,6,7,8,9,99,100000&w=99:4294967295,1:4294967295",
  "r=AAAA&t=a",
  `t=${"%F0%9F%98%80".repeat(300)}`,
  "hide=main,controls,text,%3Cb%3E",
  "m=../../etc/passwd",
  "m=unknown-model",
  "mode=inspect&i=d.999.999.999&t=hello",
  "t=%E2%80%AEright%20to%20left%E2%80%AC",
];
for (const link of HOSTILE) {
  test(`a hostile link opens: ${link.slice(0, 40)}`, async () => {
    const { page, close } = await open(browser, `${server.url}#${link}`);
    await settled(page);
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("#main img, #main script, #main b").count(), 0);
    assert.ok(await page.locator("h1").isVisible());
    await close();
  });
}

/** A safetensors file with this header and this many bytes behind it. */
function tensors(header, bytes = 0) {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([size, json, Buffer.alloc(bytes)]);
}

async function shipped() {
  const [model] = await models();
  const files = {};
  for (const { path, url } of model.files) files[path] = await readFile(join(DIST, url.split("?")[0]));
  return files;
}

/** The discriminator alone, as a flat folder. */
async function discriminator() {
  const files = await shipped();
  const pick = (name) => files[`discriminator/${name}`] ?? files[name];
  const flat = { "config.json": pick("config.json"), "model.safetensors": pick("model.safetensors") };
  for (const name of ["tokenizer.json", "vocab.txt"]) if (pick(name)) flat[name] = pick(name);
  return flat;
}

const asFiles = (files) =>
  Object.entries(files).map(([name, buffer]) => ({ name, mimeType: "application/octet-stream", buffer }));

test("one's own files open: a discriminator alone judges own words, and nothing speaks of a generator", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const before = await page.locator("#picture .percent").allInnerTexts();
  await page.setInputFiles("#files", asFiles(await discriminator()));
  await page.waitForSelector('[data-state="done"]');
  await settled(page);
  assert.match(await page.innerText("#about"), /Generator\s+none/);
  await type(page, "The cat sat on the mat.");
  assert.equal(await page.locator("#picture .percent").count(), 7);
  assert.ok(before.length > 0);
  for (const hidden of ["[data-act=rule]", '#modes input[value="guess"]', "#again", "#seed", "#temperature"]) {
    assert.ok(await page.locator(hidden).isHidden(), `${hidden} needs a generator`);
  }
  const token = (word) => page.locator(`#picture .token:text-is("${word}")`);
  for (const [word, own] of [["cat", "elephant"], ["mat", "roof"]]) {
    await token(word).click();
    const field = await page.evaluate(() => document.activeElement.ariaLabel);
    assert.equal(field, `Your own word instead of ${word}`);
    await page.keyboard.type(own);
    await page.keyboard.press("Enter");
    await settled(page);
    assert.ok((await page.locator("#picture .read").allInnerTexts()).includes(own), own);
  }
  for (const words of ["#verdict", "#mode-hint"]) assert.doesNotMatch(await page.innerText(words), /generator/);
  await picture(page, "discriminator-alone");

  await page.click("#task [data-act=retry]");
  await page.waitForSelector("html:not([data-alone])", { state: "attached" });
  await settled(page);
  assert.ok(await page.locator("#task").isHidden());
  await token("sat").click();
  await settled(page);
  assert.ok((await page.locator("#picture .candidate").count()) > 0, "the demo's generator guesses");
  await close();
});

test("bad files give one sentence, and the model before stays", async () => {
  const good = await discriminator();
  const weights = good["model.safetensors"];
  const config = JSON.parse(good["config.json"]);
  const cases = {
    "weights cut short": { ...good, "model.safetensors": weights.subarray(0, weights.length / 2) },
    "a header of exabytes": { ...good, "model.safetensors": Buffer.from("ffffffffffffff7f7b7d", "hex") },
    "a header that is no JSON": { ...good, "model.safetensors": tensors("{".repeat(5000)) },
    "tensors of another type": {
      ...good,
      "model.safetensors": tensors({ "electra.embeddings.word_embeddings.weight": { dtype: "I64", shape: [1, 1], data_offsets: [0, 8] } }, 8),
    },
    "a shape of 2^80 numbers": {
      ...good,
      "model.safetensors": tensors({ x: { dtype: "F32", shape: [2 ** 40, 2 ** 40], data_offsets: [0, 8] } }, 8),
    },
    "another shape than its configuration": {
      ...good,
      "config.json": Buffer.from(JSON.stringify({ ...config, vocab_size: config.vocab_size + 1 })),
    },
    "a configuration of billions": {
      ...good,
      "config.json": Buffer.from(JSON.stringify({ ...config, num_hidden_layers: 4e9, hidden_size: 4e9 })),
    },
    "a configuration that is no JSON": { ...good, "config.json": Buffer.from("<html>") },
    "no weights": { "config.json": good["config.json"] },
    "script for a vocabulary": { ...good, "tokenizer.json": Buffer.from("<script>alert(1)</script>") },
    "no model at all": { "holiday.jpg": Buffer.alloc(100) },
  };
  const { page, close } = await open(browser, server.url);
  await settled(page);
  for (const [name, files] of Object.entries(cases)) {
    await page.setInputFiles("#files", asFiles(files));
    await page.waitForSelector('[data-state="bad-file"]', { timeout: 30_000 });
    const sentence = await page.innerText('[data-state="bad-file"] p');
    assert.match(sentence, /^These files cannot be opened: .+ Everything else stays as it was\.$/s, name);
    assert.ok(sentence.length < 600, `${name}: ${sentence}`);
    console.log(`  ${name}: ${sentence}`);
    await page.click('[data-state="bad-file"] [data-act=dismiss]');
    await settled(page);
    await page.click("#actions [data-act=again]");
    await settled(page);
  }
  assert.match(await page.innerText("#verdict"), /\S/);
  await close();
});

test("a shape that does not fit is named with its tensor", async () => {
  const good = await discriminator();
  const config = JSON.parse(good["config.json"]);
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const wider = Buffer.from(JSON.stringify({ ...config, vocab_size: config.vocab_size + 1 }));
  await page.setInputFiles("#files", asFiles({ ...good, "config.json": wider }));
  const sentence = await page.innerText('[data-state="bad-file"] p');
  assert.match(sentence, /word_embeddings/);
  assert.ok(sentence.includes(`${config.vocab_size + 1}`), sentence);
  await picture(page, "bad-file");
  await close();
});
