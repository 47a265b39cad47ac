// The digests of the document, the sources and what was built from them, as `sha256sum` writes them.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function sums(root) {
  const built = ['src', 'dist'].flatMap((dir) => readdirSync(join(root, dir)).map((name) => `${dir}/${name}`));
  const files = ['../openapi.json', 'tsconfig.json', ...built.filter((name) => !name.endsWith('SHA256SUMS'))].sort();
  const line = (name) =>
    `${createHash('sha256')
      .update(readFileSync(join(root, name)))
      .digest('hex')}  ${name}\n`;
  return files.map(line).join('');
}
