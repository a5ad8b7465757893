import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { SkipLink } from "@/components/skip-link";
import { Toaster } from "@/components/ui/toaster";
import { SITE_NAME, SITE_SUMMARY } from "@/lib/site";
import { THEME_COOKIE, isTheme } from "@/lib/theme";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: SITE_NAME, template: `%s · ${SITE_NAME}` },
  description: SITE_SUMMARY,
};

export const viewport: Viewport = {
  colorScheme: "light dark",
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#f6f4ee" },
    { media: "(prefers-color-scheme: dark)", color: "#141816" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = (await cookies()).get(THEME_COOKIE)?.value;
  return (
    <html lang="en" className={isTheme(theme) ? theme : "system"}>
      <body className="min-h-dvh">
        <SkipLink />
        {children}
        <Toaster />
      </body>
    </html>
  );
}
