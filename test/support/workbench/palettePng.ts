import { crc32, deflateSync, inflateSync } from 'node:zlib';

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const MOST_COLOURS = 256;
/** Bytes per colour: screenshots have no transparency. */
const RGB = 3;

/** Reduces a screenshot to at most 256 colours: a third of the size, with text as sharp as before. */
export function palettePng(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  const counts = new Map<number, number>();
  for (let at = 0; at < pixels.length; at += RGB) {
    const colour = pixels.readUIntBE(at, RGB);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = paletteOf(counts);
  const indexes = new Map([...counts.keys()].map((colour) => [colour, nearest(colour, palette)]));
  const lines = Buffer.alloc((width + 1) * height);
  for (let at = 0; at < width * height; at++) {
    const line = Math.floor(at / width);
    lines[line * (width + 1) + 1 + (at % width)] = indexes.get(pixels.readUIntBE(at * RGB, RGB)) ?? 0;
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  // Eight bits per pixel, indexed by palette.
  header.set([8, 3], 8);
  const colours = Buffer.concat(
    palette.map((colour) => {
      const bytes = Buffer.alloc(RGB);
      bytes.writeUIntBE(colour, 0, RGB);
      return bytes;
    }),
  );
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    chunk('PLTE', colours),
    chunk('IDAT', deflateSync(lines, { level: 9, memLevel: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

function decode(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  if (png[24] !== 8 || png[25] !== 2 || png[28] !== 0) throw new Error('Only 8-bit RGB without interlacing is read.');
  const data: Buffer[] = [];
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return { width, height, pixels: unfiltered(inflateSync(Buffer.concat(data)), width * RGB, height) };
}

/**
 * Each line starts with its filter type: whether its bytes were predicted from those to the left, above, or above left.
 */
function unfiltered(lines: Buffer, lineLength: number, height: number): Buffer {
  const pixels = Buffer.alloc(lineLength * height);
  for (let line = 0; line < height; line++) {
    const filter = lines[line * (lineLength + 1)];
    for (let at = 0; at < lineLength; at++) {
      const place = line * lineLength + at;
      const left = at < RGB ? 0 : (pixels[place - RGB] ?? 0);
      const above = line === 0 ? 0 : (pixels[place - lineLength] ?? 0);
      const corner = at < RGB || line === 0 ? 0 : (pixels[place - lineLength - RGB] ?? 0);
      const foretold = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter ?? 0] ?? 0;
      pixels[place] = ((lines[line * (lineLength + 1) + 1 + at] ?? 0) + foretold) & 0xff;
    }
  }
  return pixels;
}

function paeth(left: number, above: number, corner: number): number {
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [left, above, corner].map((value) => Math.abs(guess - value));
  if ((toLeft ?? 0) <= (toAbove ?? 0) && (toLeft ?? 0) <= (toCorner ?? 0)) return left;
  return (toAbove ?? 0) <= (toCorner ?? 0) ? above : corner;
}

/** The most frequent colours, without near duplicates: rare colours are edges of letters. */
function paletteOf(counts: ReadonlyMap<number, number>): readonly number[] {
  const byCount = [...counts].sort((a, b) => b[1] - a[1]).map(([colour]) => colour);
  for (let apart = 0; ; apart = apart === 0 ? 24 : apart * 2) {
    const palette: number[] = [];
    for (const colour of byCount) {
      if (palette.every((one) => distance(one, colour) > apart)) palette.push(colour);
      if (palette.length > MOST_COLOURS) break;
    }
    if (palette.length <= MOST_COLOURS) return palette;
  }
}

function nearest(colour: number, palette: readonly number[]): number {
  let best = 0;
  for (const [index, one] of palette.entries()) {
    if (distance(one, colour) < distance(palette[best] ?? 0, colour)) best = index;
  }
  return best;
}

/** The squared distance between two colours; negative if they are the same. */
function distance(one: number, other: number): number {
  if (one === other) return -1;
  const part = (shift: number): number => ((one >> shift) & 0xff) - ((other >> shift) & 0xff);
  return part(16) ** 2 + part(8) ** 2 + part(0) ** 2;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
