import type { Metadata } from "next";
import { PageHeading } from "@/components/page-heading";
import { TrashList } from "@/features/trash/trash-list";
import { requireUser } from "@/lib/session";

export const metadata: Metadata = { title: "Trash" };

export default async function TrashPage() {
  await requireUser("/trash");
  return (
    <>
      <PageHeading title="Trash">
        Tasks that you delete stay here for 30 days. After that, they are deleted for ever.
      </PageHeading>
      <TrashList />
    </>
  );
}
