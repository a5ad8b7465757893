import { expect, test } from "vitest";
import { MAX_BYTES, readUpload } from "./upload";

test.each([
  ["tasks.csv", "text/csv"],
  ["TASKS.JSON", "application/json"],
])("%s is sent as %s", async (name, mediaType) => {
  const upload = await readUpload(new File(["x"], name));
  expect(upload).toMatchObject({ name, mediaType });
  expect(upload.bytes.byteLength).toBe(1);
});

test.each([
  ["tasks.xlsx", 1, "This is not a CSV or JSON file"],
  ["tasks.csv", MAX_BYTES + 1, "This file is larger than 5 MiB"],
])("%s of %d bytes is rejected", async (name, bytes, title) => {
  const file = new File([new Uint8Array(bytes)], name);
  await expect(readUpload(file)).rejects.toMatchObject({ description: { title } });
});
