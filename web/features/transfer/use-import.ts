"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import type { Api, Schemas } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import { readUpload } from "./upload";
import type { Upload } from "./upload";

export type Report = Schemas["ImportReport"];

/** Check a file without importing it. */
export function useImportCheck() {
  const { api, user } = useService();
  return useMutation({
    mutationFn: async (file: File) => {
      const upload = await readUpload(file);
      return { upload, report: await send(api, user.uuid, upload, true) };
    },
  });
}

/** Create a task for each row of a file. */
export function useImport() {
  const { api, user } = useService();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (upload: Upload) => send(api, user.uuid, upload, false),
    onSuccess: () => queries.invalidateQueries(),
  });
}

function send(api: Api, user_id: string, { mediaType, bytes }: Upload, dry_run: boolean): Promise<Report> {
  return responseData(
    api.POST("/api/v1/{user_id}/tasks/import", {
      params: { path: { user_id }, query: { dry_run } },
      headers: { "Content-Type": mediaType },
      body: "",
      // The unchanged bytes of the file: the service reports an error if they are not UTF-8.
      bodySerializer: () => bytes,
    }),
  );
}
