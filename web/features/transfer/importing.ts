"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import type { Api, Schemas } from "@/lib/api";
import { describeError } from "@/lib/describe-error";
import type { Description } from "@/lib/describe-error";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";

export const MAX_BYTES = 5 * 1024 * 1024;

export type Report = Schemas["ImportAnswer"];

/** A file as it was when it was looked at, so that the import takes the same. */
export interface Upload {
  name: string;
  mediaType: "text/csv" | "application/json";
  bytes: ArrayBuffer;
}

/** The file is refused before it is sent. */
export class FileRefused extends Error {
  override readonly name = "FileRefused";
  readonly description: Description;

  constructor(description: Description) {
    super(description.title);
    this.description = description;
  }
}

/** Looks at a file without making anything of it. */
export function useCheck() {
  const { api, user } = useService();
  return useMutation({
    mutationFn: async (file: File) => {
      const upload = await readUpload(file);
      return { upload, report: await send(api, user.uuid, upload, true) };
    },
  });
}

/** Makes a task of each row of a file. */
export function useImport() {
  const { api, user } = useService();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (upload: Upload) => send(api, user.uuid, upload, false),
    onSuccess: () => queries.invalidateQueries(),
  });
}

export async function readUpload(file: File): Promise<Upload> {
  const mediaType = mediaTypeOf(file.name);
  if (!mediaType) {
    throw new FileRefused({ title: "This is no CSV or JSON file", advice: "Choose one whose name ends in .csv or .json." });
  }
  if (file.size > MAX_BYTES) {
    throw new FileRefused({ title: "This file is larger than 5 MiB", advice: "Split it, and import the parts." });
  }
  return { name: file.name, mediaType, bytes: await file.arrayBuffer() };
}

function mediaTypeOf(name: string): Upload["mediaType"] | undefined {
  if (/\.csv$/i.test(name)) return "text/csv";
  return /\.json$/i.test(name) ? "application/json" : undefined;
}

function send(api: Api, user_id: string, { mediaType, bytes }: Upload, dry_run: boolean): Promise<Report> {
  return responseData(
    api.POST("/api/v1/{user_id}/tasks/import", {
      params: { path: { user_id }, query: { dry_run } },
      headers: { "Content-Type": mediaType },
      body: "",
      // The bytes of the file as they are: the service says so if they are not UTF-8.
      bodySerializer: () => bytes,
    }),
  );
}

/** Says why a file was not taken. */
export function describeImportError(error: unknown): Description {
  if (error instanceof FileRefused) return error.description;
  if (error instanceof ApiError && error.code === "body_too_large") {
    return { title: "This file has more than 10,000 tasks", advice: "Split it, and import the parts." };
  }
  if (error instanceof ApiError && error.code === "body_malformed") {
    return { title: "This file can't be read", advice: "It must be CSV or JSON in UTF-8, as an export is." };
  }
  return describeError(error);
}
