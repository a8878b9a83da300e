// Masks and outlines drawn over a picture; the colour is that of `bcnet predict`'s overlays.

export const colour = [0, 255, 96]; // far from anything in a bowel

/** A canvas of the mask's size, tinted where it is set. */
export function tintOf(mask, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d');
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const [r, g, b] = colour;
  const value = (255 << 24) | (b << 16) | (g << 8) | r;
  for (let i = 0; i < pixels.length; ++i) if (mask[i] !== 0) pixels[i] = value;
  context.putImageData(image, 0, 0);
  return canvas;
}

/** The outlines, through the middles of pixels. */
export function outlinePath(polyps) {
  const path = new Path2D();
  for (const { polygon } of polyps) {
    polygon.forEach(([x, y], i) => path[i === 0 ? 'moveTo' : 'lineTo'](x + 0.5, y + 0.5));
    path.closePath();
  }
  return path;
}

/** Draws in the picture's own pixels; line: the outline's thickness in them. */
export function drawFinding(context, { tint, path }, opacity, line) {
  context.globalAlpha = opacity;
  context.drawImage(tint, 0, 0);
  context.globalAlpha = 1;
  context.lineJoin = 'round';
  context.lineWidth = line;
  context.strokeStyle = `rgb(${colour.join(' ')})`;
  context.stroke(path);
}

/** The picture with its polyps, in its own size. */
export async function overlayPng(bitmap, finding, opacity) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context.drawImage(bitmap, 0, 0);
  const line = Math.max(1, Math.floor(Math.min(bitmap.width, bitmap.height) / 176));
  drawFinding(context, finding, opacity, line);
  return canvas.convertToBlob({ type: 'image/png' });
}
