// Writes src/schema.ts from the gateway's OpenAPI document, dist/ from src/, and dist/SHA256SUMS, which says what was made
// from what. With --check it compares instead. It needs `npm ci`; whoever uses the client needs neither.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sums } from './sums.mjs';

const HERE = fileURLToPath(new URL('../', import.meta.url));
const HEAD = '// Written by tools/build.mjs from the OpenAPI document: change nothing here.\n\n';
const isCheck = process.argv.includes('--check');
const work = mkdtempSync(join(HERE, 'node_modules/.build-'));
const run = (tool, ...options) =>
  execFileSync(process.execPath, [join(HERE, 'node_modules', tool), ...options], {
    cwd: HERE,
    stdio: ['ignore', 2, 2],
  });

try {
  run('openapi-typescript/bin/cli.js', '../openapi.json', '-o', join(work, 'schema.ts'));
  const schema = readFileSync(join(work, 'schema.ts'), 'utf8').replace(/^\/\*\*[^]*?\*\/\n+/, '');
  put('src/schema.ts', HEAD + schema);
  run('typescript/bin/tsc', '-p', HERE, '--outDir', join(work, 'dist'));
  for (const name of readdirSync(join(work, 'dist'))) {
    const text = readFileSync(join(work, 'dist', name), 'utf8');
    // The compiler renames what is imported in code, but not in declarations.
    put(`dist/${name}`, name.endsWith('.d.ts') ? text.replace(/(from '\.\/\w+)\.ts'/g, "$1.js'") : text);
  }
  put('dist/SHA256SUMS', sums(HERE));
} finally {
  rmSync(work, { recursive: true, force: true });
}

function put(name, text) {
  const path = join(HERE, name);
  if (!isCheck) return writeFileSync(path, text);
  if (readFileSync(path, 'utf8') !== text) throw new Error(`${name} is not what it is made from: npm run build`);
}
