"use client";

import { useQuery } from "@tanstack/react-query";
import { Failure } from "@/components/failure";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { answer } from "@/lib/api";
import { useService } from "@/lib/service-provider";

export function TaskTitles() {
  const { api, person } = useService();
  const path = { user_id: person.uuid };
  const tasks = useQuery({
    queryKey: ["tasks", person.uuid],
    queryFn: ({ signal }) => answer(api.GET("/api/v1/{user_id}/tasks", { params: { path }, signal })),
  });

  if (tasks.isPending) return <Skeleton className="h-40" />;
  if (tasks.isError) return <Failure error={tasks.error} onRetry={() => void tasks.refetch()} />;
  return (
    <Card>
      {tasks.data.items.length === 0 && <p className="text-muted">There are no tasks yet.</p>}
      <ul className="divide-y divide-line">
        {tasks.data.items.map((task) => (
          <li key={task.id} className="py-3 wrap-anywhere first:pt-0 last:pb-0">
            {task.title}
          </li>
        ))}
      </ul>
    </Card>
  );
}
