"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { responseData } from "./api";
import type { Api, Schemas } from "./api";
import { useService } from "./service-provider";
import { tagsKey } from "./tasks";

export type Tag = Schemas["Tag"];
export type TagFields = Schemas["TagFields"];

const PAGE_SIZE = 100;

/** Load all tags, sorted by name. A user has few tags, and every picker needs all of them. */
export function useTags() {
  const { api, user } = useService();
  return useQuery({
    queryKey: tagsKey(user.uuid),
    queryFn: ({ signal }) => allTags(api, user.uuid, signal),
  });
}

async function allTags(api: Api, user_id: string, signal: AbortSignal): Promise<Tag[]> {
  const tags: Tag[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const params = { path: { user_id }, query: { page, limit: PAGE_SIZE } };
    const found = await responseData(api.GET("/api/v1/{user_id}/tags", { params, signal }));
    tags.push(...found.items);
    pages = found.pages;
  }
  return tags;
}

/** Create a tag. Throws an `ApiError` with the code `tag_name_taken` if the name exists already. */
export function useCreateTag() {
  const { api, user } = useService();
  const queries = useQueryClient();
  const params = { path: { user_id: user.uuid } };
  return useMutation({
    mutationFn: (body: TagFields) => responseData(api.POST("/api/v1/{user_id}/tags", { params, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: tagsKey(user.uuid) }),
  });
}
