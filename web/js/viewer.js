// The picture on the page: drawn, zoomed, moved, and painted on.

import { drawFinding } from './drawing.js';

const mostZoom = 32; // screen pixels a picture's pixel

export class Viewer {
  /**
   * canvas fills its parent. onPaint(stage, [x, y]) with stage begin, move, end, cancel is called
   * while painting, in the picture's pixels.
   */
  constructor(canvas, onPaint) {
    this.canvas = canvas;
    this.context = canvas.getContext('2d');
    this.onPaint = onPaint;
    this.picture = null; // what is drawn: an ImageBitmap
    this.finding = null; // {tint, path}
    this.opacity = 0.25;
    this.bare = false; // the picture alone
    this.brush = null; // its radius in the picture's pixels, while painting is on
    this.pointers = new Map();
    this.hover = null;
    this.fitted = true;
    this.listen();
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
  }

  /** Another picture of the same size keeps the view. */
  show(picture, finding) {
    const same =
      this.picture !== null &&
      picture !== null &&
      picture.width === this.picture.width &&
      picture.height === this.picture.height;
    this.picture = picture;
    this.finding = finding;
    if (same) this.draw();
    else this.fit();
  }

  resize() {
    const { width, height } = this.canvas.parentElement.getBoundingClientRect();
    const ratio = devicePixelRatio;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.max(1, Math.round(height * ratio));
    // At once: the canvas is empty since its size changed.
    if (this.fitted) this.fit();
    this.drawNow();
  }

  get fitScale() {
    const { width, height } = this.canvas;
    return Math.min(width / this.picture.width, height / this.picture.height);
  }

  fit() {
    this.fitted = true;
    if (this.picture !== null) {
      this.scale = this.fitScale;
      this.x = (this.canvas.width - this.scale * this.picture.width) / 2;
      this.y = (this.canvas.height - this.scale * this.picture.height) / 2;
    }
    this.draw();
  }

  /** Zooms by factor around a point of the canvas, its middle where there is none. */
  zoom(factor, [cx, cy] = [this.canvas.width / 2, this.canvas.height / 2]) {
    if (this.picture === null) return;
    const least = Math.min(1, this.fitScale);
    const scale = Math.min(mostZoom, Math.max(least, this.scale * factor));
    this.x = cx - ((cx - this.x) * scale) / this.scale;
    this.y = cy - ((cy - this.y) * scale) / this.scale;
    this.scale = scale;
    this.keepInSight();
  }

  move(dx, dy) {
    if (this.picture === null || this.fitted) return; // all of it is seen
    this.x += dx;
    this.y += dy;
    this.keepInSight();
  }

  keepInSight() {
    this.fitted = false;
    const hold = (at, size, room) =>
      size <= room ? (room - size) / 2 : Math.min(0, Math.max(room - size, at));
    this.x = hold(this.x, this.scale * this.picture.width, this.canvas.width);
    this.y = hold(this.y, this.scale * this.picture.height, this.canvas.height);
    this.draw();
  }

  draw() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.drawNow();
    });
  }

  drawNow() {
    const { context, canvas, picture } = this;
    // One finger scrolls the page past a picture that has nothing to be moved or painted.
    canvas.style.touchAction = this.fitted && this.brush === null ? 'pan-y' : 'none';
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (picture === null) return;
    context.setTransform(this.scale, 0, 0, this.scale, this.x, this.y);
    context.imageSmoothingEnabled = this.scale < 4;
    context.drawImage(picture, 0, 0);
    if (this.finding !== null && !this.bare) {
      drawFinding(context, this.finding, this.opacity, (2 * devicePixelRatio) / this.scale);
    }
    if (this.brush !== null && this.hover !== null) {
      const circle = new Path2D();
      circle.arc(...this.hover, this.brush, 0, 2 * Math.PI);
      for (const [style, width] of [['#000', 3], ['#fff', 1]]) {
        context.strokeStyle = style;
        context.lineWidth = (width * devicePixelRatio) / this.scale;
        context.stroke(circle);
      }
    }
  }

  /** A pointer's place on the canvas, in its own pixels. */
  placeOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.canvas.width) / box.width,
      ((event.clientY - box.top) * this.canvas.height) / box.height,
    ];
  }

  toPicture([x, y]) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener(
      'wheel',
      (event) => {
        if (this.picture === null) return;
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        this.zoom(2 ** ((-event.deltaY * lines) / (event.ctrlKey ? 50 : 250)), this.placeOf(event));
      },
      { passive: false },
    );
    // Two fingers are a pinch, however they move.
    canvas.addEventListener(
      'touchstart',
      (event) => event.cancelable && event.touches.length > 1 && event.preventDefault(),
      { passive: false },
    );
    canvas.addEventListener('pointerdown', (event) => this.press(event));
    canvas.addEventListener('pointermove', (event) => this.drag(event));
    canvas.addEventListener('pointerup', (event) => this.release(event, 'end'));
    canvas.addEventListener('pointercancel', (event) => this.release(event, 'cancel'));
    canvas.addEventListener('pointerleave', () => {
      this.hover = null;
      this.draw();
    });
    canvas.addEventListener('dblclick', () => this.brush === null && this.fit());
  }

  press(event) {
    if (this.picture === null || event.button > 1) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, this.placeOf(event));
    if (this.pointers.size === 1 && this.brush !== null && event.button === 0) {
      this.painting = true;
      this.onPaint('begin', this.toPicture(this.placeOf(event)));
    } else if (this.painting) {
      this.painting = false; // a second finger: it is a pinch
      this.onPaint('cancel');
    }
  }

  drag(event) {
    if (this.picture === null) return;
    const now = this.placeOf(event);
    this.hover = this.toPicture(now);
    const before = this.pointers.get(event.pointerId);
    if (before === undefined) {
      if (this.brush !== null) this.draw();
      return;
    }
    this.pointers.set(event.pointerId, now);
    if (this.painting) {
      for (const part of event.getCoalescedEvents?.() ?? []) {
        this.onPaint('move', this.toPicture(this.placeOf(part)));
      }
      this.onPaint('move', this.hover);
      this.draw();
    } else if (this.pointers.size === 1) {
      this.move(now[0] - before[0], now[1] - before[1]);
    } else if (this.pointers.size === 2) {
      const [other] = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, p]) => p);
      const apart = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
      this.move((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      if (apart(before) > 0) {
        this.zoom(apart(now) / apart(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
      }
    }
  }

  release(event, stage) {
    this.pointers.delete(event.pointerId);
    if (this.painting) {
      this.painting = false;
      this.onPaint(stage);
    }
  }
}
