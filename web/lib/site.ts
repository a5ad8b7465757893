export const SITE_NAME = "Daylist";
export const SITE_SUMMARY = "A calm, private list for the tasks of your week.";
