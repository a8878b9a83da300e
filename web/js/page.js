// The page: pictures come in, are outlined, looked at, corrected, saved.

import { grayPng, zip } from './bytes.js';
import { Camera } from './camera.js';
import { colour, outlinePath, overlayPng, tintOf } from './drawing.js';
import { Edits } from './edits.js';
import { coco, dataSet, labelMe, predictionJson, stem } from './formats.js';
import { keepToken, LockedError, Segmenter, serverState } from './segmenter.js';
import { say, translate } from './strings.js';
import { Viewer } from './viewer.js';

const mostMegapixels = 100; // as `bcnet predict`
const liveId = 'live';

const byId = (id) => document.getElementById(id);
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
const isPressed = (button) => button.getAttribute('aria-pressed') === 'true';
const press = (button, on) => button.setAttribute('aria-pressed', String(on));

translate(document);
const site = await (await fetch('site.json')).json();

let pictures = []; // {id, name, file, state, item, edits, milliseconds, outlined}
let current = null; // the one that is shown
let bitmap = null; // its pixels
let finding = null; // {mask, polyps, width, height, tint, path} that is shown
let nextId = 0;
let working = false;
let wanted = null; // what is shown as soon as it is outlined

const viewer = new Viewer(byId('picture'), paint);
const segmenter = new Segmenter(site, showProgress);
const camera = new Camera(byId('video'), showFrame, (rate, milliseconds) => {
  byId('figures').textContent = say.rate(rate.toFixed(rate < 10 ? 1 : 0), Math.round(milliseconds));
});

// --- Loading the model ---------------------------------------------------------------------

function showProgress({ done, total }) {
  byId('loading-text').textContent = done < total ? say.loading(megabytes(total)) : say.preparing;
  byId('progress').value = done / total;
}

async function loadModel() {
  byId('loading').hidden = false;
  byId('loading-text').textContent = say.preparing;
  try {
    const { threads } = await segmenter.open();
    document.documentElement.dataset.threads = threads;
  } catch (error) {
    complain(say.noModel(error.message));
  }
  byId('loading').hidden = true;
}

// --- Messages --------------------------------------------------------------------------------

function complain(text) {
  byId('problem').textContent = text;
}

function addComplaint(text) {
  const before = byId('problem').textContent;
  complain(before ? `${before}\n${text}` : text);
}

// --- Pictures come in --------------------------------------------------------------------------

/** An upright picture with the bytes that its file holds. */
function decode(file) {
  return createImageBitmap(file, { imageOrientation: 'from-image', colorSpaceConversion: 'none' });
}

function add(files) {
  if (files.length === 0) return;
  stopCamera();
  complain('');
  const added = [...files].map((file) => ({
    id: ++nextId,
    name: file.name || `picture-${nextId}.png`,
    file,
    state: 'waiting',
    edits: null,
  }));
  for (const picture of added) {
    pictures.push(picture);
    list(picture);
  }
  wanted = added[0];
  void work();
}

/** Outlines what waits, one after the other. */
async function work() {
  if (working) return;
  working = true;
  for (;;) {
    const picture = pictures.find(({ state }) => state === 'waiting');
    if (picture === undefined) break;
    byId('status').textContent = say.working(picture.name);
    picture.state = 'working';
    let pixels = null;
    try {
      pixels = await decode(picture.file).catch(() => {
        throw new Error(say.unreadable(picture.name));
      });
      const size = (pixels.width * pixels.height) / 1e6;
      if (size > mostMegapixels) throw new Error(say.tooLarge(picture.name, Math.round(size)));
      thumbnail(picture, pixels);
      try {
        picture.milliseconds = await segmenter.segment(picture.id, pixels, picture.file);
        followThreshold(picture.id);
        picture.outlined = await segmenter.outline(picture.id, threshold(), picture.edits?.layer);
      } catch (error) {
        throw new Error(say.failure(picture.name, why(error)));
      }
      picture.state = 'done';
    } catch (error) {
      picture.state = 'failed';
      addComplaint(error.message);
    }
    relabel(picture);
    if (!pictures.includes(picture)) {
      void segmenter.forget(picture.id); // removed meanwhile
    } else if (picture.state === 'done' && (current === null || picture === wanted || picture === current)) {
      if (picture === wanted) wanted = null;
      const shown = pixels;
      pixels = null; // the view's from here on
      await show(picture, shown).catch((error) => addComplaint(say.failure(picture.name, why(error))));
    } else if (picture.state === 'failed' && picture === wanted) {
      wanted = pictures.find(({ state }) => state === 'waiting') ?? null;
    }
    pixels?.close();
  }
  working = false;
  describe();
}

// --- The list ------------------------------------------------------------------------------------

function list(picture) {
  const item = document.createElement('li');
  const open = document.createElement('button');
  open.className = 'open';
  open.append(document.createElement('canvas'));
  for (const name of ['name', 'facts']) {
    const line = document.createElement('span');
    line.className = name;
    open.append(line);
  }
  open.addEventListener('click', () => void choose(picture));
  const remove = document.createElement('button');
  remove.className = 'remove';
  remove.textContent = '×';
  remove.setAttribute('aria-label', say.remove(picture.name));
  remove.addEventListener('click', () => void discard(picture));
  item.append(open, remove);
  picture.item = item;
  relabel(picture);
  byId('pictures').append(item);
}

function relabel(picture) {
  const { item, name, state, outlined } = picture;
  item.querySelector('.name').textContent = name;
  item.querySelector('.facts').textContent =
    state === 'done' ? say.listed(outlined.polyps.length) : state === 'failed' ? say.failed : say.waiting;
  item.querySelector('.open').setAttribute('aria-current', String(picture === current));
}

function thumbnail({ item }, pixels) {
  const canvas = item.querySelector('canvas');
  const scale = Math.min(1, 224 / Math.max(pixels.width, pixels.height));
  canvas.width = Math.max(1, pixels.width * scale);
  canvas.height = Math.max(1, pixels.height * scale);
  canvas.getContext('2d').drawImage(pixels, 0, 0, canvas.width, canvas.height);
}

let chosen = 0; // how often one was: the newest choice wins, whichever is decoded first

async function choose(picture) {
  stopCamera();
  if (picture.state !== 'done') return;
  const choice = ++chosen;
  const pixels = await decode(picture.file);
  if (choice === chosen && pictures.includes(picture)) await show(picture, pixels);
  else pixels.close();
}

async function discard(picture) {
  picture.item.remove();
  const at = pictures.indexOf(picture);
  pictures = pictures.filter((other) => other !== picture);
  if (picture.state === 'done') void segmenter.forget(picture.id);
  if (picture !== current) return;
  const next = [...pictures.slice(at), ...pictures.slice(0, at).reverse()].find(
    ({ state }) => state === 'done',
  );
  if (next) await choose(next);
  else clear();
  (next?.item.querySelector('.open') ?? byId('choose')).focus();
}

function step(by) {
  const ready = pictures.filter(({ state }) => state === 'done');
  if (ready.length > 0) {
    void choose(ready[(ready.indexOf(current) + by + ready.length) % ready.length]);
  }
}

function clear() {
  setPixels(null);
  current = null;
  finding = null;
  viewer.show(null, null);
  describe();
}

function setPixels(pixels) {
  if (bitmap !== pixels) bitmap?.close();
  bitmap = pixels;
}

/** Shows a picture that is done; pixels become the page's. */
async function show(picture, pixels) {
  const before = current;
  current = picture;
  setPixels(pixels);
  if (before && pictures.includes(before)) relabel(before);
  relabel(picture);
  viewer.show(pixels, null);
  await outline();
}

// --- The outline -----------------------------------------------------------------------------------

const threshold = () => Number(byId('threshold').value);
let thresholdChosen = false; // by hand: it stays

function setThreshold(value) {
  byId('threshold').value = value;
  byId('threshold-value').value = threshold().toFixed(2);
}

/** The model's own threshold, which on a server may be another one. */
function followThreshold(id) {
  if (!thresholdChosen) setThreshold(segmenter.descriptionOf(id).threshold);
}

let outlining = null; // the call that is under way
let outlineAgain = false;

/** Outlines the shown picture as threshold and corrections are now; the newest wish wins. */
function outline() {
  if (current === null || camera.running) return Promise.resolve();
  outlineAgain = true;
  byId('picture').setAttribute('aria-busy', 'true');
  outlining ??= (async () => {
    while (outlineAgain && current !== null) {
      outlineAgain = false;
      const picture = current;
      const edits = picture.edits?.any ? picture.edits.layer : null;
      const found = await segmenter.outline(picture.id, threshold(), edits);
      if (picture !== current || camera.running) continue;
      picture.outlined = found;
      setFinding(found);
      viewer.show(bitmap, finding);
      relabel(picture);
      describe();
    }
  })().finally(() => {
    outlining = null;
    byId('picture').setAttribute('aria-busy', 'false');
  });
  return outlining;
}

function setFinding(found) {
  finding = {
    ...found,
    tint: tintOf(found.mask, found.width, found.height),
    path: outlinePath(found.polyps),
  };
}

/** Table, status and which buttons can be used, from what is shown. */
function describe() {
  const live = camera.running;
  const polyps = finding?.polyps ?? [];
  const there = finding !== null;
  byId('empty').hidden = there || live;
  byId('polyps').hidden = polyps.length === 0;
  byId('polyps').tBodies[0].replaceChildren(...polyps.map(row));
  const area = polyps.reduce((sum, polyp) => sum + polyp.area_percent, 0).toFixed(1);
  const canvas = byId('picture');
  if (there && !live) {
    const { name, edits, milliseconds } = current;
    canvas.setAttribute('aria-label', say.picture(name, polyps.length));
    if (!working) {
      byId('status').textContent = edits?.any
        ? say.corrected(polyps.length, area)
        : say.found(polyps.length, area, Math.round(milliseconds));
    }
  } else {
    canvas.setAttribute('aria-label', live ? say.live : say.noPicture);
    if (!working) byId('status').textContent = '';
  }
  const still = there && !live;
  for (const id of ['save-mask', 'save-overlay', 'save-json', 'save-coco', 'save-labelme', 'save-all', 'brush', 'eraser']) {
    byId(id).disabled = !still;
  }
  for (const id of ['zoom-in', 'zoom-out', 'fit', 'before']) byId(id).disabled = !there;
  byId('undo').disabled = !still || !current.edits?.done.length;
  byId('redo').disabled = !still || !current.edits?.undone.length;
}

function row({ box: [x, y, width, height], area_percent, confidence }, index) {
  const line = document.createElement('tr');
  const cells = [
    index + 1,
    `${area_percent.toFixed(2)}%`,
    `${x}, ${y}, ${width}×${height}`,
    `${Math.round(100 * confidence)}%`,
  ];
  cells.forEach((text) => {
    line.insertCell().textContent = text;
  });
  return line;
}

// --- Corrections -------------------------------------------------------------------------------------

const tools = { brush: byId('brush'), eraser: byId('eraser') };
const tool = () => Object.keys(tools).find((name) => isPressed(tools[name])) ?? null;

/** Takes a tool, or lays it down where it is in the hand already. */
function take(name) {
  const taken = tool() === name ? null : name;
  for (const [other, button] of Object.entries(tools)) press(button, other === taken);
  sizeBrush();
}

function sizeBrush() {
  const size = Number(byId('size').value);
  byId('size-value').value = size;
  viewer.brush = tool() === null ? null : size;
  byId('picture').classList.toggle('painting', tool() !== null);
  viewer.draw();
}

let brushAt = null;

function paint(stage, at) {
  if (current === null || finding === null || camera.running) return;
  const edits = (current.edits ??= new Edits(finding.width, finding.height));
  if (stage === 'begin') {
    edits.begin();
    brushAt = at;
  }
  if (edits.stroke === null) return;
  if (stage === 'begin' || stage === 'move') {
    const value = tool() === 'eraser' ? 2 : 1;
    edits.draw(brushAt, at, viewer.brush, value);
    brushTint(brushAt, at, value);
    brushAt = at;
    return;
  }
  edits.end();
  if (stage === 'cancel' && edits.undo()) edits.undone.pop();
  void outline();
}

/** What the brush does, at once; the outline follows when it is lifted. */
function brushTint(from, to, value) {
  const context = finding.tint.getContext('2d');
  context.globalCompositeOperation = value === 2 ? 'destination-out' : 'source-over';
  context.strokeStyle = `rgb(${colour.join(' ')})`;
  context.lineWidth = 2 * viewer.brush;
  context.lineCap = 'round';
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
  viewer.draw();
}

function takeBack(name) {
  if (!camera.running && current?.edits?.[name]()) void outline();
}

// --- The camera ----------------------------------------------------------------------------------------

async function startCamera(deviceId) {
  complain('');
  if (!navigator.mediaDevices?.getUserMedia) {
    complain(say.insecure);
    return;
  }
  try {
    await camera.start(deviceId, stopCamera);
  } catch (error) {
    const known = { NotFoundError: say.noCamera, NotAllowedError: say.refused };
    complain(known[error.name] ?? say.cameraFailed(error.message));
    stopCamera();
    return;
  }
  if (tool() !== null) take(tool());
  setPixels(null);
  finding = null;
  viewer.show(null, null);
  showCamera(true);
  await listCameras();
  camera.run().catch((error) => {
    complain(error instanceof LockedError ? why(error) : say.cameraFailed(error.message));
    stopCamera();
  });
}

function showCamera(on) {
  press(byId('live'), on);
  byId('live').textContent = on ? say.stop : say.live;
  byId('keep').hidden = !on;
  byId('figures').hidden = !on;
  byId('figures').textContent = '';
  if (!on) byId('cameras').hidden = true;
  describe();
}

async function listCameras() {
  const cameras = await Camera.list();
  const select = byId('cameras');
  const used = camera.stream?.getVideoTracks()[0].getSettings().deviceId;
  select.hidden = cameras.length < 2;
  select.replaceChildren(
    ...cameras.map(({ deviceId, label }, i) => new Option(label || i + 1, deviceId, false, deviceId === used)),
  );
}

async function showFrame(frame) {
  await segmenter.segment(liveId, frame, null);
  followThreshold(liveId);
  const found = await segmenter.outline(liveId, threshold(), null);
  if (!camera.running) {
    frame.close();
    return;
  }
  setFinding(found);
  viewer.show(frame, finding);
  setPixels(frame);
  describe();
}

/** Goes back to the pictures. */
function stopCamera() {
  if (!isPressed(byId('live'))) return;
  camera.stop();
  setPixels(null);
  finding = null;
  viewer.show(null, null);
  showCamera(false);
  if (current !== null) void choose(current);
}

async function keepFrame() {
  if (bitmap === null) return;
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  canvas.getContext('2d').drawImage(bitmap, 0, 0);
  const time = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
  const blob = await canvas.convertToBlob({ type: 'image/png' });
  add([new File([blob], `frame-${time}.png`, { type: 'image/png' })]);
}

// --- Saving ----------------------------------------------------------------------------------------------

function download(name, blob) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

const json = (value) => new Blob([`${JSON.stringify(value, null, 1)}\n`], { type: 'application/json' });
const shown = () => ({ ...finding, name: current.name, milliseconds: current.milliseconds });

/** Every picture that is done, outlined as threshold and corrections are now. */
async function all() {
  const done = pictures.filter(({ state }) => state === 'done');
  const outlined = [];
  for (const { id, name, file, edits } of done) {
    const found = await segmenter.outline(id, threshold(), edits?.any ? edits.layer : null);
    outlined.push({ ...found, name, file });
  }
  return outlined;
}

async function saveDataSet() {
  const outlined = await all();
  for (const picture of outlined) {
    picture.maskPng = await grayPng(picture.mask, picture.width, picture.height);
  }
  download('data-set.zip', await zip(dataSet(outlined)));
}

const saves = {
  'save-mask': async () =>
    download(`${stem(current.name)}_mask.png`, await grayPng(finding.mask, finding.width, finding.height)),
  'save-overlay': async () =>
    download(`${stem(current.name)}_overlay.png`, await overlayPng(bitmap, finding, viewer.opacity)),
  'save-json': () => download(`${stem(current.name)}.json`, json(predictionJson(shown()))),
  'save-coco': async () => download('coco.json', json(coco(await all()))),
  'save-labelme': () => download(`${stem(current.name)}_labelme.json`, json(labelMe(shown()))),
  'save-all': saveDataSet,
};

// --- Where it runs -----------------------------------------------------------------------------------------

function showWhere() {
  const here = segmenter.where === 'device';
  byId('privacy').textContent = here ? say.staysHere : say.goesTo(location.host);
  byId('model-choice').hidden = !here || site.models.length < 2;
  byId('token-form').hidden = true;
}

/** Asks for the token that the server wants. */
function lock() {
  byId('token-form').hidden = false;
  byId('token').focus();
}

/** Why a picture was not outlined. */
function why(error) {
  if (!(error instanceof LockedError)) return error.message;
  lock();
  return say.asksForToken(location.host);
}

/** After another place or model was chosen: everything again. */
function again() {
  showWhere();
  if (segmenter.where === 'device') void loadModel();
  for (const picture of pictures) {
    if (picture.state === 'done' || picture.state === 'failed') picture.state = 'waiting';
    relabel(picture);
  }
  void work();
}

// --- Wiring ----------------------------------------------------------------------------------------------------

function onClick(id, action) {
  byId(id).addEventListener('click', () => {
    Promise.resolve(action()).catch((error) => complain(error.message));
  });
}

onClick('choose', () => byId('files').click());
onClick('photograph', () => byId('photo').click());
onClick('live', () => (camera.running ? stopCamera() : startCamera()));
onClick('keep', keepFrame);
onClick('zoom-in', () => viewer.zoom(1.5));
onClick('zoom-out', () => viewer.zoom(1 / 1.5));
onClick('fit', () => viewer.fit());
onClick('before', () => showBefore(!isPressed(byId('before'))));
onClick('brush', () => take('brush'));
onClick('eraser', () => take('eraser'));
onClick('undo', () => takeBack('undo'));
onClick('redo', () => takeBack('redo'));
for (const [id, save] of Object.entries(saves)) onClick(id, save);

function showBefore(bare) {
  press(byId('before'), bare);
  viewer.bare = bare;
  viewer.draw();
}

for (const id of ['files', 'photo']) {
  byId(id).addEventListener('change', ({ target }) => {
    add([...target.files]);
    target.value = '';
  });
}

byId('cameras').addEventListener('change', ({ target }) => void startCamera(target.value));

byId('threshold').addEventListener('input', () => {
  thresholdChosen = true;
  setThreshold(threshold());
  void outline();
});

byId('opacity').addEventListener('input', ({ target }) => {
  viewer.opacity = Number(target.value);
  byId('opacity-value').value = `${Math.round(100 * viewer.opacity)}%`;
  viewer.draw();
});

byId('size').addEventListener('input', sizeBrush);

for (const choice of document.getElementsByName('where')) {
  choice.addEventListener('change', async () => {
    complain('');
    const state = choice.value === 'device' ? 'ready' : await serverState();
    if (!choice.checked) return; // changed meanwhile
    const there = state !== 'none';
    if (!there) {
      complain(say.noServer(location.host));
      document.querySelector('[name="where"][value="device"]').checked = true;
    }
    if (segmenter.where === (there ? choice.value : 'device')) return;
    segmenter.where = there ? choice.value : 'device';
    if (state === 'locked') {
      showWhere();
      complain(say.asksForToken(location.host));
      lock();
    } else {
      again();
    }
  });
}

byId('token-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  keepToken(byId('token').value.trim());
  const state = await serverState();
  if (segmenter.where !== 'server') return; // changed meanwhile
  complain(state === 'locked' ? say.wrongToken(location.host) : '');
  if (state === 'locked') {
    byId('token').select();
    return;
  }
  byId('token').value = '';
  again();
});

byId('model').addEventListener('change', ({ target }) => {
  segmenter.model = target.value;
  again();
});

const stage = byId('stage');
document.addEventListener('dragover', (event) => {
  event.preventDefault();
  stage.classList.add('over');
});
document.addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) stage.classList.remove('over');
});
document.addEventListener('drop', (event) => {
  event.preventDefault();
  stage.classList.remove('over');
  add([...event.dataTransfer.files]);
});
document.addEventListener('paste', ({ clipboardData }) => add([...clipboardData.files]));

document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
  const key = event.key.toLowerCase();
  const name = key === 'y' || (key === 'z' && event.shiftKey) ? 'redo' : key === 'z' ? 'undo' : null;
  if (name === null) return;
  event.preventDefault();
  takeBack(name);
});

const arrows = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** The brush by keys: arrows move it from the middle of the picture, Space paints where it is. */
function keyBrush(key) {
  if (viewer.brush === null || finding === null) return false;
  const [x, y] = viewer.hover ?? [finding.width / 2, finding.height / 2];
  if (key === ' ') {
    paint('begin', [x, y]);
    paint('end');
    return true;
  }
  if (!(key in arrows)) return false;
  const reach = Math.max(1, viewer.brush / 2);
  viewer.hover = [
    Math.min(finding.width, Math.max(0, x - reach * arrows[key][0])),
    Math.min(finding.height, Math.max(0, y - reach * arrows[key][1])),
  ];
  viewer.draw();
  return true;
}

const keys = {
  '+': () => viewer.zoom(1.25),
  '=': () => viewer.zoom(1.25),
  '-': () => viewer.zoom(0.8),
  0: () => viewer.fit(),
  b: () => showBefore(!isPressed(byId('before'))),
  n: () => step(1),
  p: () => step(-1),
  d: () => !tools.brush.disabled && take('brush'),
  e: () => !tools.eraser.disabled && take('eraser'),
};

byId('picture').addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { key } = event;
  if (!event.shiftKey && keyBrush(key)) {
    event.preventDefault();
  } else if (key in arrows) {
    event.preventDefault();
    viewer.move(...arrows[key].map((way) => 60 * devicePixelRatio * way));
  } else if (key.toLowerCase() in keys) {
    event.preventDefault();
    keys[key.toLowerCase()]();
  }
});

// --- Start -----------------------------------------------------------------------------------------------------------

function applyDefaults() {
  setThreshold(segmenter.description.threshold);
  byId('opacity-value').value = `${Math.round(100 * viewer.opacity)}%`;
  byId('model').replaceChildren(
    ...site.models.map(({ name, bytes, description }) => {
      const label = description.bits === 8 ? say.int8 : say.float;
      return new Option(label(megabytes(bytes)), name);
    }),
  );
  const wanted = new URLSearchParams(location.search).get('model');
  if (site.models.some(({ name }) => name === wanted)) {
    segmenter.model = wanted;
    byId('model').value = wanted;
  }
  sizeBrush();
  showWhere();
  describe();
}

/** For use without a network, and for threads where the host sends no isolation headers. */
async function registerServiceWorker() {
  if (!('serviceWorker' in navigator)) return;
  const first = navigator.serviceWorker.controller === null;
  await navigator.serviceWorker.register('sw.js');
  // Where service workers are switched off, this never comes.
  const patience = new Promise((done) => {
    setTimeout(done, 5000);
  });
  const ready = await Promise.race([navigator.serviceWorker.ready, patience]);
  const tried = 'bcnet-isolated';
  if (ready && first && !crossOriginIsolated && pictures.length === 0 && !sessionStorage.getItem(tried)) {
    sessionStorage.setItem(tried, '1');
    location.reload();
    await new Promise(() => {}); // this page is going: it loads no model
  }
}

applyDefaults();
const registered = registerServiceWorker().catch(() => {});
// A reload for threads comes before the model's megabytes.
if (!crossOriginIsolated) await registered;
await loadModel();
document.documentElement.dataset.ready = 'true';
