"use client";

import { useQuery } from "@tanstack/react-query";
import { Failure } from "@/components/failure";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { answer } from "@/lib/api";
import { useService } from "@/lib/service-provider";

export function TagNames() {
  const { api, person } = useService();
  const path = { user_id: person.uuid };
  const tags = useQuery({
    queryKey: ["tags", person.uuid],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/{user_id}/tags", { params: { path }, signal })),
  });

  if (tags.isPending) return <Skeleton className="h-40" />;
  if (tags.isError) return <Failure error={tags.error} onRetry={() => void tags.refetch()} />;
  return (
    <Card>
      {tags.data.items.length === 0 && <p className="text-muted">There are no tags yet.</p>}
      <ul className="divide-y divide-line">
        {tags.data.items.map((tag) => (
          <li key={tag.id} className="py-3 wrap-anywhere first:pt-0 last:pb-0">
            {tag.name}
          </li>
        ))}
      </ul>
    </Card>
  );
}
