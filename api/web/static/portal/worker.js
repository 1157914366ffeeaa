/**
 * Keeps the portal usable without a network.
 *
 * The server puts `SHELL` in front: {release, files}. A release is kept whole or not at all, and
 * pages are asked from the network first, so that nobody is left on an old one while online. What a
 * producer records never passes through here: that is the page's queue.
 */

/* global SHELL */

const PREFIX = "portal-";
const NAME = PREFIX + SHELL.release;
const PAGE = "/portal";
const PATIENCE_MS = 4000; // a village's network may be there and yet say nothing

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === PAGE) {
    event.respondWith(fetchPage(event, url));
  } else if (url.pathname.startsWith(`/static/${SHELL.release}/`)) {
    event.respondWith(find(request.url).then((kept) => kept ?? fetch(request)));
  }
});

async function keep() {
  const cache = await caches.open(NAME);
  await cache.addAll(SHELL.files.map((file) => new Request(file, { cache: "no-cache" })));
}

async function dropOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function fetchPage(event, url) {
  const kept = await find(PAGE + (url.searchParams.get("lang") === "en" ? "?lang=en" : ""));
  const patience = new AbortController();
  const alarm = kept && setTimeout(() => patience.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(event.request, { signal: patience.signal });
    return answer.ok || kept === undefined ? answer : kept;
  } catch (error) {
    if (kept === undefined) throw error;
    return kept;
  } finally {
    clearTimeout(alarm);
  }
}

async function find(url) {
  const cache = await caches.open(NAME);
  return cache.match(url, { ignoreVary: true });
}
