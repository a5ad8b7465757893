import { expect, test } from "vitest";
import { fileName } from "./exporting";
import { MAX_BYTES, readUpload } from "./importing";

test.each([
  ["tasks.csv", "text/csv"],
  ["TASKS.JSON", "application/json"],
])("%s is sent as %s", async (name, mediaType) => {
  const upload = await readUpload(new File(["x"], name));
  expect(upload).toMatchObject({ name, mediaType });
  expect(upload.bytes.byteLength).toBe(1);
});

test.each([
  ["tasks.xlsx", 1, "This is no CSV or JSON file"],
  ["tasks.csv", MAX_BYTES + 1, "This file is larger than 5 MiB"],
])("%s of %d bytes is refused", async (name, bytes, title) => {
  const file = new File([new Uint8Array(bytes)], name);
  await expect(readUpload(file)).rejects.toMatchObject({ description: { title } });
});

test.each([
  ["attachment; filename=tasks.csv", "tasks.csv"],
  ['attachment; filename="tasks.json"', "tasks.json"],
  ["attachment; filename=../evil", undefined],
  [null, undefined],
])("the name in %s is %s", (header, name) => {
  expect(fileName(header)).toBe(name);
});
