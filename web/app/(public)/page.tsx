import Link from "next/link";
import { buttonLook } from "@/components/ui/button";
import { HOME } from "@/lib/paths";
import { signedInUser } from "@/lib/session";
import { SampleWeek } from "./sample-week";

const FEATURES = [
  ["Private", "Only you can see your tasks and tags."],
  ["Take it with you", "Export all tasks as CSV or JSON at any time, and import them again."],
  ["Delete everything", "If you delete your account, all your tasks and tags are deleted too."],
] as const;

export default async function LandingPage() {
  const user = await signedInUser();
  return (
    <>
      <div className="grid items-center gap-12 lg:grid-cols-[1.1fr_1fr] lg:gap-20">
        <div className="grid gap-6">
          <h1 className="text-4xl leading-[1.08] sm:text-6xl">Your week, in one calm list.</h1>
          <p className="max-w-prose text-lg text-muted">
            Write down your tasks, set due dates and tick the tasks off. With tags, priorities and
            search, and without distractions.
          </p>
          <nav aria-label="Account" className="flex flex-wrap gap-3">
            {user ? (
              <Link href={HOME} className={buttonLook({ size: "large" })}>
                Go to your tasks
              </Link>
            ) : (
              <>
                <Link href="/sign-up" className={buttonLook({ size: "large" })}>
                  Sign up
                </Link>
                <Link href="/sign-in" className={buttonLook({ size: "large", tone: "outline" })}>
                  Sign in
                </Link>
              </>
            )}
          </nav>
        </div>
        <SampleWeek />
      </div>
      <dl className="mt-16 grid gap-8 border-t border-line pt-8 sm:grid-cols-3 lg:mt-24">
        {FEATURES.map(([title, text]) => (
          <div key={title} className="grid content-start gap-1.5">
            <dt className="font-serif text-lg font-semibold">{title}</dt>
            <dd className="text-sm text-muted">{text}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
