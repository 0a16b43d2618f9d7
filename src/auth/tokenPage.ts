const PERMISSIONS = [
  { key: 'workers_kv_storage', type: 'edit' },
  { key: 'account_settings', type: 'read' },
];

/** The dashboard's page for creating a token, with the required permissions filled in. */
export function tokenPage(): string {
  const query = new URLSearchParams({
    permissionGroupKeys: JSON.stringify(PERMISSIONS),
    accountId: '*',
    zoneId: 'all',
    name: 'Cloudflare KV for VS Code',
  });
  return `https://dash.cloudflare.com/profile/api-tokens?${query}`;
}
