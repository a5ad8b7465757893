"use client";

import Link from "next/link";
import { useRef } from "react";
import { ColorDot } from "@/components/color-dot";
import { ErrorNotice } from "@/components/error-notice";
import { Card } from "@/components/ui/card";
import { Skeleton } from "@/components/ui/skeleton";
import { taskCount } from "@/lib/task-count";
import { useTags } from "@/lib/use-tags";
import type { Tag } from "@/lib/use-tags";
import { DeleteTag } from "./delete-tag";
import { EditTag } from "./edit-tag";
import { NewTag } from "./new-tag";

const ROW = "flex min-h-16 items-center gap-3 py-2";

export function TagList() {
  const { data, error, isPending, refetch } = useTags();
  const newTag = useRef<HTMLButtonElement>(null);

  if (isPending) return <TagListSkeleton />;
  return (
    <div className="grid gap-5">
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {data && (
        <>
          <NewTag ref={newTag} />
          <Card className="py-2 sm:py-3">
            {data.length === 0 && <NoTags />}
            <ul className="divide-y divide-line">
              {data.map((tag) => (
                <Row key={tag.id} tag={tag} onDeleted={() => newTag.current?.focus()} />
              ))}
            </ul>
          </Card>
        </>
      )}
    </div>
  );
}

function Row({ tag, onDeleted }: { tag: Tag; onDeleted: () => void }) {
  const tasks = tag.task_count === 0 ? "No tasks" : taskCount(tag.task_count);
  return (
    <li className={ROW}>
      <ColorDot color={tag.color} />
      <div className="flex min-w-0 flex-1 flex-col gap-x-4 sm:flex-row sm:items-baseline sm:justify-between">
        <span className="font-medium wrap-anywhere">{tag.name}</span>
        <Link
          href={`/dashboard?status=all&tag=${tag.id}`}
          aria-label={`${tasks} with ${tag.name}`}
          className="text-sm whitespace-nowrap text-muted underline-offset-4 hover:text-ink hover:underline"
        >
          {tasks}
        </Link>
      </div>
      <div className="flex">
        <EditTag tag={tag} />
        <DeleteTag tag={tag} onDeleted={onDeleted} />
      </div>
    </li>
  );
}

function NoTags() {
  return (
    <div className="grid gap-1 py-6">
      <h2 className="text-xl">No tags yet</h2>
      <p className="max-w-prose text-muted">
        Use tags to group tasks, such as home, work or travel. Create a tag here, or while you edit
        a task.
      </p>
    </div>
  );
}

function TagListSkeleton() {
  return (
    <div className="grid gap-5" aria-busy>
      <Skeleton className="h-10 w-28 rounded-lg" />
      <Card className="divide-y divide-line py-2 sm:py-3">
        {[1, 2, 3].map((row) => (
          <div key={row} className={ROW}>
            <Skeleton className="size-4 rounded-full" />
            <Skeleton className="h-5 w-40" />
          </div>
        ))}
      </Card>
    </div>
  );
}
