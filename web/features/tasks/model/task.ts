import type { Schemas } from "@/lib/api";

export type Task = Schemas["Task"];
export type TagOfTask = Schemas["TagOfTask"];
export type Stats = Schemas["Stats"];
export type Priority = NonNullable<Task["priority"]>;

/** Most urgent first. */
export const PRIORITIES = ["high", "medium", "low"] as const satisfies readonly Priority[];

export const PRIORITY_NAMES = { high: "High", medium: "Medium", low: "Low", none: "None" } as const;

/** Limits of the service. */
export const MAX_TITLE = 200;
export const MAX_DESCRIPTION = 10_000;
export const MAX_TAGS = 50;
export const MAX_BULK = 500;
