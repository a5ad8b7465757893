import Link from "next/link";
import type { ReactNode } from "react";
import { Card } from "@/components/ui/card";

interface Props {
  title: string;
  question: string;
  other: { href: string; label: string };
  children: ReactNode;
}

/** The frame of the sign-in and the sign-up page. Each page links to the other. */
export function AccountCard({ title, question, other, children }: Props) {
  return (
    <div className="mx-auto grid w-full max-w-md gap-6 pb-12">
      <Card className="grid gap-6">
        <h1 className="text-3xl">{title}</h1>
        {children}
      </Card>
      <p className="text-center text-sm text-muted">
        {question}{" "}
        <Link href={other.href} className="font-medium text-accent underline underline-offset-4">
          {other.label}
        </Link>
      </p>
    </div>
  );
}
