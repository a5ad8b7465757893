export const SITE_NAME = "Daylist";
export const SITE_SUMMARY = "A calm list for the tasks of your week, kept for you alone.";
