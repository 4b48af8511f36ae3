// Puts a finished build in the place of the last one at once: whoever serves dist/ never sees half of it.
import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const [fresh, dist, last] = [".build", "dist", ".build-last"].map((name) => join(root, name));

rmSync(last, { recursive: true, force: true });
if (existsSync(dist)) renameSync(dist, last);
renameSync(fresh, dist);
rmSync(last, { recursive: true, force: true });
