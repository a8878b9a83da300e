// Connected pieces of a mask with outline, box, area and confidence: src/image/regions.cpp.

/**
 * The 8-connected pieces of a mask (bytes, foreground not 0), in the order of their uppermost
 * pixels: {runs: [{y, from, to}] from top to bottom, area, box}.
 */
export function labelRuns(mask, width, height) {
  const runs = [];
  const parent = [];
  const find = (i) => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]];
    return i;
  };
  let above = 0; // the first run of the row above
  for (let y = 0; y < height; ++y) {
    const begin = runs.length;
    const end = (y + 1) * width;
    let candidate = above;
    for (let at = y * width; at < end; ++at) {
      if (mask[at] === 0) continue;
      const start = at;
      while (at < end && mask[at] !== 0) ++at;
      const run = { y, from: start - y * width, to: at - y * width };
      const index = runs.push(run) - 1;
      parent.push(index);
      // Corners touch too: a run above may end where this one begins.
      while (candidate < begin && runs[candidate].to < run.from) ++candidate;
      for (let k = candidate; k < begin && runs[k].from <= run.to; ++k) {
        const [a, b] = [find(k), find(index)];
        parent[Math.max(a, b)] = Math.min(a, b);
      }
    }
    above = begin;
  }
  const pieces = new Map();
  runs.forEach((run, i) => {
    const root = find(i);
    let piece = pieces.get(root);
    if (piece === undefined) {
      piece = { runs: [], area: 0, left: run.from, right: run.to };
      pieces.set(root, piece);
    }
    piece.runs.push(run);
    piece.area += run.to - run.from;
    piece.left = Math.min(piece.left, run.from);
    piece.right = Math.max(piece.right, run.to);
  });
  return [...pieces.values()].map(({ runs: own, area, left, right }) => ({
    runs: own,
    area,
    box: {
      x: left,
      y: own[0].y,
      width: right - left,
      height: own[own.length - 1].y + 1 - own[0].y,
    },
  }));
}

const directions = [
  [1, 0],
  [1, -1],
  [0, -1],
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, 1],
  [1, 1],
];

/**
 * The outer outline from a piece's uppermost, there leftmost pixel: Suzuki's border following as
 * OpenCV's findContours does it with CHAIN_APPROX_SIMPLE, corner by corner the same.
 */
export function traceOutline(mask, width, height, start) {
  const filled = (x, y) => x >= 0 && y >= 0 && x < width && y < height && mask[y * width + x] !== 0;
  const step = ([x, y], s) => [x + directions[s][0], y + directions[s][1]];
  let s = 4;
  let last;
  do {
    s = (s + 7) & 7;
    last = step(start, s);
  } while (!filled(...last) && s !== 4);
  if (s === 4) return [[...start]];
  const corners = [];
  let before = s ^ 4;
  let at = start;
  for (;;) {
    let next;
    do {
      s = (s + 1) & 7;
      next = step(at, s);
    } while (!filled(...next));
    if (s !== before) {
      corners.push([...at]);
      before = s;
    }
    const closed = next[0] === start[0] && next[1] === start[1] && at[0] === last[0] && at[1] === last[1];
    if (closed) return corners;
    at = next;
    s = (s + 4) & 7;
  }
}

function likelihood(mean, [slope, intercept]) {
  if (slope === 1 && intercept === 0) return mean;
  const least = 1e-6; // no logit is infinite
  const inside = Math.min(Math.max(mean, least), 1 - least);
  return 1 / (1 + Math.exp(-(slope * Math.log(inside / (1 - inside)) + intercept)));
}

/**
 * The pieces of a mask, the largest first, equal ones from the top, as `bcnet predict` writes
 * them: {polygon, box, area_percent, confidence}. Those below leastConfidence are cleared from
 * the mask. map: LogitMap or ByteMap. calibration: [slope, intercept] of how likely a region is a
 * polyp, src/core/region_calibration.h.
 */
export function findPolyps(mask, map, leastConfidence, calibration) {
  const { width, height } = map;
  const polyps = [];
  for (const { runs, area, box } of labelRuns(mask, width, height)) {
    const confidence = likelihood(map.sum(runs) / area, calibration);
    if (confidence < leastConfidence) {
      for (const { y, from, to } of runs) mask.fill(0, y * width + from, y * width + to);
      continue;
    }
    polyps.push({
      polygon: traceOutline(mask, width, height, [runs[0].from, runs[0].y]),
      box: [box.x, box.y, box.width, box.height],
      area_percent: (100 * area) / (width * height),
      confidence,
    });
  }
  return polyps.sort(
    (a, b) =>
      b.area_percent - a.area_percent ||
      a.polygon[0][1] - b.polygon[0][1] ||
      a.polygon[0][0] - b.polygon[0][0],
  );
}
