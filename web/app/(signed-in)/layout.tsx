import Link from "next/link";
import type { ReactNode } from "react";
import { Brand } from "@/components/brand";
import { UserMenu } from "@/features/account/user-menu";
import { AssistantButton } from "@/features/assistant/assistant-button";
import { env } from "@/lib/env";
import { HOME } from "@/lib/paths";
import { ServiceProvider } from "@/lib/service-provider";
import { requireUser } from "@/lib/session";
import { Theme } from "../theme";
import { Assistant } from "./assistant";
import { Navigation } from "./navigation";

export default async function SignedInLayout({ children }: { children: ReactNode }) {
  const user = await requireUser(HOME);
  return (
    <ServiceProvider baseUrl={env().SERVICE_PUBLIC_URL ?? "/backend"} user={user}>
      <Assistant domainKey={env().CHATKIT_DOMAIN_KEY}>
        <header className="border-b border-line bg-surface">
          <div className="mx-auto flex max-w-5xl flex-wrap items-center gap-x-8 px-4 sm:flex-nowrap sm:px-8">
            <Link href={HOME} className="my-3 rounded-lg">
              <Brand />
            </Link>
            <div className="order-last w-full sm:order-none sm:w-auto">
              <Navigation />
            </div>
            <div className="ml-auto flex items-center gap-2">
              <AssistantButton />
              <Theme />
              <UserMenu name={user.name} email={user.email} />
            </div>
          </div>
        </header>
        <main id="content" className="mx-auto max-w-5xl px-4 py-8 sm:px-8 sm:py-12">
          {children}
        </main>
      </Assistant>
    </ServiceProvider>
  );
}
