import type { ReactNode } from "react";

export function PageHeading({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className="mb-8 grid gap-2">
      <h1 className="text-3xl sm:text-4xl">{title}</h1>
      {children && <p className="max-w-prose text-muted">{children}</p>}
    </header>
  );
}
