"use client";

import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { toast } from "sonner";
import { responseData } from "@/lib/api";
import { describeError } from "@/lib/describe-error";
import { ApiError } from "@/lib/errors";
import { useService } from "@/lib/service-provider";
import { tasksKey } from "@/lib/tasks";
import { EditTask } from "./editor/edit-task";

/** The form of a task that may not be in the list. */
export default function OpenTask({ id, onClose }: { id: string; onClose: () => void }) {
  const { api, user } = useService();
  const params = { path: { user_id: user.uuid, task_id: id } };
  const { data, error } = useQuery({
    queryKey: [...tasksKey(user.uuid), "task", id],
    queryFn: ({ signal }) => responseData(api.GET("/api/v1/{user_id}/tasks/{task_id}", { params, signal })),
    gcTime: 0, // an old version would cause a conflict
  });

  useEffect(() => {
    if (!error) return;
    const isDeleted = error instanceof ApiError && error.status === 404;
    const { title, advice } = describeError(error);
    toast(isDeleted ? "This task was deleted." : `${title}. ${advice}`);
    onClose();
  }, [error, onClose]);

  return data && !error ? <EditTask task={data} onClose={onClose} /> : null;
}
