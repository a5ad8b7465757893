const RADIUS = 15.5;
const LENGTH = 2 * Math.PI * RADIUS;

/** The share of completed tasks, as a ring. */
export function Ring({ done, total }: { done: number; total: number }) {
  const share = total === 0 ? 0 : done / total;
  // Show 0 % and 100 % only for exact values, not for rounded ones.
  const percent = Math.min(Math.max(Math.round(share * 100), share > 0 ? 1 : 0), share < 1 ? 99 : 100);
  return (
    <svg viewBox="0 0 36 36" className="size-20 justify-self-center" role="img" aria-label={`${percent} % of all tasks are completed`}>
      <circle cx="18" cy="18" r={RADIUS} fill="none" strokeWidth="3.5" className="stroke-sunken" />
      <circle
        cx="18"
        cy="18"
        r={RADIUS}
        fill="none"
        strokeWidth="3.5"
        strokeLinecap={share > 0 ? "round" : "butt"}
        strokeDasharray={`${share * LENGTH} ${LENGTH}`}
        transform="rotate(-90 18 18)"
        className="stroke-accent transition-[stroke-dasharray] duration-500"
      />
      <text x="18" y="18" dy="0.36em" textAnchor="middle" className="fill-ink font-serif text-[8px] font-semibold">
        {percent}%
      </text>
    </svg>
  );
}
