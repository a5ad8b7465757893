import type { Metadata } from "next";
import { PageHeading } from "@/components/page-heading";
import { TaskTitles } from "@/features/tasks/task-titles";
import { requirePerson } from "@/lib/session";

export const metadata: Metadata = { title: "Dashboard" };

export default async function DashboardPage() {
  await requirePerson("/dashboard");
  return (
    <>
      <PageHeading title="Your tasks" />
      <TaskTitles />
    </>
  );
}
