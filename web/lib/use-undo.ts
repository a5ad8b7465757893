"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import type { MouseEvent } from "react";
import { toast } from "sonner";
import { describeError } from "./describe-error";
import { ApiError } from "./errors";
import { useService } from "./service-provider";
import { refetchTasks, tasksKey } from "./tasks";
import { dropChanges, popChanges, pushChanges } from "./undo-stack";
import type { Changes } from "./undo-stack";

const OFFER_MS = 8_000;
const ERROR_MS = 15_000;

/** Show a message with a button to undo the action that made `changes`. */
export type OfferUndo = (message: string, changes: Changes) => void;

/** Undo actions: by the button of a message, or the last action. */
export function useUndo() {
  const { api, user } = useService();
  const queries = useQueryClient();

  const { mutate } = useMutation({
    mutationKey: tasksKey(user.uuid),
    // One after the other: an earlier change of a task can be undone only after the later changes.
    scope: { id: "undo" },
    mutationFn: async (changes: string[]) => {
      for (let change_id = changes.at(-1); change_id; change_id = changes.at(-1)) {
        const params = { path: { user_id: user.uuid, change_id } };
        await api.POST("/api/v1/{user_id}/changes/{change_id}/undo", { params });
        changes.pop(); // a retry must not undo it twice
      }
    },
    onSuccess: () => toast("Undone."),
    onError: (error, changes) => {
      const isFinal = error instanceof ApiError && (error.status === 404 || error.status === 409);
      if (isFinal) {
        toast(refusal(error), { duration: ERROR_MS });
        return;
      }
      pushChanges(user.uuid, changes);
      const { title, advice } = describeError(error);
      toast(`${title}. ${advice}`, {
        duration: ERROR_MS,
        action: { label: "Try again", onClick: () => undo(changes) },
      });
    },
    onSettled: () => {
      if (queries.isMutating({ mutationKey: tasksKey(user.uuid) }) > 1) return;
      void refetchTasks(queries, user.uuid);
    },
  });

  const undo = useCallback(
    (changes: Changes) => {
      dropChanges(user.uuid, changes);
      toast.dismiss(changes[0]);
      mutate([...changes]);
    },
    [mutate, user.uuid],
  );

  const offer: OfferUndo = useCallback(
    (message, changes) => {
      if (changes.length === 0) {
        toast(message);
        return;
      }
      pushChanges(user.uuid, changes);
      // Otherwise the toast returns the focus when it disappears, although the user may have moved on.
      const press = ({ currentTarget }: MouseEvent<HTMLButtonElement>) => {
        currentTarget.blur();
        undo(changes);
      };
      toast(message, { id: changes[0], duration: OFFER_MS, action: { label: "Undo", onClick: press } });
    },
    [undo, user.uuid],
  );

  const undoLast = useCallback(() => {
    const changes = popChanges(user.uuid);
    if (changes) undo(changes);
    else toast("There is nothing to undo.");
  }, [undo, user.uuid]);

  return { offer, undoLast };
}

function refusal({ status }: ApiError): string {
  return status === 404
    ? "This can’t be undone: it was undone already, or it is too old."
    : "This can’t be undone, because a task was changed or deleted since. Nothing was changed.";
}
