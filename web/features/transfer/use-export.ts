"use client";

import { useMutation } from "@tanstack/react-query";
import type { Api } from "@/lib/api";
import { ServiceError, Unreachable } from "@/lib/errors";
import { useService } from "@/lib/service-provider";

export type Format = "csv" | "json";

/** Download all tasks as a file. Returns the name of the file. */
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
    // A link can't send the token, so the file is fetched into memory.
    const { data, response } = await api.GET("/api/v1/{user_id}/tasks/export", { params, parseAs: "blob" });
    if (!data) throw new Unreachable("service");
    return { file: data, name: fileName(response.headers.get("Content-Disposition")) ?? `tasks.${format}` };
  } catch (error) {
    // If the connection breaks while the body is read, fetch throws its own error.
    throw error instanceof ServiceError ? error : new Unreachable("service", { cause: error });
  }
}

/** Return the file name in a Content-Disposition header (RFC 6266), or undefined if it is missing or unsafe. */
export function fileName(disposition: string | null): string | undefined {
  return /filename="?(\w[\w.-]*)"?$/.exec(disposition ?? "")?.[1];
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // Not at once: the browser starts to read the URL after the click.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
