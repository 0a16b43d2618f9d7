import assert from 'node:assert/strict';
import { describeKind, mediaGroup, mediaKindOfKey, sniffLanguage, sniffMedia } from '../../src/core/entry/valueKind.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const pad = '\0'.repeat(40);

describe('value kind', () => {
  const media: [kind: string, head: string][] = [
    ['png', `\x89PNG\r\n\x1a\n${pad}`],
    ['jpeg', `\xff\xd8\xff\xe0${pad}`],
    ['gif', `GIF89a${pad}`],
    ['gif', `GIF87a${pad}`],
    ['webp', `RIFF\x10\0\0\0WEBPVP8 ${pad}`],
    ['bmp', `BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0${pad}`],
    ['ico', `\0\0\x01\0\x01\0\x10\x10${pad}`],
    ['avif', `\0\0\0\x20ftypavif${pad}`],
    ['mp3', `ID3\x04${pad}`],
    ['mp3', `\xff\xfb\x90\x64${pad}`],
    ['wav', `RIFF\x24\0\0\0WAVEfmt ${pad}`],
    ['ogg', `OggS\0\x02${pad}`],
    ['flac', `fLaC\0${pad}`],
    ['mp4', `\0\0\0\x18ftypisom${pad}`],
    ['webm', `\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm${pad}`],
  ];
  for (const [kind, head] of media)
    it(`knows ${kind} by its first bytes`, () => assert.equal(sniffMedia(bytes(head)), kind));

  it('takes no text and no other binary for media', () => {
    for (const head of [
      '',
      'BMW is a car that is not a bitmap',
      'RIFF',
      'GIF',
      'ID3',
      '\x1a\x45\xdf\xa3matroska',
      '\0\0\x01',
      pad,
    ]) {
      assert.equal(sniffMedia(bytes(head)), undefined, JSON.stringify(head));
    }
  });

  it('looks only at the bytes of the view', () => {
    const whole = bytes(`xx\x89PNG\r\n\x1a\n${pad}`);
    assert.equal(sniffMedia(whole.subarray(2)), 'png');
    assert.equal(sniffMedia(whole), undefined);
  });

  it('knows media by the ending of a key', () => {
    assert.equal(mediaKindOfKey('img/Logo.PNG'), 'png');
    assert.equal(mediaKindOfKey('a.jpg'), 'jpeg');
    assert.equal(mediaKindOfKey('song.opus'), 'ogg');
    assert.equal(mediaKindOfKey('png'), undefined);
    assert.equal(mediaKindOfKey('a.png:meta'), undefined);
    assert.equal(mediaKindOfKey('a.png/x'), undefined);
    assert.equal(mediaGroup('flac'), 'audio');
    assert.equal(mediaGroup('webm'), 'video');
  });

  const languages: [text: string, language: string | undefined][] = [
    ['{"a": 1}', 'json'],
    [' \r\n\t[1, 2]\n', 'json'],
    ['\ufeff{}', 'json'],
    ['{broken', undefined],
    ['[link](to)', undefined],
    ['{{ template }}', undefined],
    ['12', undefined],
    ['"text"', undefined],
    ['true', undefined],
    [`[${'1,'.repeat(600_000)}1]`, 'json'],
    [`[${'1,'.repeat(600_000)}`, undefined],
    ['<?xml version="1.0"?><feed/>', 'xml'],
    ['<feed a="1"><x/></feed>\n', 'xml'],
    ['<!-- c --><urlset>\n</urlset>', 'xml'],
    ['<!DOCTYPE html><p>', 'html'],
    ['\n<html lang="en"></html>', 'html'],
    ['<div class="x">a</div>', 'html'],
    ['<!-- c --><!doctype HTML>', 'html'],
    ['<svg xmlns="x"/>', 'xml'],
    ['<?xml version="1.0"?>\n<!-- x -->\n<!DOCTYPE svg PUBLIC "a" "b">\n<svg>', 'xml'],
    ['<3 you', undefined],
    ['<not closed', undefined],
    ['plain', undefined],
    ['', undefined],
  ];
  for (const [text, language] of languages) {
    it(`takes ${JSON.stringify(text.slice(0, 40))} for ${language ?? 'plain text'}`, () => {
      assert.equal(sniffLanguage(Buffer.from(text)), language);
    });
  }

  const labels: [key: string, content: Uint8Array, label: string][] = [
    ['a.json', bytes(''), 'Empty'],
    ['a', bytes('{"a":1}'), 'JSON'],
    ['a.json', bytes('{broken'), 'Text'],
    ['a', bytes('hello'), 'Text'],
    ['a', bytes('<svg></svg>'), 'SVG image'],
    ['a', bytes('<!doctype html>'), 'HTML'],
    ['a', bytes('<?xml version="1.0"?><a/>'), 'XML'],
    ['logo', bytes(`\x89PNG\r\n\x1a\n${pad}`), 'PNG image'],
    ['a', bytes(`fLaC${pad}`), 'FLAC audio'],
    ['a', bytes(`\0\0\0\x18ftypmp42${pad}`), 'MP4 video'],
    ['a', bytes('\xff\xfe\x00'), 'Binary'],
    ['broken.png', bytes('\xff\x00'), 'PNG image'],
    ['not-a.png', bytes('hello'), 'Text'],
  ];
  for (const [key, content, label] of labels) {
    it(`calls “${key}” ${label}`, () => assert.equal(describeKind(key, content), label));
  }
});
