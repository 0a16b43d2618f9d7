import { execFileSync } from 'node:child_process';
import { basename, dirname } from 'node:path';

/**
 * Creates a named pipe. Node cannot do that and `mkfifo` is not available everywhere, but `tar` is, and extracts one
 * from an archive (POSIX, "ustar Interchange Format").
 */
export function makeNamedPipe(path: string): void {
  const header = Buffer.alloc(512);
  const fields: readonly (readonly [offset: number, text: string])[] = [
    [0, basename(path)],
    [100, '0000600\0'],
    [108, '0000000\0'],
    [116, '0000000\0'],
    [124, '00000000000\0'],
    [136, '00000000000\0'],
    // The checksum is computed with spaces in its own place.
    [148, '        '],
    [156, '6'],
    [257, 'ustar\0'],
    [263, '00'],
  ];
  for (const [offset, text] of fields) header.write(text, offset, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  execFileSync('tar', ['-xf', '-', '-C', dirname(path)], { input: Buffer.concat([header, Buffer.alloc(1024)]) });
}
