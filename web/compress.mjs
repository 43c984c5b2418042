// Compresses the built files beside themselves, for browsers that accept it; run after `vite build`.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const TEXTS = /\.(js|css|html|svg|json|webmanifest)$/;
const LEAST_BYTES = 1024;

for (const entry of readdirSync("dist", { recursive: true, withFileTypes: true })) {
  const path = join(entry.parentPath ?? entry.path, entry.name);
  if (!entry.isFile() || !TEXTS.test(path)) continue;
  const body = readFileSync(path);
  if (body.length < LEAST_BYTES) continue;
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(`${path}.br`, brotliCompressSync(body, quality));
  writeFileSync(`${path}.gz`, gzipSync(body, { level: 9 }));
}
