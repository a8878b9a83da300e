// Keeps the page for use without a network, and lends it the isolation headers that threads need
// where its host sends none. The model and its runtime are kept by js/files.js.

const version = '@VERSION@';
const files = [/* @FILES@ */];
const cacheName = `bcnet-page-${version}`;

addEventListener('install', (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(cacheName);
      await cache.addAll(files.map((file) => new Request(file, { cache: 'no-cache' })));
      await skipWaiting();
    })(),
  );
});

addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith('bcnet-page-') && name !== cacheName) await caches.delete(name);
      }
      await clients.claim();
    })(),
  );
});

function isolated(response) {
  if (response.type === 'opaque' || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  const path = url.href.slice(registration.scope.length).split(/[?#]/)[0];
  const own = url.href.startsWith(registration.scope) && files.includes(path || './');
  if (request.method !== 'GET' || !own) return; // the server's answers, and the large files
  event.respondWith(
    (async () => {
      const cache = await caches.open(cacheName);
      const kept = await cache.match(path || './');
      return isolated(kept ?? (await fetch(request)));
    })(),
  );
});
