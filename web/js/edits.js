// What a reader of images changed by hand: a layer over the outline that was found, so that the
// threshold may still move below it. Of each pixel 0 as found, 1 polyp, 2 background.

export class Edits {
  constructor(width, height) {
    Object.assign(this, { width, height, layer: new Uint8Array(width * height) });
    this.done = []; // strokes, each the part of the layer that it changed, as it was before
    this.undone = [];
    this.stroke = null;
  }

  get any() {
    return this.done.length > 0;
  }

  begin() {
    this.stroke = { before: this.layer.slice(), left: Infinity, top: Infinity, right: 0, bottom: 0 };
  }

  /** Sets the pixels within radius of the line from a to b ([x, y]) to value. */
  draw(a, b, radius, value) {
    const { width, height, stroke } = this;
    const left = Math.max(0, Math.floor(Math.min(a[0], b[0]) - radius));
    const top = Math.max(0, Math.floor(Math.min(a[1], b[1]) - radius));
    const right = Math.min(width, Math.ceil(Math.max(a[0], b[0]) + radius) + 1);
    const bottom = Math.min(height, Math.ceil(Math.max(a[1], b[1]) + radius) + 1);
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length = dx * dx + dy * dy;
    for (let y = top; y < bottom; ++y) {
      for (let x = left; x < right; ++x) {
        const along = length && ((x + 0.5 - a[0]) * dx + (y + 0.5 - a[1]) * dy) / length;
        const t = Math.min(1, Math.max(0, along));
        const [ox, oy] = [x + 0.5 - a[0] - t * dx, y + 0.5 - a[1] - t * dy];
        if (ox * ox + oy * oy <= radius * radius) this.layer[y * width + x] = value;
      }
    }
    stroke.left = Math.min(stroke.left, left);
    stroke.top = Math.min(stroke.top, top);
    stroke.right = Math.max(stroke.right, right);
    stroke.bottom = Math.max(stroke.bottom, bottom);
  }

  end() {
    const { before, left, top, right, bottom } = this.stroke;
    this.stroke = null;
    if (left >= right || top >= bottom) return;
    const rows = [];
    for (let y = top; y < bottom; ++y) {
      rows.push(before.slice(y * this.width + left, y * this.width + right));
    }
    this.done.push({ left, top, rows });
    this.undone = [];
  }

  /** Exchanges the part that a stroke holds with the layer's. */
  swap({ left, top, rows }) {
    rows.forEach((row, i) => {
      const at = (top + i) * this.width + left;
      rows[i] = this.layer.slice(at, at + row.length);
      this.layer.set(row, at);
    });
  }

  move(from, to) {
    const stroke = from.pop();
    if (stroke === undefined) return false;
    this.swap(stroke);
    to.push(stroke);
    return true;
  }

  undo() {
    return this.move(this.done, this.undone);
  }

  redo() {
    return this.move(this.undone, this.done);
  }
}
