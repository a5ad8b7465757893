import { describeError } from "@/lib/describe-error";
import type { Description } from "@/lib/describe-error";
import { ApiError } from "@/lib/errors";

export const MAX_BYTES = 5 * 1024 * 1024;

/** The content of a file when it was checked, so that the import sends the same content. */
export interface Upload {
  name: string;
  mediaType: "text/csv" | "application/json";
  bytes: ArrayBuffer;
}

/** Thrown if a file is rejected before it is sent. */
export class FileRejected extends Error {
  override readonly name = "FileRejected";
  readonly description: Description;

  constructor(description: Description) {
    super(description.title);
    this.description = description;
  }
}

/** Read a file. Throws `FileRejected` if it has the wrong type or is too large. */
export async function readUpload(file: File): Promise<Upload> {
  const mediaType = mediaTypeOf(file.name);
  if (!mediaType) {
    throw new FileRejected({
      title: "This is not a CSV or JSON file",
      advice: "Choose a file whose name ends in .csv or .json.",
    });
  }
  if (file.size > MAX_BYTES) {
    throw new FileRejected({
      title: "This file is larger than 5 MiB",
      advice: "Split it into smaller files and import each of them.",
    });
  }
  return { name: file.name, mediaType, bytes: await file.arrayBuffer() };
}

function mediaTypeOf(name: string): Upload["mediaType"] | undefined {
  if (/\.csv$/i.test(name)) return "text/csv";
  return /\.json$/i.test(name) ? "application/json" : undefined;
}

/** Describe to a user why a file was not imported. */
export function describeImportError(error: unknown): Description {
  if (error instanceof FileRejected) return error.description;
  if (error instanceof ApiError && error.code === "body_too_large") {
    return {
      title: "This file has more than 10,000 tasks",
      advice: "Split it into smaller files and import each of them.",
    };
  }
  if (error instanceof ApiError && error.code === "body_malformed") {
    return {
      title: "This file can't be read",
      advice: "Choose a CSV or JSON file in UTF-8, in the format of an export.",
    };
  }
  return describeError(error);
}
