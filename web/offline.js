// Keeps the page for the time without a network. The page and its list of models are asked for anew
// whenever there is one, so a new build and other models are seen at once; all else that carries a
// build's id never changes.

const BUILD = "__BUILD__";
// Pages in other folders of the origin keep their own. No address has a space in it.
const OURS = `electra-page ${self.registration.scope} `;
const NAME = OURS + BUILD;
const LIST = `models.json?v=${BUILD}`;
const SHELL = [
  "./",
  LIST,
  `worker.js?engine=cpu&v=${BUILD}`,
  ...[
    "style.css",
    "start.js",
    "page.js",
    "page_bg.wasm",
    "engine-cpu.js",
    "engine-cpu_bg.wasm",
  ].map((file) => `${file}?v=${BUILD}`),
];

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(NAME);
    await cache.addAll(SHELL);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const begin = async () => {
    const names = await caches.keys();
    const old = names.filter((name) => name.startsWith(OURS) && name !== NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(NAME));
});

const folder = ({ origin, pathname }) => origin + pathname.slice(0, pathname.lastIndexOf("/") + 1);

const file = ({ pathname }) => pathname.slice(pathname.lastIndexOf("/") + 1);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || folder(url) !== folder(self.location)) return;
  // The browser shows other files of this folder by itself.
  if (request.mode === "navigate" && !["", "index.html"].includes(file(url))) return;
  if (request.mode === "navigate") event.respondWith(newest(event, "./"));
  else if (url.searchParams.get("v") !== BUILD) return;
  else if (url.pathname.endsWith("/models.json")) event.respondWith(newest(event, LIST));
  else event.respondWith(kept(request));
});

async function newest(event, name) {
  try {
    const answer = await fetch(event.request);
    // Storage may be full; the page works all the same.
    event.waitUntil(replace(name, answer.clone()).catch(() => {}));
    return answer;
  } catch (reason) {
    const known = await caches.match(name, { cacheName: NAME }).catch(() => undefined);
    if (known) return known;
    throw reason;
  }
}

// The same build may come with other models. A page of another one needs files that are not here.
async function replace(name, answer) {
  const fits = name === LIST || (await answer.clone().text()).includes(BUILD);
  if (!answer.ok || !fits) return;
  const cache = await caches.open(NAME);
  await cache.put(name, answer);
}

// Storage may be full, or fail; the page works all the same.
async function kept(request) {
  const cache = await caches.open(NAME).catch(() => undefined);
  const known = await cache?.match(request).catch(() => undefined);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache?.put(request, answer.clone()).catch(() => {});
  return answer;
}
