// The probability of each pixel of a picture, row by row, from the two sources that there are:
// the network's logits here in the browser, or the 8-bit map that a server answers with.

function place(i, from, to) {
  const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
  const first = Math.floor(at);
  return { first, second: Math.min(first + 1, from - 1), weight: Math.fround(at - first) };
}

/**
 * The network's logits brought to the size of the field of view: bilinear with half-pixel
 * centres, as src/infer/upsampled_logits.cpp. Outside the field the probability is 0.
 */
export class LogitMap {
  /** network: {width, height, logits}, field: {x, y, width, height} within width x height. */
  constructor(network, field, width, height, temperature) {
    Object.assign(this, { network, field, width, height, temperature });
    this.columns = [];
    for (let x = 0; x < field.width; ++x) {
      this.columns.push(place(x, network.width, field.width));
    }
    this.widened = new Map();
  }

  /** One source row at the field's width; the last two are kept. */
  widen(source) {
    let row = this.widened.get(source);
    if (row === undefined) {
      row = new Float32Array(this.field.width);
      const { logits, width } = this.network;
      this.columns.forEach(({ first, second, weight }, x) => {
        const left = logits[source * width + first];
        row[x] = left + weight * (logits[source * width + second] - left);
      });
      if (this.widened.size > 1) this.widened.delete(this.widened.keys().next().value);
      this.widened.set(source, row);
    }
    return row;
  }

  /** The logits of a row of the picture within the field, into out; false where it has none. */
  logitsOf(y, out) {
    const line = y - this.field.y;
    if (line < 0 || line >= this.field.height) return false;
    const { first, second, weight } = place(line, this.network.height, this.field.height);
    const above = this.widen(first);
    const below = this.widen(second);
    for (let x = 0; x < out.length; ++x) out[x] = above[x] + weight * (below[x] - above[x]);
    return true;
  }

  /** Writes 255 into mask where the probability is at least threshold, else 0. */
  threshold(threshold, mask) {
    mask.fill(0);
    const level = Math.fround(this.temperature * Math.log(threshold / (1 - threshold)));
    const row = new Float32Array(this.field.width);
    for (let y = this.field.y; y < this.field.y + this.field.height; ++y) {
      this.logitsOf(y, row);
      const at = y * this.width + this.field.x;
      for (let x = 0; x < row.length; ++x) if (row[x] >= level) mask[at + x] = 255;
    }
  }

  /** The sum of the probabilities of runs {y, from, to}, which come from top to bottom. */
  sum(runs) {
    const row = new Float32Array(this.field.width);
    let total = 0;
    let at = -1;
    let inside = false;
    for (const { y, from, to } of runs) {
      if (y !== at) {
        inside = this.logitsOf(y, row);
        at = y;
      }
      if (!inside) continue;
      const begin = Math.max(0, from - this.field.x);
      const end = Math.min(row.length, to - this.field.x);
      for (let x = begin; x < end; ++x) total += 1 / (1 + Math.exp(-row[x] / this.temperature));
    }
    return total;
  }
}

/** A map of bytes, 255 for a probability of 1. */
export class ByteMap {
  constructor(bytes, width, height) {
    Object.assign(this, { bytes, width, height });
  }

  threshold(threshold, mask) {
    const level = 255 * threshold;
    for (let i = 0; i < mask.length; ++i) mask[i] = this.bytes[i] >= level ? 255 : 0;
  }

  sum(runs) {
    let total = 0;
    for (const { y, from, to } of runs) {
      for (let i = y * this.width + from; i < y * this.width + to; ++i) total += this.bytes[i];
    }
    return total / 255;
  }
}
