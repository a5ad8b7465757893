import type { Metadata } from "next";
import Link from "next/link";
import { MessagePage } from "@/components/message-page";
import { buttonLook } from "@/components/ui/button";

export const metadata: Metadata = { title: "Page not found" };

export default function NotFound() {
  return (
    <MessagePage title="Page not found" text="The address may be wrong, or the page may have been removed.">
      <Link href="/" className={buttonLook()}>
        Go to the home page
      </Link>
    </MessagePage>
  );
}
