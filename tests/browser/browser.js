// One browser for a test file, pages that may not complain, and what tests often do with a page.

import { chromium } from "playwright-core";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const DIST = process.env.ELECTRA_DIST ?? join(ROOT, "dist");
export const PICTURES = process.env.ELECTRA_PICTURES ?? join(ROOT, "target/pictures");
export const PROJECT = process.env.ELECTRA_PROJECT ?? "cpu";
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const CHROMIUM = process.env.CHROMIUM ?? [...BROWSERS, chromium.executablePath()].find((path) => existsSync(path));

const FLAGS = [
  "--no-sandbox",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const GPU_FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Starts a browser; `gpu` shows it the adapter that computes on the processor. */
export async function launch({ gpu = PROJECT === "gpu" } = {}) {
  assert.ok(CHROMIUM, "no Chromium found; install one, or set CHROMIUM to its path");
  return chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...(gpu ? GPU_FLAGS : [])] });
}

/** Options of a page that may use the clipboard. */
export const CLIPBOARD = { permissions: ["clipboard-read", "clipboard-write"] };

/** What the page copied. */
export const copied = (page) => page.evaluate(() => navigator.clipboard.readText());

/** Lines of the console that are no fault of the page. */
const HARMLESS = [
  // The browser says so by itself when a test cuts the line or blocks a file.
  /Failed to load resource/,
  /net::ERR_/,
];

/**
 * A page that remembers every complaint and every request.
 *
 * - `worker`: script put before an engine's own, since scripts for pages do not reach workers
 * - `expected`: complaints that a test provokes
 */
export async function open(browser, address, options = {}) {
  const { worker, expected = [], offline = false, before, ...context } = options;
  const inside = await browser.newContext({
    serviceWorkers: offline ? "allow" : "block",
    viewport: { width: 1280, height: 860 },
    acceptDownloads: true,
    ...context,
  });
  const complaints = [];
  const requests = [];
  inside.on("request", (request) => requests.push(request.url()));
  if (worker) {
    await inside.route("**/worker.js*", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, body: `${worker}\n${await answer.text()}` });
    });
  }
  if (before) await before(inside);
  const page = await inside.newPage();
  const harmless = (text) => [...HARMLESS, ...expected].some((pattern) => pattern.test(text));
  page.on("console", (line) => {
    if (line.type() === "error" && !harmless(line.text())) complaints.push(line.text());
  });
  page.on("pageerror", (error) => complaints.push(`${error}`));
  await page.goto(address);
  return {
    page,
    context: inside,
    requests,
    complaints,
    /** Ends the page; it must not have complained. */
    async close() {
      await inside.close();
      assert.deepEqual(complaints, [], "the page complained");
    },
  };
}

/** Waits for an attribute of the root element. */
export async function phase(page, name, timeout = 60_000) {
  await page.waitForSelector(`html[data-phase="${name}"]`, { timeout, state: "attached" });
}

/** Waits until the engine has answered everything. */
export async function settled(page, timeout = 60_000) {
  await page.waitForSelector('html[data-phase="ready"][data-busy="false"]', {
    timeout,
    state: "attached",
  });
}

/** Waits until an asynchronous condition holds: `waitForFunction` takes every promise for a yes. */
export async function until(page, condition, timeout = 60_000) {
  const end = Date.now() + timeout;
  while (!(await page.evaluate(condition))) {
    assert.ok(Date.now() < end, `waited in vain for ${condition}`);
    await page.waitForTimeout(20);
  }
}

/** Waits until the address says something; it is written with pauses. */
export async function addressed(page, pattern) {
  await page.waitForFunction((source) => new RegExp(source).test(location.hash), pattern.source);
}

/** Types a text in place of the one that is there. */
export async function type(page, text) {
  await page.fill("#text", text);
  // It counts as typed after a pause; then the engine is busy, or has answered already.
  await page.waitForFunction((wanted) => document.querySelector("#picture").dataset.text === wanted, text);
  await settled(page);
}

/** Opens every mode in turn; some faults only show in one. */
export async function everyMode(page, look) {
  for (const mode of ["explore", "guess", "inspect", "proofread"]) {
    await page.check(`#modes input[value="${mode}"]`);
    await settled(page);
    await look(mode);
  }
}

/** The numbers behind the picture, as a visitor saves them. */
export async function numbers(page) {
  await page.click("#export > summary");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.click('[data-act="save-json"]'),
  ]);
  await page.click("#export > summary");
  return JSON.parse(await readFile(await download.path(), "utf8"));
}

/** Saves a picture for people to look at: all of the page, also what stands below the window. */
export async function picture(page, name) {
  await mkdir(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: "disabled", fullPage: true });
}

/** The shipped models. */
export async function models() {
  return JSON.parse(await readFile(join(DIST, "models.json"), "utf8")).models;
}

/** The traces that came with the page. */
export async function traces() {
  const html = await readFile(join(DIST, "index.html"), "utf8");
  const json = html.match(/<script type="application\/json" id="traces">([\s\S]*?)<\/script>/)[1];
  return JSON.parse(json);
}
