"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import type { Schemas } from "@/lib/api";
import { useService } from "@/lib/service-provider";

/** Change a tag. Tasks show their tags, so all cached queries are refetched. */
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
