"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { responseData } from "@/lib/api";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";

/** Delete a tag. A tag that has already been deleted is a success too. */
export function useDeleteTag(tag_id: string) {
  const { api, user } = useService();
  const queries = useQueryClient();
  const params = { path: { user_id: user.uuid, tag_id } };
  return useMutation({
    mutationFn: async () => {
      try {
        await responseData(api.DELETE("/api/v1/{user_id}/tags/{tag_id}", { params }));
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) throw error;
      }
    },
    onSuccess: () => queries.invalidateQueries(),
  });
}
