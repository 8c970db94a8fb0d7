// What stands around the picture: menus, sliders and buttons do what they say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CLIPBOARD, addressed, copied, numbers, open, picture, settled, traces, type } from "../browser.js";
import { browser, server } from "../stage.js";

test("choosing from the menu shows that example with its masks", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const stored = [...new Set((await traces()).map(({ text }) => text))];
  const options = page.locator("#examples option");
  const offered = (await options.evaluateAll((all) => all.map((option) => option.value))).filter(Boolean);
  for (const text of stored) assert.ok(offered.includes(text), text);
  for (const text of [stored.at(-1), offered.at(-1), stored[0]]) {
    await page.selectOption("#examples", { value: text });
    await page.waitForFunction((wanted) => document.querySelector("#picture").dataset.text === wanted, text);
    await settled(page);
    assert.equal(await page.inputValue("#text"), text);
    assert.ok((await page.locator("#picture .col.masked").count()) > 0, `“${text}” has masks`);
    await page.focus("#examples");
    assert.equal(await page.inputValue("#examples"), text, "the menu says which one is shown");
    await page.focus("#text");
    await addressed(page, new RegExp(`t=${encodeURIComponent(text.split(" ")[0])}`));
  }
  await close();
});

test("arrow keys walk through the examples, and a text of one's own or a round of Guess is none of them", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const options = page.locator("#examples option");
  const [, ...offered] = await options.evaluateAll((all) => all.map((option) => option.value));
  assert.equal(await page.inputValue("#examples"), "", "left alone it says what it is for");
  await page.focus("#examples");
  assert.equal(await page.inputValue("#examples"), offered[0], "what a bare address shows");
  for (const [key, text] of [["ArrowDown", offered[1]], ["ArrowDown", offered[2]], ["ArrowUp", offered[1]]]) {
    await page.keyboard.press(key);
    await page.waitForFunction((wanted) => document.querySelector("#picture").dataset.text === wanted, text);
    await settled(page);
    assert.equal(await page.inputValue("#text"), text);
  }
  await page.check('#modes input[value="guess"]');
  await settled(page);
  assert.equal(await page.inputValue("#examples"), "", "it would be the answer");
  await page.check('#modes input[value="explore"]');
  await type(page, "Dogs bark.");
  await page.focus("#examples");
  assert.equal(await page.inputValue("#examples"), "");
  await close();
});

test("the temperature goes into the samples and the address, and a reload keeps it", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  await type(page, "The cat sat on the warm mat.");
  await page.locator('#picture .token:text-is("cat")').click();
  await settled(page);
  assert.equal((await numbers(page)).temperature, 1);
  await page.fill("#temperature", "2.5");
  await addressed(page, /c=2\.5(&|$)/);
  const kept = async () => {
    await settled(page);
    assert.equal(await page.inputValue("#temperature"), "2.5");
    assert.equal(await page.innerText("#temperature-shown"), "2.5");
    const trace = await numbers(page);
    assert.equal(trace.temperature, 2.5);
    return trace.tokens.map(({ read }) => read.map(({ id }) => id));
  };
  const samples = await kept();
  await page.reload();
  assert.deepEqual(await kept(), samples, "the same seed draws the same words");
  await close();
});

test("the theme goes from the system's to light, to dark and back, and a reload keeps it", async () => {
  const { page, close } = await open(browser, server.url, { colorScheme: "light" });
  await settled(page);
  const seen = () =>
    page.evaluate(() => ({
      theme: document.documentElement.dataset.theme ?? "system",
      words: document.querySelector("#theme").textContent,
      paper: getComputedStyle(document.body).backgroundColor + getComputedStyle(document.documentElement).backgroundColor,
    }));
  const themes = [await seen()];
  for (let press = 0; press < 2; press += 1) {
    await page.click("#theme");
    themes.push(await seen());
  }
  assert.deepEqual(themes.map(({ theme }) => theme), ["system", "light", "dark"]);
  for (const { theme, words } of themes) assert.equal(words, `Theme: ${theme}`);
  assert.equal(themes[0].paper, themes[1].paper, "the system is light");
  assert.notEqual(themes[1].paper, themes[2].paper);
  await page.reload();
  await settled(page);
  assert.deepEqual(await seen(), themes[2]);
  await page.click("#theme");
  assert.deepEqual(await seen(), themes[0]);
  await close();
});

/** A GPU that the page sees, and that its engine loses at once. */
const DOOMED = {
  before: (context) =>
    context.addInitScript(() => {
      const adapter = { info: { vendor: "test", architecture: "made-up" } };
      Object.defineProperty(navigator, "gpu", { value: { requestAdapter: async () => adapter } });
    }),
  worker: `
    if (self.location.search.includes("engine=gpu")) {
      const failed = { kind: "device_lost", message: "a test takes it away" };
      self.postMessage(JSON.stringify({ id: null, event: { failed } }));
    }
  `,
};

test("copied diagnostics name the build, the browser and how both engines stand", async () => {
  const { page, close } = await open(browser, `${server.url}#backend=gpu`, { ...CLIPBOARD, ...DOOMED });
  const notice = page.locator('#notices [data-state="gpu-lost"]');
  await notice.filter({ hasText: "stopped twice" }).waitFor();
  await settled(page);
  await notice.locator("[data-act=diagnostics]").click();
  await page.waitForSelector('#notices [data-state="done"]');
  const words = await copied(page);
  const build = await page.getAttribute('meta[name="build"]', "content");
  assert.match(build, /^[0-9a-f]{16}$/);
  assert.ok(words.includes(`build: ${build}`), words);
  assert.ok(words.includes(await page.evaluate(() => navigator.userAgent)), words);
  assert.match(words, /test made-up/);
  assert.match(words, /^cpu: Open$/m);
  assert.match(words, /^gpu: Broken\(.*a test takes it away.*\)$/m);
  await close();
});

for (const hide of ["controls", "own", "controls,own"]) {
  test(`a link hides the parts that it names: ${hide}`, async () => {
    const { page, close } = await open(browser, `${server.url}#hide=${hide}`);
    await settled(page);
    const parts = await page.locator("[data-part]").evaluateAll((all) =>
      all.map((part) => ({ name: part.dataset.part, seen: part.checkVisibility() })),
    );
    assert.deepEqual([...new Set(parts.map(({ name }) => name))].sort(), ["controls", "own"]);
    for (const { name, seen } of parts) assert.equal(seen, !hide.split(",").includes(name), name);
    assert.ok(await page.locator("#picture").isVisible());
    assert.match(await page.innerText("#verdict"), /\S/);
    await close();
  });
}

/** Waits until a text has been proofread. */
async function proofread(page, text) {
  await page.waitForFunction((wanted) => document.querySelector(".proof-text")?.textContent === wanted, text);
  await settled(page);
  const entries = await page.locator(".proof-list button").allInnerTexts();
  return { entries, verdict: await page.innerText("#verdict") };
}

test("a text that was proofread is shared and saved, without what belongs to masks", async () => {
  const text = "He put the of into his pocket 🙂 and drank a cup of went. ".repeat(6).trim();
  const { page, close } = await open(browser, server.url, CLIPBOARD);
  await settled(page);
  await page.check('#modes input[value="proofread"]');
  await page.fill("#text", text);
  const seen = await proofread(page, text);
  const offered = [];
  // One menu at a time: a second one would cover the first.
  for (const id of ["export", "share"]) {
    await page.click(`#${id} > summary`);
    assert.deepEqual(await page.locator("details.menu[open]").evaluateAll((all) => all.map((it) => it.id)), [id]);
    const all = await page.locator(`#${id} :is(button, input, summary)`).all();
    for (const one of all) if (await one.isVisible()) offered.push((await one.innerText()).trim());
  }
  assert.deepEqual(offered, ["Save", "Numbers as JSON", "Share", "Copy link", "Copy the code for a frame"]);
  const code = await page.locator("#embed-code").boundingBox();
  assert.ok(code.height < 200, `${code.height} px of code`);
  await picture(page, "proofread-share");
  await page.click("[data-act=copy-link]");
  await page.waitForSelector('#notices [data-state="done"]');
  const link = await copied(page);
  await page.click("#share > summary");

  const saved = await numbers(page);
  assert.equal(saved.text, text);
  assert.ok(saved.suspects.length > 0, "something is suspicious");
  assert.equal(saved.suspects.length, seen.entries.length);
  for (const { start, end, word, replaced } of saved.suspects) {
    assert.equal([...text].slice(start, end).join(""), word);
    assert.ok(replaced > 0.5 && replaced <= 1, `${word}: ${replaced}`);
  }
  await close();

  const receiver = await open(browser, link);
  assert.deepEqual(await proofread(receiver.page, text), seen);
  assert.ok(await receiver.page.isChecked('#modes input[value="proofread"]'));
  assert.equal(await receiver.page.inputValue("#text"), text);
  await receiver.close();
});

test("a text longer than a link carries is read in part, and the page says so", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const long = `${"dog ".repeat(1000)}barks`;
  await page.fill("#text", long);
  const notice = page.locator('#notices [data-state="cut"]');
  await notice.waitFor();
  assert.equal(await notice.locator("p").innerText(), "This text has 4005 characters; only the first 4000 are read.");
  await settled(page);
  assert.equal(await page.inputValue("#text"), long, "the field keeps all of it");
  await type(page, "The dog barks.");
  assert.equal(await notice.count(), 0);
  await close();
});

test("control characters of a paste are left out, so that the address opens again", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const shown = "The dog barks at night.";
  await page.locator("#text").evaluate((field) => {
    field.value = "The dog\u0000 barks\u001b at\u000cnight.";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await page.waitForFunction((wanted) => document.querySelector("#picture").dataset.text === wanted, shown);
  await settled(page);
  await addressed(page, /t=The%20dog%20barks%20at%20night/);
  await page.reload();
  await settled(page);
  assert.equal(await page.inputValue("#text"), shown);
  assert.equal(await page.locator("#notices .notice").count(), 0);
  await close();
});

test("masks are offered only where words can be masked", async () => {
  const { page, close } = await open(browser, server.url);
  await settled(page);
  const tools = page.locator("#sentence :is(button, select)");
  const offered = () => tools.evaluateAll((all) => all.map((tool) => tool.id || tool.textContent));
  for (const [mode, masks] of [
    ["explore", ["Mask 15 %, as in training", "Clear"]],
    ["guess", ["Mask 15 %, as in training"]],
    ["inspect", ["Mask 15 %, as in training", "Clear"]],
    ["proofread", []],
  ]) {
    await page.check(`#modes input[value="${mode}"]`);
    await settled(page);
    assert.deepEqual(await offered(), ["examples", ...masks], mode);
  }
  await close();
});
