// The two large files, runtime and model: fetched once with their progress, then kept by the
// browser for use without a network. sw.js keeps the rest.

const largeCache = 'bcnet-large';

/**
 * file: {file, bytes, sha256} as site.json has it. Its address holds the checksum, so that a
 * changed file is a new one. onProgress(bytes so far).
 */
export async function fetchLarge(file, onProgress) {
  const address = new URL(`../${file.file}?v=${file.sha256.slice(0, 12)}`, import.meta.url).href;
  // Private windows and plain http have no cache to keep it in.
  const cache = await globalThis.caches?.open(largeCache).catch(() => null);
  const kept = await cache?.match(address);
  const response = kept ?? (await fetch(address));
  if (!response.ok) throw new Error(`${file.file}: ${response.status} ${response.statusText}`);
  const bytes = new Uint8Array(file.bytes);
  let done = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done: ended, value } = await reader.read();
    if (ended) break;
    if (done + value.length > bytes.length) break;
    bytes.set(value, done);
    done += value.length;
    onProgress(done);
  }
  if (done !== bytes.length) {
    throw new Error(`${file.file}: ${done} bytes came, ${bytes.length} are expected`);
  }
  if (cache && !kept) await keep(cache, address, bytes);
  return bytes;
}

async function keep(cache, address, bytes) {
  try {
    for (const request of await cache.keys()) {
      if (new URL(request.url).pathname === new URL(address).pathname) await cache.delete(request);
    }
    await cache.put(address, new Response(bytes));
  } catch {
    // No room: the page works all the same, with the network.
  }
}
