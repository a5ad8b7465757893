import Link from "next/link";
import type { ReactNode } from "react";
import { Brand } from "@/components/brand";
import { Theme } from "../theme";

export default function PublicLayout({ children }: { children: ReactNode }) {
  return (
    <div className="mx-auto flex min-h-dvh max-w-6xl flex-col px-4 sm:px-8">
      <header className="flex items-center justify-between py-5">
        <Link href="/" className="rounded-lg">
          <Brand />
        </Link>
        <Theme />
      </header>
      <main id="content" className="flex flex-1 flex-col justify-center py-8 sm:py-12">
        {children}
      </main>
    </div>
  );
}
