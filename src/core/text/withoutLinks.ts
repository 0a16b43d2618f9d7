/**
 * Matches what VS Code turns into a link in a message (`parseLinkedText` in its sources), except the extension's own
 * link.
 */
const FOREIGN_LINK = /\](?=\((?!command:cloudflareKv\.saveWithExpiration\?)(?:https?:|command:|file:))/gi;

/**
 * Disables all links in a message, except the extension's own for a save that would make a short-lived key permanent.
 * Keys and titles are untrusted: one like `[Fix](command:…)` would otherwise run a command when clicked.
 */
export const withoutLinks = (message: string): string => message.replace(FOREIGN_LINK, '] ');
