import type { Metadata } from "next";
import Link from "next/link";
import { MessagePage } from "@/components/message-page";
import { buttonLook } from "@/components/ui/button";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <MessagePage title="There is no such page" text="The address may be misspelt, or the page is gone.">
      <Link href="/" className={buttonLook()}>
        Go to the start
      </Link>
    </MessagePage>
  );
}
