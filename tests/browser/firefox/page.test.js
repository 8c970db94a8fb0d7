// The page in Firefox, driven by WebDriver BiDi: the same numbers in another engine of scripts,
// and nothing that only Chromium knows.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import puppeteer from "puppeteer-core";
import { DIST, PICTURES, models } from "../browser.js";
import { SCENES, compare, link, natively } from "../native.js";
import { serve } from "../server.js";

const TOLERANCE = 1e-4;
const BROWSERS = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];
const FIREFOX = process.env.FIREFOX ?? BROWSERS.find((path) => existsSync(path));

let browser, server;
before(async () => {
  assert.ok(FIREFOX, "no Firefox found; install one, or set FIREFOX to its path");
  server = await serve(DIST);
  browser = await puppeteer.launch({ browser: "firefox", executablePath: FIREFOX, headless: true });
  console.log(`  ${await browser.version()}`);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** A page that remembers its complaints, and what it would save as a file. */
async function open(address) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (line) => line.type() === "error" && complaints.push(line.text()));
  page.on("pageerror", (error) => complaints.push(`${error}`));
  await page.setViewport({ width: 1280, height: 860 });
  await page.evaluateOnNewDocument(() => {
    URL.createObjectURL = (blob) => {
      window.saved = blob.text();
      return "data:,";
    };
  });
  await page.goto(address);
  await settled(page);
  return { page, complaints };
}

async function settled(page) {
  await page.waitForSelector('html[data-phase="ready"][data-busy="false"]', { timeout: 60_000 });
}

test("every scene has the program's tokens, samples and probabilities", async () => {
  const [{ id }] = await models();
  const expected = natively(id);
  const { page, complaints } = await open(server.url);
  for (const [at, scene] of SCENES.entries()) {
    await page.evaluate((hash) => {
      location.hash = hash;
    }, link({ ...scene, model: id }));
    await page.waitForFunction((text) => document.querySelector("#text").value === text, {}, scene.text);
    await settled(page);
    const numbers = await page.evaluate(async () => {
      document.querySelector('[data-act="save-json"]').click();
      return JSON.parse(await window.saved);
    });
    const largest = compare(expected[at], numbers, TOLERANCE);
    console.log(`  scene ${at}: largest difference ${largest.toExponential(1)}`);
  }
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a typed sentence is masked with the keyboard, and proofread", async () => {
  const { page, complaints } = await open(server.url);
  await page.click("#text", { count: 3 });
  const sentence = "The cat sat on the warm mat.";
  await page.type("#text", sentence);
  await page.waitForFunction((text) => document.querySelector("#picture").dataset.text === text, {}, sentence);
  await settled(page);
  await page.focus('#picture [tabindex="0"]');
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press(" ");
  await page.waitForSelector("#picture .col.masked");
  await settled(page);
  assert.equal(await page.$eval("#picture .col.masked .token", (token) => token.textContent), "cat");
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, "firefox.png") });
  await page.click('#modes input[value="proofread"]');
  await page.waitForSelector(".proof-text");
  await settled(page);
  assert.match(await page.$eval("#verdict", (verdict) => verdict.textContent), /looks? replaced|No word/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the page fits a narrow window", async () => {
  const { page } = await open(server.url);
  await page.setViewport({ width: 390, height: 844 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 390, `${wide} pixels wide`);
  await page.close();
});
