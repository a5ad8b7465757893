import type { Metadata } from "next";
import { PageHeading } from "@/components/page-heading";
import { TagList } from "@/features/tags/tag-list";
import { requireUser } from "@/lib/session";

export const metadata: Metadata = { title: "Tags" };

export default async function TagsPage() {
  await requireUser("/tags");
  return (
    <>
      <PageHeading title="Your tags">Tags group tasks that belong together. A task can have several tags.</PageHeading>
      <TagList />
    </>
  );
}
