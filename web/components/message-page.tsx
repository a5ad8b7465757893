import type { ReactNode } from "react";

interface Props {
  title: string;
  text: string;
  children: ReactNode;
}

/** A full page with one message and buttons to continue. */
export function MessagePage({ title, text, children }: Props) {
  return (
    <main id="content" className="mx-auto grid min-h-dvh max-w-lg content-center gap-4 px-6 py-12">
      <h1 className="text-4xl">{title}</h1>
      <p className="text-muted">{text}</p>
      <div className="mt-2 flex flex-wrap gap-3">{children}</div>
    </main>
  );
}
