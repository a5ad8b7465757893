import { ESLint } from "eslint";
import { expect, test } from "vitest";

const eslint = new ESLint({ cwd: import.meta.dirname });

async function isForbidden(file: string, imported: string): Promise<boolean> {
  const [result] = await eslint.lintText(`import "${imported}";\n`, { filePath: file });
  return result?.messages.some(({ ruleId }) => ruleId?.startsWith("no-restricted-")) ?? false;
}

test.each([
  ["lib/x.ts", "@/components/brand"],
  ["components/x.tsx", "@/features/tasks/dashboard"],
  ["features/tags/x.tsx", "@/features/tasks/dashboard"],
  ["features/tasks/dashboard.tsx", "../tags/tag-list"],
  ["features/tasks/list/x.tsx", "@/app/theme"],
  ["features/tasks/list/x.tsx", "@/features/tasks/model/task"],
  ["features/tasks/list/x.tsx", "../dashboard"],
  ["features/tasks/list/x.tsx", "../editor/edit-task"],
  ["features/tasks/list/x.tsx", "../../tags/tag-list"],
  ["features/tasks/list/x.tsx", "../model/../editor/edit-task"],
  ["features/tasks/parts/x.tsx", "../data/use-bulk"],
  ["features/tasks/data/x.ts", "../parts/use-now"],
  ["features/tasks/data/x.ts", "../list/task-row"],
  ["features/tasks/model/x.ts", "../data/pages"],
  ["features/tasks/model/x.ts", "react"],
  ["features/tasks/model/x.ts", "@tanstack/react-query"],
])("%s must not import %s", async (file, imported) => {
  expect(await isForbidden(file, imported)).toBe(true);
});

test.each([
  ["app/x.tsx", "@/features/tasks/dashboard"],
  ["features/tasks/dashboard.tsx", "./list/task-list"],
  ["features/tasks/list/x.tsx", "../data/use-bulk"],
  ["features/tasks/list/x.tsx", "../parts/use-now"],
  ["features/tasks/list/x.tsx", "../model/task"],
  ["features/tasks/list/x.tsx", "./task-row"],
  ["features/tasks/list/x.tsx", "@/components/brand"],
  ["features/tasks/data/x.ts", "../model/task"],
  ["features/tasks/model/x.ts", "@/lib/api"],
])("%s may import %s", async (file, imported) => {
  expect(await isForbidden(file, imported)).toBe(false);
});
