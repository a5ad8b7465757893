"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer } from "./api";
import type { Api, Schemas } from "./api";
import { useService } from "./service-provider";

export type Tag = Schemas["TagAnswer"];
export type TagFields = Schemas["TagFields"];

const PAGE = 100;

/** All that is known of a person's tags; a task that comes or goes changes their counts. */
export const tagsKey = (uuid: string) => ["tags", uuid] as const;

/** Returns all tags by name: there are few of them, and every picker needs them whole. */
export function useTags() {
  const { api, person } = useService();
  return useQuery({
    queryKey: tagsKey(person.uuid),
    queryFn: ({ signal }) => allTags(api, person.uuid, signal),
  });
}

async function allTags(api: Api, user_id: string, signal: AbortSignal): Promise<Tag[]> {
  const tags: Tag[] = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const params = { path: { user_id }, query: { page, limit: PAGE } };
    const found = await answer(api.GET("/api/v1/{user_id}/tags", { params, signal }));
    tags.push(...found.items);
    pages = found.pages;
  }
  return tags;
}

/** Makes a tag. A name that is taken is an `ApiError` with the code `tag_name_taken`. */
export function useCreateTag() {
  const { api, person } = useService();
  const queries = useQueryClient();
  const params = { path: { user_id: person.uuid } };
  return useMutation({
    mutationFn: (body: TagFields) => answer(api.POST("/api/v1/{user_id}/tags", { params, body })),
    onSuccess: () => queries.invalidateQueries({ queryKey: tagsKey(person.uuid) }),
  });
}
