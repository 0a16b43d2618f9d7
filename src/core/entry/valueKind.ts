import { isUtf8 } from 'node:buffer';
import * as l10n from '@vscode/l10n';

/** Media types for which VS Code has a preview. */
export type MediaKind =
  | 'png'
  | 'jpeg'
  | 'gif'
  | 'webp'
  | 'bmp'
  | 'ico'
  | 'avif'
  | 'mp3'
  | 'wav'
  | 'ogg'
  | 'flac'
  | 'mp4'
  | 'webm';

interface Media {
  readonly group: 'image' | 'audio' | 'video';
  readonly label: string;
  readonly endings: readonly string[];
}

const MEDIA: Readonly<Record<MediaKind, Media>> = {
  png: { group: 'image', label: 'PNG', endings: ['png'] },
  jpeg: { group: 'image', label: 'JPEG', endings: ['jpg', 'jpeg', 'jpe'] },
  gif: { group: 'image', label: 'GIF', endings: ['gif'] },
  webp: { group: 'image', label: 'WebP', endings: ['webp'] },
  bmp: { group: 'image', label: 'BMP', endings: ['bmp'] },
  ico: { group: 'image', label: 'ICO', endings: ['ico'] },
  avif: { group: 'image', label: 'AVIF', endings: ['avif'] },
  mp3: { group: 'audio', label: 'MP3', endings: ['mp3'] },
  wav: { group: 'audio', label: 'WAV', endings: ['wav'] },
  ogg: { group: 'audio', label: 'Ogg', endings: ['ogg', 'oga', 'opus'] },
  flac: { group: 'audio', label: 'FLAC', endings: ['flac'] },
  mp4: { group: 'video', label: 'MP4', endings: ['mp4', 'm4v'] },
  webm: { group: 'video', label: 'WebM', endings: ['webm'] },
};

const BY_ENDING: ReadonlyMap<string, MediaKind> = new Map(
  Object.entries(MEDIA).flatMap(([kind, { endings }]) => endings.map((ending) => [ending, kind as MediaKind])),
);

export const mediaGroup = (kind: MediaKind): 'image' | 'audio' | 'video' => MEDIA[kind].group;

/** The media type by the ending of a key, ignoring case. */
export const mediaKindOfKey = (key: string): MediaKind | undefined =>
  BY_ENDING.get(/\.([^./:]+)$/.exec(key)?.[1]?.toLowerCase() ?? '');

/**
 * The media type by the first bytes. The signatures come from the WHATWG MIME Sniffing Standard and the formats' own
 * specifications.
 */
export function sniffMedia(bytes: Uint8Array): MediaKind | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 32)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (/^RIFF.{4}WEBP/s.test(head)) return 'webp';
  if (/^RIFF.{4}WAVE/s.test(head)) return 'wav';
  // Also checks the size field of the bitmap header, so that texts that start with "BM" do not match.
  if (/^BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}/s.test(head)) return 'bmp';
  if (/^\0\0\x01\0.\0?/s.test(head) && head.length >= 22) return 'ico';
  if (/^.{4}ftypavi[fs]/s.test(head)) return 'avif';
  if (/^.{4}ftyp(?:isom|iso\d|mp4\d|avc1|M4V |dash|MSNV)/s.test(head)) return 'mp4';
  if (head.startsWith('OggS\0')) return 'ogg';
  if (head.startsWith('fLaC')) return 'flac';
  // Matches both ID3 tags and bare frames of MPEG layer III.
  if (/^ID3[\x02-\x04]/.test(head) || /^\xff[\xfa\xfb\xf2\xf3]/.test(head)) return 'mp3';
  if (head.startsWith('\x1a\x45\xdf\xa3')) return isWebm(bytes) ? 'webm' : undefined;
  return undefined;
}

/** Matroska and WebM start the same way; the document type follows a little later. */
const isWebm = (bytes: Uint8Array): boolean => Buffer.from(bytes.subarray(0, 64)).toString('latin1').includes('webm');

export type TextLanguage = 'json' | 'xml' | 'html' | 'svg';

/**
 * For larger values, parsing takes too long just to pick a language for highlighting, so only the outer brackets are
 * checked.
 */
const PARSE_LIMIT = 1_048_576;
/** How many bytes of markup are examined: comments and declarations may precede the first element. */
const MARKUP_WINDOW = 2048;

/** The language of a text, by its content. `svg` is XML whose first element is `<svg>`. */
function sniffText(bytes: Uint8Array): TextLanguage | undefined {
  const start = firstVisible(bytes);
  const first = bytes[start];
  if (first === 0x7b || first === 0x5b) return isJson(bytes, first) ? 'json' : undefined;
  if (first !== 0x3c) return undefined;
  const text = Buffer.from(bytes.subarray(start, start + MARKUP_WINDOW)).toString('utf8');
  const rest = text.replace(/^(?:\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE\s+svg\b[^>]*>)+/is, '');
  if (/^<svg[\s/>]/i.test(rest)) return 'svg';
  if (/^<!DOCTYPE\s+html\b/i.test(rest)) return 'html';
  if (/^<(?:html|head|body|div|p|span|script|style|a|ul|ol|table|h[1-6]|main|section|article)[\s>]/i.test(rest)) {
    return text.startsWith('<?xml') ? 'xml' : 'html';
  }
  return text.startsWith('<?xml') || isElement(bytes, rest) ? 'xml' : undefined;
}

/** The VS Code language id for some content; `undefined` for plain text. */
export function sniffLanguage(bytes: Uint8Array): 'json' | 'xml' | 'html' | undefined {
  const language = sniffText(bytes);
  return language === 'svg' ? 'xml' : language;
}

/**
 * A few words for tooltips: "JSON", "PNG image", "Text", "Binary", "Empty". The content takes precedence over the key's
 * ending.
 */
export function describeKind(key: string, bytes: Uint8Array): string {
  if (bytes.length === 0) return l10n.t('Empty');
  const isText = isUtf8(bytes) && !bytes.subarray(0, 512).includes(0);
  const media = sniffMedia(bytes) ?? (isText ? undefined : mediaKindOfKey(key));
  if (media !== undefined) return mediaLabel(media);
  if (!isText) return l10n.t('Binary');
  const language = sniffText(bytes);
  if (language === 'svg') return l10n.t('{0} image', 'SVG');
  return language === undefined ? l10n.t('Text') : language.toUpperCase();
}

function mediaLabel(kind: MediaKind): string {
  const { group, label } = MEDIA[kind];
  if (group === 'image') return l10n.t('{0} image', label);
  return group === 'audio' ? l10n.t('{0} audio', label) : l10n.t('{0} video', label);
}

/** The offset of the first character after a byte order mark and white space. */
function firstVisible(bytes: Uint8Array): number {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (isSpace(bytes[at])) at++;
  return at;
}

const isSpace = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Only objects and arrays count: a lone number, string or word is more often just text. */
function isJson(bytes: Uint8Array, first: number): boolean {
  if (bytes.length > PARSE_LIMIT) return lastVisible(bytes) === (first === 0x7b ? 0x7d : 0x5d);
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Starts with an element and ends with `>`; strict enough not to take "<3" for XML. */
const isElement = (bytes: Uint8Array, rest: string): boolean =>
  /^<[A-Za-z_][\w.:-]*(?:\s[^<]*)?\/?>/.test(rest) && lastVisible(bytes) === 0x3e;

function lastVisible(bytes: Uint8Array): number | undefined {
  let at = bytes.length - 1;
  while (isSpace(bytes[at])) at--;
  return bytes[at];
}
