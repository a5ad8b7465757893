import type { Metadata } from "next";
import { PageHeading } from "@/components/page-heading";
import { Dashboard } from "@/features/tasks/dashboard";
import { TransferMenu } from "@/features/transfer/transfer-menu";
import { requireUser } from "@/lib/session";

export const metadata: Metadata = { title: "Dashboard" };

export default async function DashboardPage() {
  await requireUser("/dashboard");
  return (
    <>
      <PageHeading title="Your tasks" />
      <Dashboard tools={<TransferMenu />} />
    </>
  );
}
