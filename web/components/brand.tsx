import { SITE_NAME } from "@/lib/site";

export function Brand() {
  return (
    <span className="flex items-center gap-2.5 font-serif text-lg font-semibold tracking-tight">
      {/* eslint-disable-next-line @next/next/no-img-element -- a small SVG needs no image optimisation */}
      <img src="/icon.svg" alt="" width={28} height={28} />
      {SITE_NAME}
    </span>
  );
}
