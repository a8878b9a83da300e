// Where a picture is segmented: on this device, in the worker, or by the server that the page
// came from. Both leave a probability map in the worker, which outlines it at any threshold.

/** The worker's calls as promises. */
class Desk {
  constructor(onProgress) {
    this.worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
    this.waiting = new Map();
    this.calls = 0;
    this.worker.addEventListener('message', ({ data }) => {
      if (data.progress) {
        onProgress(data.progress);
        return;
      }
      const { resolve, reject } = this.waiting.get(data.call);
      this.waiting.delete(data.call);
      if (data.error === undefined) resolve(data.result);
      else reject(new Error(data.error));
    });
    this.worker.addEventListener('error', (event) => {
      const error = new Error(event.message || 'the worker did not start');
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  call(name, given = {}, transfer = []) {
    return new Promise((resolve, reject) => {
      const call = ++this.calls;
      this.waiting.set(call, { resolve, reject });
      this.worker.postMessage({ call, name, ...given }, transfer);
    });
  }
}

/** How many threads the model may use: what the browser allows, at most four. */
function threadsAllowed() {
  const asked = Number(new URLSearchParams(location.search).get('threads'));
  if (!globalThis.crossOriginIsolated) return 1;
  return Math.max(1, Math.min(asked || 4, navigator.hardwareConcurrency || 1));
}

export class Segmenter {
  /** site: the contents of site.json; onProgress({done, total}) while the model loads. */
  constructor(site, onProgress) {
    this.site = site;
    this.worker = new Desk(onProgress);
    this.where = 'device';
    this.model = site.models[0].name;
    this.opened = null; // the model that is loaded, or will be
    this.described = new Map(); // of each kept picture, the model that its map is of
  }

  get description() {
    return this.site.models.find(({ name }) => name === this.model).description;
  }

  /** Of the model that a kept picture's map is of: the server's may be another one. */
  descriptionOf(id) {
    return this.described.get(id) ?? this.description;
  }

  /** Loads the model that is chosen, unless it is there. */
  async open() {
    if (this.opened?.model !== this.model) {
      const { model } = this;
      const ready = this.worker.call('open', {
        runtime: this.site.runtime,
        model: this.site.models.find(({ name }) => name === model),
        threads: threadsAllowed(),
      });
      this.opened = { model, ready };
      ready.catch(() => {
        this.opened = null; // the next picture tries again
      });
    }
    return this.opened.ready;
  }

  /**
   * Segments a picture and keeps its map under id. bitmap stays the caller's; file: what it was
   * read from, null for a camera's frame. → milliseconds, those of the way to a server included.
   */
  async segment(id, bitmap, file) {
    if (this.where === 'server') return this.askServer(id, bitmap, file);
    await this.open();
    const copy = await createImageBitmap(bitmap);
    const { description } = this;
    const { milliseconds } = await this.worker.call('segment', { id, bitmap: copy }, [copy]);
    this.described.set(id, description);
    return milliseconds;
  }

  async askServer(id, bitmap, file) {
    const start = performance.now();
    const response = await fetch('v1/segment?output=probability', {
      method: 'POST',
      // Browsers go by a file's name, servers by its bytes.
      headers: { ...authorization(), Accept: 'image/png', 'Content-Type': 'application/octet-stream' },
      body: await toSend(bitmap, file),
    });
    if (response.status === 401) throw new LockedError();
    if (!response.ok) throw new Error(await errorOf(response));
    const description = JSON.parse(response.headers.get('Bcnet-Model')) ?? this.description;
    const map = await createImageBitmap(await response.blob(), { colorSpaceConversion: 'none' });
    if (map.width !== bitmap.width || map.height !== bitmap.height) {
      throw new Error(`the server answered with ${map.width}×${map.height} pixels`);
    }
    const milliseconds = performance.now() - start;
    await this.worker.call('keep', { id, bitmap: map }, [map]);
    this.described.set(id, description);
    return milliseconds;
  }

  /** → {mask, polyps, width, height} of a kept picture. */
  outline(id, threshold, edits) {
    const { region_threshold: leastConfidence, region_calibration: calibration } = this.descriptionOf(id);
    return this.worker.call('outline', { id, threshold, leastConfidence, calibration, edits });
  }

  forget(id) {
    this.described.delete(id);
    return this.worker.call('forget', { id });
  }
}

/** The file, where servers read its format; else the pixels, those of a camera as JPEG. */
async function toSend(bitmap, file) {
  if (file !== null && /^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const type = file === null ? 'image/jpeg' : 'image/png';
  return canvas.convertToBlob({ type, quality: 0.95 });
}

/** What a server says of a request that it refused. */
async function errorOf(response) {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text);
    return typeof error === 'string' ? error : error.message;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

// The token is kept for as long as the page's tab is open.
const tokenKey = 'bcnet-token';

function authorization() {
  const token = sessionStorage.getItem(tokenKey);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

export function keepToken(token) {
  sessionStorage.setItem(tokenKey, token);
}

/** A server wants a token, or another one. */
export class LockedError extends Error {}

/** Of the bcnet server where the page came from: 'ready', 'locked' without a good token, 'none'. */
export async function serverState() {
  try {
    const ready = await fetch('v2/health/ready', { cache: 'no-store' });
    if (!ready.ok) return 'none';
    const answer = await fetch('v2', { cache: 'no-store', headers: authorization() });
    return answer.status === 401 ? 'locked' : 'ready';
  } catch {
    return 'none';
  }
}
