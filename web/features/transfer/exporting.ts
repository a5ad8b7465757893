"use client";

import { useMutation } from "@tanstack/react-query";
import type { Api } from "@/lib/api";
import { ServiceError, Unreachable } from "@/lib/errors";
import { useService } from "@/lib/service-provider";

export type Format = "csv" | "json";

/** Fetches all tasks and hands them to the browser as a file; returns its name. */
export function useExport() {
  const { api, user } = useService();
  return useMutation({
    mutationFn: async (format: Format) => {
      const { file, name } = await fetchExport(api, user.uuid, format);
      save(file, name);
      return name;
    },
  });
}

async function fetchExport(api: Api, user_id: string, format: Format): Promise<{ file: Blob; name: string }> {
  const params = { path: { user_id }, query: { format } };
  try {
    // A link can't carry the token, so the file is gathered here.
    const { data, response } = await api.GET("/api/v1/{user_id}/tasks/export", { params, parseAs: "blob" });
    if (!data) throw new Unreachable("service");
    return { file: data, name: fileName(response.headers.get("Content-Disposition")) ?? `tasks.${format}` };
  } catch (error) {
    // What breaks off in the middle is the body's own error.
    throw error instanceof ServiceError ? error : new Unreachable("service", { cause: error });
  }
}

/** Reads the name that the service gives a file, if it tells and it is plain. */
export function fileName(disposition: string | null): string | undefined {
  return /filename="?(\w[\w.-]*)"?$/.exec(disposition ?? "")?.[1];
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Not at once: the browser begins to read it only after this.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
