/** What VS Code turns into a link in a message (`parseLinkedText` in its sources), but for our own link. */
const FOREIGN_LINK = /\](?=\((?!command:cloudflareKv\.saveWithExpiration\?)(?:https?:|command:|file:))/gi;

/**
 * A message in which nothing can be clicked but our own way out of a save that would make a short-lived key permanent.
 * Keys and titles come from anywhere, and one like `[Fix](command:…)` would otherwise be a command that a click runs.
 */
export const withoutLinks = (message: string): string => message.replace(FOREIGN_LINK, '] ');
