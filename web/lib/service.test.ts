import { readFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";
import { expect, test } from "vitest";

test("the generated types match docs/openapi.json; `npm run generate` updates them", async () => {
  const document = new URL("../../docs/openapi.json", import.meta.url);
  const committed = await readFile(new URL("service.d.ts", import.meta.url), "utf8");
  expect(committed).toContain(astToString(await openapiTS(document, { defaultNonNullable: false })));
});
