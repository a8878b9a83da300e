// Files that a browser cannot write by itself: PNG with one channel, and ZIP without compression.

const crcTable = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = crcTable[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

const bigEndian = (value) => Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
const text = (value) => new TextEncoder().encode(value);

function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function chunk(type, data) {
  const body = join(text(type), data);
  return join(bigEndian(data.length), body, bigEndian(crc32(body)));
}

/** Bytes, one a pixel, as a PNG of one 8-bit channel. */
export async function grayPng(pixels, width, height) {
  const rows = new Uint8Array((width + 1) * height); // each row begins with its filter, none
  for (let y = 0; y < height; ++y) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const header = join(bigEndian(width), bigEndian(height), Uint8Array.of(8, 0, 0, 0, 0));
  const file = join(
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    chunk('IHDR', header),
    chunk('IDAT', new Uint8Array(await new Response(packed).arrayBuffer())),
    chunk('IEND', new Uint8Array(0)),
  );
  return new Blob([file], { type: 'image/png' });
}

const little = (size, value) =>
  Uint8Array.from({ length: size }, (_, i) => Math.floor(value / 256 ** i));

/** files: [{name, blob}], their names with folders, → one ZIP file; pictures are packed already. */
export async function zip(files) {
  const utf8Names = 0x0800;
  const newYear1980 = 0x0021;
  const parts = [];
  const directory = [];
  let at = 0;
  for (const { name, blob } of files) {
    const bytes = new Uint8Array(await blob.arrayBuffer());
    const path = text(name);
    const facts = join(
      little(2, 20),
      little(2, utf8Names),
      little(2, 0),
      little(2, 0),
      little(2, newYear1980),
      little(4, crc32(bytes)),
      little(4, bytes.length),
      little(4, bytes.length),
      little(2, path.length),
      little(2, 0),
    );
    parts.push(text('PK\x03\x04'), facts, path, bytes);
    directory.push(
      join(text('PK\x01\x02'), little(2, 20), facts, little(10, 0), little(4, at), path),
    );
    at += 4 + facts.length + path.length + bytes.length;
  }
  const listing = join(...directory);
  const count = little(2, files.length);
  const end = join(text('PK\x05\x06'), little(4, 0), count, count, little(4, listing.length));
  return new Blob([...parts, listing, end, little(4, at), little(2, 0)], {
    type: 'application/zip',
  });
}
