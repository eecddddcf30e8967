/** Writes .br and .gz copies beside every file that compression makes smaller; the proxy serves them. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const COMPRESSIBLE = /\.(html|js|css|svg|json|webmanifest|txt)$/;

export function compress(folder: string): Plugin {
  return {
    name: 'compress',
    apply: 'build',
    enforce: 'post',
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !COMPRESSIBLE.test(entry.name)) continue;
        const path = join(entry.parentPath, entry.name);
        const content = readFileSync(path);
        const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
        writeSmaller(`${path}.br`, brotliCompressSync(content, quality), content.length);
        writeSmaller(`${path}.gz`, gzipSync(content, { level: 9 }), content.length);
      }
    },
  };
}

function writeSmaller(path: string, copy: Buffer, size: number): void {
  if (copy.length < size) writeFileSync(path, copy);
}
