// Flat pictures that a display draws over an endoscope's frame: src/image/drawn_over.cpp, step by
// step.

import { labelRuns } from './regions.js';

const beyondRed = 30; // green or blue exceeds red by more; mucosa is red
const flatStep = 6; // from a pixel to the next, at most
const sameColour = 12; // from the picture's own colour, at most
const sameShare = 0.7; // of the picture's box, at least
const leastArea = 0.008; // share of the frame
const mostArea = 0.15;
const blownOut = 250; // a highlight

function flatAndForeign({ width, height, data }) {
  const within = (a, b) =>
    [0, 1, 2].every((channel) => Math.abs(data[a + channel] - data[b + channel]) <= flatStep);
  const found = new Uint8Array(width * height);
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const at = 3 * (y * width + x);
      const right = x + 1 < width ? at + 3 : at;
      const below = y + 1 < height ? at + 3 * width : at;
      const foreign = data[at] + beyondRed < Math.max(data[at + 1], data[at + 2]);
      if (foreign && within(at, right) && within(at, below)) found[y * width + x] = 255;
    }
  }
  return found;
}

/** The median of each channel over a piece's pixels. */
function colourOf({ width, data }, { runs }) {
  return [0, 1, 2].map((channel) => {
    const values = [];
    for (const { y, from, to } of runs) {
      for (let x = from; x < to; ++x) values.push(data[3 * (y * width + x) + channel]);
    }
    return values.sort((a, b) => a - b)[Math.trunc(values.length / 2)];
  });
}

/**
 * small: {width, height, data: RGB}, a small copy of the frame → a mask of what is drawn over it
 * (bytes, 255 or 0), widened by a pixel on every side.
 */
export function drawnOver(small) {
  const { width, height, data } = small;
  const drawn = new Uint8Array(width * height);
  for (const piece of labelRuns(flatAndForeign(small), width, height)) {
    const share = piece.area / (width * height);
    if (share < leastArea || share > mostArea) continue;
    const colour = colourOf(small, piece);
    const { x: left, y: top, width: w, height: h } = piece.box;
    let same = 0;
    for (let y = top; y < top + h; ++y) {
      for (let x = left; x < left + w; ++x) {
        const at = 3 * (y * width + x);
        const near = colour.every((value, i) => Math.abs(data[at + i] - value) <= sameColour);
        same += near ? 1 : 0;
      }
    }
    if (Math.max(colour[1], colour[2]) >= blownOut || same < sameShare * w * h) continue;
    for (let y = Math.max(0, top - 1); y < Math.min(height, top + h + 1); ++y) {
      drawn.fill(255, y * width + Math.max(0, left - 1), y * width + Math.min(width, left + w + 1));
    }
  }
  return drawn;
}
