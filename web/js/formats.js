// What was found, as the files that other programs read. picture: {name, width, height, polyps,
// mask, milliseconds}; polyps as the worker gives them.

import { labelRuns } from './segment/regions.js';

const stem = (name) => name.replace(/\.[^.]*$/, '');

/** A line of predictions.jsonl, see docs/reference/schemas/prediction-line.schema.json. */
export function predictionJson({ name, width, height, polyps, milliseconds }) {
  return { image: name, width, height, polyps, milliseconds };
}

/** The lengths of background and foreground in turn, column by column, as COCO has them. */
function runLengths(runs, height) {
  const pixels = [];
  for (const { y, from, to } of runs) {
    for (let x = from; x < to; ++x) pixels.push(x * height + y);
  }
  pixels.sort((a, b) => a - b);
  const counts = [];
  let at = 0; // what is said so far
  for (let i = 0; i < pixels.length; ) {
    const begin = pixels[i];
    let end = begin;
    while (i < pixels.length && pixels[i] === end) {
      ++i;
      ++end;
    }
    counts.push(begin - at, end - begin);
    at = end;
  }
  return { counts, at };
}

/** The pictures' names, of which those whose stem is there twice get a number. */
function ownNames(pictures) {
  const taken = new Set();
  return pictures.map(({ name }) => {
    let own = stem(name);
    for (let n = 2; taken.has(own.toLowerCase()); ++n) own = `${stem(name)}-${n}`;
    taken.add(own.toLowerCase());
    return own + name.slice(stem(name).length);
  });
}

export function coco(pictures) {
  const names = ownNames(pictures);
  const annotations = [];
  pictures.forEach(({ width, height, mask }, index) => {
    for (const { runs, area, box } of labelRuns(mask, width, height)) {
      const { counts, at } = runLengths(runs, height);
      if (at < width * height) counts.push(width * height - at);
      annotations.push({
        id: annotations.length + 1,
        image_id: index + 1,
        category_id: 1,
        segmentation: { size: [height, width], counts },
        area,
        bbox: [box.x, box.y, box.width, box.height],
        iscrowd: 0,
      });
    }
  });
  return {
    images: pictures.map(({ width, height }, index) => ({
      id: index + 1,
      file_name: names[index],
      width,
      height,
    })),
    annotations,
    categories: [{ id: 1, name: 'polyp' }],
  };
}

/** LabelMe knows outlines of three points and more, and no holes. */
export function labelMe({ name, width, height, polyps }) {
  return {
    version: '5.0.1',
    flags: {},
    shapes: polyps.map(({ polygon }) => ({
      label: 'polyp',
      points: polygon.length < 3 ? [...polygon, ...polygon, ...polygon].slice(0, 3) : polygon,
      group_id: null,
      shape_type: 'polygon',
      flags: {},
    })),
    imagePath: name,
    imageData: null,
    imageHeight: height,
    imageWidth: width,
  };
}

/**
 * The files of a data set that `bcnet train` takes: images/ and masks/ with the same names, the
 * images' as in COCO. pictures also have file (a Blob) and maskPng.
 */
export function dataSet(pictures) {
  const names = ownNames(pictures);
  return pictures.flatMap(({ file, maskPng }, index) => [
    { name: `images/${names[index]}`, blob: file },
    { name: `masks/${stem(names[index])}.png`, blob: maskPng },
  ]);
}

export { stem };
