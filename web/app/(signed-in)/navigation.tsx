"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

const PAGES = [
  { href: "/dashboard", label: "Dashboard" },
  { href: "/tags", label: "Tags" },
  { href: "/trash", label: "Trash" },
  { href: "/settings", label: "Settings" },
] as const;

export function Navigation() {
  const pathname = usePathname();
  return (
    <nav aria-label="Main" className="-mx-3 flex gap-1">
      {PAGES.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={pathname === href ? "page" : undefined}
          className="border-b-2 border-transparent px-3 py-3 text-sm font-medium text-muted hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink sm:py-5"
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
