import { expect, it } from "vitest";
import { placedIn, placedInDrop } from "./folders";

const file = (name: string, path = ""): File => {
  const made = new File(["x"], name);
  Object.defineProperty(made, "webkitRelativePath", { value: path });
  return made;
};

it("keeps the folder of each file of a picked folder, and leaves litter", () => {
  const picked = [
    file("a.mov", "Day 1/Camera A/a.mov"),
    file(".DS_Store", "Day 1/.DS_Store"),
    file("b.mov", "Day 1/b.mov"),
    file("c.mov"),
  ];
  expect(placedIn(picked).map(({ file: { name }, folder }) => `${folder}|${name}`)).toEqual([
    "Day 1/Camera A|a.mov",
    "Day 1|b.mov",
    "|c.mov",
  ]);
});

const leaf = (name: string) => ({
  isFile: true,
  isDirectory: false,
  name,
  file: (done: (made: File) => void) => done(file(name)),
});

const folder = (name: string, ...batches: object[][]) => ({
  isFile: false,
  isDirectory: true,
  name,
  createReader: () => {
    const left = [...batches, []];
    return { readEntries: (done: (some: object[]) => void) => done(left.shift() ?? []) };
  },
});

const drop = (entries: object[], files: File[]): DataTransfer =>
  ({ items: entries.map((entry) => ({ webkitGetAsEntry: () => entry })), files }) as unknown as DataTransfer;

it("opens dropped folders to their depth, however many readings that takes", async () => {
  const dropped = folder("Day 1", [leaf("a.mov")], [folder("Raw", [leaf("b.mov"), leaf("Thumbs.db")])]);
  const found = await placedInDrop(drop([dropped, leaf("c.mov")], []));
  expect(found.map(({ file: { name }, folder: place }) => `${place}|${name}`)).toEqual([
    "Day 1|a.mov",
    "Day 1/Raw|b.mov",
    "|c.mov",
  ]);
});

it("takes dropped files as they are where no folder is among them", async () => {
  const found = await placedInDrop(drop([leaf("a.mov")], [file("a.mov")]));
  expect(found.map(({ folder: place }) => place)).toEqual([""]);
});
