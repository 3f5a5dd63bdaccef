/**
 * The script that a server offers beside the page, so that the page comes up without it. It keeps the page alone, under a name with the
 * page's hash: a page that was exported again comes with another script, which forgets what the one before kept. The network goes first,
 * so that a new page is seen at once where there is one.
 */
export const serviceWorker = (hash: string): string => `const cacheName = 'sandglass-${hash}';
const page = self.location.pathname.replace(/\\.sw\\.js$/, '');
const isPage = (url) => url.origin === self.location.origin && [page, page + '.html', page + '.htm', page.replace(/\\/index$/, '/')].includes(url.pathname);

self.addEventListener('install', (event) => {
  self.skipWaiting();
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith('sandglass-') && name !== cacheName && (await isOurs(name))) await caches.delete(name);
    await self.clients.claim();
    // The page that registers us was loaded before we were there.
    for (const client of await self.clients.matchAll()) if (isPage(new URL(client.url))) await keep(client.url);
  })());
});

self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate' && isPage(new URL(event.request.url))) event.respondWith(fromNetworkOrCache(event.request));
});

/** Monitors of other machines may lie in the same folder. */
async function isOurs(name) {
  const requests = await (await caches.open(name)).keys();
  return requests.every(({ url }) => isPage(new URL(url)));
}

async function keep(url) {
  const response = await fetch(url);
  if (response.ok) await (await caches.open(cacheName)).put(url, response);
}

async function fromNetworkOrCache(request) {
  try {
    const response = await fetch(request);
    if (response.ok) await (await caches.open(cacheName)).put(request.url, response.clone());
    return response;
  } catch (error) {
    const kept = await (await caches.open(cacheName)).match(request.url, { ignoreSearch: true });
    if (kept === undefined) throw error;
    return kept;
  }
}
`;
