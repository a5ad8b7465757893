export default function Page() { return <main>Tasks</main>; }
