import type { PlacedFile } from "@/upload-engine";

/** What file managers leave in folders for themselves. */
const LITTER: ReadonlySet<string> = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

/** A picked file with the folder that it lay in; only files of a picked folder tell one. */
export function placedOf(file: File): PlacedFile {
  const parts = file.webkitRelativePath.split("/");
  return { file, folder: parts.slice(0, -1).join("/") };
}

/** The files of a picked folder, without what nobody wants to keep. */
export function placedIn(files: Iterable<File>): PlacedFile[] {
  return [...files].filter(({ name }) => !LITTER.has(name)).map(placedOf);
}

/** The part of a dropped entry that is asked for: a file, or a folder with entries. */
export interface Entry {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly name: string;
}

const isFolder = (entry: Entry): entry is FileSystemDirectoryEntry => entry.isDirectory;
const isFile = (entry: Entry): entry is FileSystemFileEntry => entry.isFile;

/** Everything that was dropped, folders to their depth; the browser lets them be opened only while it is being dropped. */
export async function placedInDrop(transfer: DataTransfer): Promise<PlacedFile[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const files = [...transfer.files];
  if (!entries.some((entry) => entry?.isDirectory)) return files.map((file) => ({ file, folder: "" }));
  const found = await Promise.all(entries.map((entry) => (entry ? filesOf(entry, "") : [])));
  return found.flat();
}

async function filesOf(entry: Entry, folder: string): Promise<PlacedFile[]> {
  if (isFile(entry)) {
    if (LITTER.has(entry.name)) return [];
    const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
    return [{ file, folder }];
  }
  if (!isFolder(entry)) return [];
  const inside = folder === "" ? entry.name : `${folder}/${entry.name}`;
  const found: PlacedFile[] = [];
  const reader = entry.createReader();
  // A reader hands out some entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesOf(each, inside)));
  }
}
