// The part of an endoscope's frame that shows mucosa: src/image/field_of_view.cpp, step by step.

import { drawnOver } from './drawn_over.js';
import { labelRuns } from './regions.js';

const leastFrame = 128; // pixels of the shorter side; what is smaller is no frame
const longestSide = 160; // of the small copy
const dark = 40; // a border is darker
const leastDarkEdge = 0.08; // share of the frame's edge that a border takes up
const bright = 28; // mucosa under the lamp, at least
const aboveBorder = 6; // dim mucosa is lighter than the border by more
const textReach = 2; // what is thinner than 2 * textReach + 1 pixels is no mucosa
const worthCutting = 0.95;

/** Evenly spaced pixels, as RGB. image: {width, height, data: RGBA}. */
function sample({ width, height, data }) {
  const step = Math.max(1, Math.max(width, height) / longestSide);
  const w = Math.max(1, Math.trunc(width / step));
  const h = Math.max(1, Math.trunc(height / step));
  const out = new Uint8Array(3 * w * h);
  for (let y = 0; y < h; ++y) {
    const row = Math.trunc(((y + 0.5) * height) / h) * width;
    for (let x = 0; x < w; ++x) {
      const at = 4 * (row + Math.trunc(((x + 0.5) * width) / w));
      const to = 3 * (y * w + x);
      out[to] = data[at];
      out[to + 1] = data[at + 1];
      out[to + 2] = data[at + 2];
    }
  }
  return { width: w, height: h, data: out };
}

/** The brightest colour channel of an RGB picture. */
function brightness({ width, height, data }) {
  const out = new Uint8Array(width * height);
  for (let i = 0; i < out.length; ++i) {
    out[i] = Math.max(data[3 * i], data[3 * i + 1], data[3 * i + 2]);
  }
  return { width, height, data: out };
}

/** How light the dark part of the frame's edge is; below 0 where there is none. */
function borderLevel({ width, height, data }) {
  const edge = [];
  for (let x = 0; x < width; ++x) edge.push(data[x], data[(height - 1) * width + x]);
  for (let y = 0; y < height; ++y) edge.push(data[y * width], data[y * width + width - 1]);
  const below = edge.filter((value) => value < dark).sort((a, b) => a - b);
  if (below.length < leastDarkEdge * edge.length) return -1;
  return below[Math.trunc(below.length / 2)];
}

/** Erosion (most = false) or dilation along one axis; what lies outside the picture has no say. */
function spread(mask, count, length, step, stride, most) {
  const out = new Uint8Array(mask.length);
  for (let line = 0; line < count; ++line) {
    for (let i = 0; i < length; ++i) {
      let value = !most;
      const end = Math.min(length - 1, i + textReach);
      for (let k = Math.max(0, i - textReach); k <= end; ++k) {
        if ((mask[line * stride + k * step] !== 0) === most) {
          value = most;
          break;
        }
      }
      out[line * stride + i * step] = value ? 255 : 0;
    }
  }
  return out;
}

function withoutText(mask, width, height) {
  let opened = mask;
  for (const most of [false, true]) {
    opened = spread(opened, height, width, 1, width, most);
    opened = spread(opened, width, height, width, 1, most);
  }
  return opened;
}

const brighterThan = (small, level) => small.data.map((value) => (value > level ? 255 : 0));

/** The largest of a mask's pieces, null where there is none; equal ones: the first. */
function largestPiece(mask, width, height) {
  let largest = null;
  for (const piece of labelRuns(mask, width, height)) {
    if (largest === null || piece.area > largest.area) largest = piece;
  }
  return largest;
}

/** The box around those pieces of mask that a run of seed lies in. */
function boxAround(seed, mask, width, height) {
  const lit = new Uint8Array(width * height);
  for (const { y, from, to } of seed.runs) lit.fill(1, y * width + from, y * width + to);
  let box = null;
  for (const piece of labelRuns(mask, width, height)) {
    const touched = piece.runs.some(({ y, from, to }) => {
      const found = lit.indexOf(1, y * width + from);
      return found >= 0 && found < y * width + to;
    });
    if (!touched) continue;
    const { x, y, width: w, height: h } = piece.box;
    box ??= { x, y, right: x + w, bottom: y + h };
    box.x = Math.min(box.x, x);
    box.y = Math.min(box.y, y);
    box.right = Math.max(box.right, x + w);
    box.bottom = Math.max(box.bottom, y + h);
  }
  return box;
}

/** image: {width, height, data: RGBA} → {x, y, width, height}, the whole where nothing is cut. */
export function fieldOfView(image) {
  const { width, height } = image;
  const whole = { x: 0, y: 0, width, height };
  if (Math.min(width, height) < leastFrame) return whole;
  const colours = sample(image);
  const small = brightness(colours);
  const border = borderLevel(small);
  if (border < 0) return whole;
  drawnOver(colours).forEach((drawn, i) => {
    if (drawn !== 0) small.data[i] = 0;
  });
  const open = (level) =>
    withoutText(brighterThan(small, level), small.width, small.height);
  const litMask = open(Math.max(bright, border + aboveBorder));
  const lit = largestPiece(litMask, small.width, small.height);
  if (lit === null) return whole;
  const joined = open(Math.min(bright, border + aboveBorder));
  for (const { y, from, to } of lit.runs) {
    joined.fill(255, y * small.width + from, y * small.width + to);
  }
  const box = boxAround(lit, joined, small.width, small.height);
  // A pixel of the small copy more on every side, outwards to whole pixels.
  const low = (at, size, of) => Math.max(0, Math.trunc(((at - 1) * size) / of));
  const high = (at, size, of) => Math.min(size, Math.trunc(((at + 1) * size + of - 1) / of));
  const x = low(box.x, width, small.width);
  const y = low(box.y, height, small.height);
  const field = {
    x,
    y,
    width: high(box.right, width, small.width) - x,
    height: high(box.bottom, height, small.height) - y,
  };
  const share = (field.width * field.height) / (width * height);
  return share < worthCutting ? field : whole;
}
