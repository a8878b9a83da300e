// The network and everything that costs milliseconds, beside the page so that it stays quick to
// the hand. Each message is {call, name, ...arguments}; the answer {call, result} or
// {call, error}, and {progress: {done, total}} while files come in.

import * as ort from '../ort/ort.wasm.min.mjs';
import { fetchLarge } from './files.js';
import { fieldOfView } from './segment/field_of_view.js';
import { ByteMap, LogitMap } from './segment/probability.js';
import { findPolyps } from './segment/regions.js';
import { resizePart } from './segment/resize.js';

// WebAssembly has no fast products of bytes: an 8-bit model's filters are widened once and computed
// in float, which takes a fifth less time. What lies between them is still rounded to 8 bits and
// cut to their range, which is where the network has its ReLU6.
const arithmetic = { disable_quant_qdq: '1' };

let session = null;
let description = null;
const maps = new Map(); // of each picture that the page still has, by its id
const canvas = new OffscreenCanvas(1, 1);
const context = canvas.getContext('2d', { willReadFrequently: true });

/** The bytes of a bitmap, which is closed: {width, height, data: RGBA}. */
function pixelsOf(bitmap) {
  const { width, height } = bitmap;
  canvas.width = width;
  canvas.height = height;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/** RGB bytes → [1,3,H,W] float32, normalised as the model's description says. */
function networkInput(rgb) {
  const [height, width] = description.input_size;
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let c = 0; c < 3; ++c) {
    const from = description.channel_order === 'BGR' ? 2 - c : c;
    // mean and std are of the channels in the network's order of RGB in [0,1].
    const scale = 1 / (255 * description.std[from]);
    const shift = description.mean[from] / description.std[from];
    for (let i = 0; i < plane; ++i) values[c * plane + i] = rgb[3 * i + from] * scale - shift;
  }
  return new ort.Tensor('float32', values, [1, 3, height, width]);
}

const calls = {
  /** Loads runtime and model; threads: how many the model may use. */
  async open({ runtime, model, threads }) {
    const total = runtime.bytes + model.bytes;
    let before = 0;
    const load = async (file) => {
      const bytes = await fetchLarge(file, (done) => {
        postMessage({ progress: { done: before + done, total } });
      });
      before += file.bytes;
      return bytes;
    };
    const wasm = await load(runtime);
    const onnx = await load(model);
    ort.env.logLevel = 'error';
    ort.env.wasm.wasmPaths = new URL('../ort/', import.meta.url).href;
    ort.env.wasm.wasmBinary = wasm.buffer;
    ort.env.wasm.numThreads = threads;
    session = await ort.InferenceSession.create(onnx, {
      executionProviders: ['wasm'],
      extra: { session: arithmetic },
    });
    ({ description } = model);
    const [height, width] = description.input_size;
    // The first run takes memory and warms up: it is part of the loading.
    await runNetwork(new Uint8Array(3 * width * height));
    return { threads: ort.env.wasm.numThreads };
  },

  /** Runs the network on a bitmap and keeps the result as picture `id`. */
  async segment({ id, bitmap }) {
    const start = performance.now();
    const image = pixelsOf(bitmap);
    const whole = { x: 0, y: 0, width: image.width, height: image.height };
    const field = description.field_of_view ? fieldOfView(image) : whole;
    const [height, width] = description.input_size;
    const logits = await runNetwork(resizePart(image, field, width, height));
    if (!logits.every(Number.isFinite)) throw new Error('the model gave numbers that are not finite');
    const network = { width, height, logits };
    maps.set(
      id,
      new LogitMap(network, field, image.width, image.height, description.temperature),
    );
    return { milliseconds: performance.now() - start };
  },

  /** Keeps a server's 8-bit probability map as picture `id`. */
  keep({ id, bitmap }) {
    const { width, height, data } = pixelsOf(bitmap);
    const bytes = new Uint8Array(width * height);
    for (let i = 0; i < bytes.length; ++i) bytes[i] = data[4 * i];
    maps.set(id, new ByteMap(bytes, width, height));
    return {};
  },

  /**
   * Mask and polyps of a kept picture. edits, where there are any, are laid over what was found:
   * of each pixel 0 as found, 1 polyp, 2 background.
   */
  outline({ id, threshold, leastConfidence, calibration, edits }) {
    const map = maps.get(id);
    if (map === undefined) throw new Error(`picture ${id} is not kept`);
    const mask = new Uint8Array(map.width * map.height);
    map.threshold(threshold, mask);
    let polyps = findPolyps(mask, map, leastConfidence, calibration);
    if (edits) {
      for (let i = 0; i < mask.length; ++i) if (edits[i] !== 0) mask[i] = edits[i] === 1 ? 255 : 0;
      polyps = findPolyps(mask, map, 0, calibration);
    }
    return { mask, polyps, width: map.width, height: map.height };
  },

  forget({ id }) {
    maps.delete(id);
    return {};
  },
};

async function runNetwork(rgb) {
  const results = await session.run({ [session.inputNames[0]]: networkInput(rgb) });
  return results[session.outputNames[0]].data;
}

// One call after the other: the network runs one picture at a time.
let queue = Promise.resolve();
addEventListener('message', ({ data: { call, name, ...given } }) => {
  queue = queue.then(async () => {
    try {
      const result = await calls[name](given);
      postMessage({ call, result }, result.mask ? [result.mask.buffer] : []);
    } catch (error) {
      postMessage({ call, error: String(error?.message ?? error) });
    }
  });
});
