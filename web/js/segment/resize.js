// Resizing as src/image/geometry.cpp has it: by pixel area where a picture shrinks in both
// directions, bilinearly otherwise. A network must see in use what it saw in training.

/** The source pixels that one new pixel covers, and how much of the new one each makes up. */
function spans(from, to) {
  const scale = from / to;
  const result = [];
  for (let i = 0; i < to; ++i) {
    const begin = i * scale;
    const end = Math.min(from, (i + 1) * scale);
    const first = Math.trunc(begin);
    const weights = [];
    for (let k = first; k < end; ++k) {
      const part = Math.min(end, k + 1) - Math.max(begin, k);
      const dust = 1e-9; // of rounding, not of a pixel
      if (part > dust || weights.length === 0) weights.push(Math.fround(part / scale));
    }
    result.push({ first, weights });
  }
  return result;
}

function shrink(image, part, width, height, out) {
  const columns = spans(part.width, width);
  const rows = spans(part.height, height);
  const sum = new Float32Array(part.width * 3);
  let at = 0;
  for (const { first, weights } of rows) {
    sum.fill(0);
    weights.forEach((weight, k) => {
      let from = 4 * ((part.y + first + k) * image.width + part.x);
      for (let i = 0; i < sum.length; i += 3, from += 4) {
        sum[i] += weight * image.data[from];
        sum[i + 1] += weight * image.data[from + 1];
        sum[i + 2] += weight * image.data[from + 2];
      }
    });
    for (const column of columns) {
      let r = 0;
      let g = 0;
      let b = 0;
      let pixel = 3 * column.first;
      for (const weight of column.weights) {
        r += weight * sum[pixel];
        g += weight * sum[pixel + 1];
        b += weight * sum[pixel + 2];
        pixel += 3;
      }
      out[at++] = r;
      out[at++] = g;
      out[at++] = b;
    }
  }
}

/** Of each new pixel the two source pixels and the second's weight in 1/2048, as OpenCV has it. */
function neighbours(from, to) {
  const result = [];
  for (let i = 0; i < to; ++i) {
    const at = Math.fround(((i + 0.5) * from) / to - 0.5);
    let first = Math.floor(at);
    let weight = Math.fround(at - first);
    if (first < 0) [first, weight] = [0, 0];
    if (first >= from - 1) [first, weight] = [from - 1, 0];
    const second = Math.round(2048 * weight);
    result.push({ first, next: Math.min(first + 1, from - 1), weights: [2048 - second, second] });
  }
  return result;
}

function interpolate(image, part, width, height, out) {
  const columns = neighbours(part.width, width);
  const rows = neighbours(part.height, height);
  const pixel = (y, x, c) => image.data[4 * ((part.y + y) * image.width + part.x + x) + c];
  let at = 0;
  for (const row of rows) {
    for (const column of columns) {
      for (let c = 0; c < 3; ++c) {
        const along = (y) =>
          column.weights[0] * pixel(y, column.first, c) +
          column.weights[1] * pixel(y, column.next, c);
        const above = (row.weights[0] * (along(row.first) >> 4)) >> 16;
        const below = (row.weights[1] * (along(row.next) >> 4)) >> 16;
        out[at++] = (above + below + 2) >> 2;
      }
    }
  }
}

/**
 * A part of image ({width, height, data: RGBA}) at width x height pixels: RGB bytes, row by row.
 * Writing floats into a clamped array rounds halves to even, as OpenCV's saturate_cast does.
 */
export function resizePart(image, part, width, height) {
  const out = new Uint8ClampedArray(3 * width * height);
  const shrinks = width <= part.width && height <= part.height;
  (shrinks ? shrink : interpolate)(image, part, width, height, out);
  return out;
}
