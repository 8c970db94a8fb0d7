// Keeps the page for the time without a network. The page is asked for anew whenever there is one,
// so a new build is seen at once; files that carry a build's id never change.

const BUILD = "__BUILD__";
const NAME = `electra-page-${BUILD}`;
const SHELL = [
  "./",
  `worker.js?engine=cpu&v=${BUILD}`,
  ...[
    "style.css",
    "start.js",
    "page.js",
    "page_bg.wasm",
    "models.json",
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
    const old = names.filter((name) => name.startsWith("electra-page-") && name !== NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(newest(request));
  else if (url.searchParams.get("v") === BUILD) event.respondWith(kept(request));
});

async function newest(request) {
  try {
    return await fetch(request);
  } catch (reason) {
    const page = await caches.match("./", { cacheName: NAME });
    if (page) return page;
    throw reason;
  }
}

async function kept(request) {
  const cache = await caches.open(NAME);
  const known = await cache.match(request);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) {
    // Storage may be full; the page works all the same.
    await cache.put(request, answer.clone()).catch(() => {});
  }
  return answer;
}
