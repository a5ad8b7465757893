"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { changesOf } from "@/lib/api";
import type { Api, Schemas } from "@/lib/api";
import { useService } from "@/lib/service-provider";
import type { Changes } from "@/lib/undo-stack";
import { readUpload } from "./upload";
import type { Upload } from "./upload";

export type Report = Schemas["ImportReport"];

/** Check a file without importing it. */
export function useImportCheck() {
  const { api, user } = useService();
  return useMutation({
    mutationFn: async (file: File) => {
      const upload = await readUpload(file);
      return { upload, ...(await send(api, user.uuid, upload, true)) };
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

interface Imported {
  report: Report;
  /** The change, for undo; empty if nothing was imported. */
  changes: Changes;
}

async function send(
  api: Api,
  user_id: string,
  { mediaType, bytes }: Upload,
  dry_run: boolean,
): Promise<Imported> {
  const { data: report, response } = await api.POST("/api/v1/{user_id}/tasks/import", {
    params: { path: { user_id }, query: { dry_run } },
    headers: { "Content-Type": mediaType },
    body: "",
    // The unchanged bytes of the file: the service reports an error if they are not UTF-8.
    bodySerializer: () => bytes,
  });
  if (!report) throw new Error("The response of the service contains no report");
  return { report, changes: changesOf(response) };
}
