"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import type { Schemas } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";

/** Changes a tag; tasks show it too, so all that is shown is asked for again. */
export function useChangeTag(tag_id: string) {
  const { api, user } = useService();
  const queries = useQueryClient();
  const params = { path: { user_id: user.uuid, tag_id } };
  return useMutation({
    mutationFn: (body: Schemas["TagChanges"]) =>
      responseData(api.PATCH("/api/v1/{user_id}/tags/{tag_id}", { params, body })),
    onSuccess: () => queries.invalidateQueries(),
  });
}

/** Deletes a tag; one that is gone already is as good. */
export function useDeleteTag(tag_id: string) {
  const { api, user } = useService();
  const queries = useQueryClient();
  const params = { path: { user_id: user.uuid, tag_id } };
  return useMutation({
    mutationFn: () => responseData(api.DELETE("/api/v1/{user_id}/tags/{tag_id}", { params })).catch(unlessGone),
    onSuccess: () => queries.invalidateQueries(),
  });
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ApiError && error.status === 404)) throw error;
}
