// Weighs the build: what a browser loads for a page, gzipped, against its budget. Fails when one is over.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "../dist");
const manifest = JSON.parse(readFileSync(join(dist, ".vite/manifest.json"), "utf8"));
const KB = 1000;

const weigh = (file) => gzipSync(readFileSync(join(dist, file)), { level: 6 }).length;

/** Every file that comes with a chunk without being asked for later. */
function filesOf(key, seen = new Set(), files = new Set()) {
  if (seen.has(key)) return files;
  seen.add(key);
  const chunk = manifest[key];
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const imported of chunk.imports ?? []) filesOf(imported, seen, files);
  return files;
}

const keyOf = (pattern) => {
  const key = Object.keys(manifest).find(
    (candidate) => pattern.test(candidate) && manifest[candidate].file.endsWith(".js"),
  );
  if (!key) throw new Error(`no chunk matches ${pattern}`);
  return key;
};

const union = (...sets) => new Set(sets.flatMap((set) => [...set]));
const minus = (one, other) => new Set([...one].filter((file) => !other.has(file)));
const total = (files) => [...files].reduce((sum, file) => sum + weigh(file), 0);

const shell = filesOf(keyOf(/^index\.html$/));
const share = filesOf(keyOf(/^share\.html$/));
const review = filesOf(keyOf(/^_?(src\/features\/review\/index\.ts|review-.*\.js)$/));
const hls = filesOf(keyOf(/hlsEngine/));

const rows = [
  ["shell", shell, 200],
  ["player", minus(union(review, hls), shell), 210],
  ["share page", union(share, review, hls), 330],
];

let over = false;
for (const [name, files, limit] of rows) {
  const size = total(files) / KB;
  over ||= size > limit;
  process.stdout.write(
    `${name.padEnd(12)} ${size.toFixed(1).padStart(7)} kB of ${limit} kB ${size > limit ? "OVER" : "ok"}\n`,
  );
}
process.exitCode = over ? 1 : 0;
