import type { Metadata } from "next";
import { PageHeading } from "@/components/page-heading";
import { TagNames } from "@/features/tags/tag-names";
import { requirePerson } from "@/lib/session";

export const metadata: Metadata = { title: "Tags" };

export default async function TagsPage() {
  await requirePerson("/tags");
  return (
    <>
      <PageHeading title="Your tags" />
      <TagNames />
    </>
  );
}
